// SPDX-License-Identifier: MIT
/*
 * finding.c - sentences, piece by piece.
 */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *pt_severity_name(enum pt_severity severity)
{
	static const char *const names[] = { "fine", "note", "warning", "problem" };

	return names[severity];
}

void pt_finding_say(struct pt_finding *f, const char *format, ...)
{
	size_t length = strlen(f->text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(f->text + length, sizeof(f->text) - length, format, ap);
	va_end(ap);
}

void pt_finding_advise(struct pt_finding *f, const char *format, ...)
{
	size_t length = strlen(f->advice);
	va_list ap;

	if (length && length + 1 < sizeof(f->advice)) {
		f->advice[length++] = ' ';
		f->advice[length] = '\0';
	}
	va_start(ap, format);
	vsnprintf(f->advice + length, sizeof(f->advice) - length, format, ap);
	va_end(ap);
}
