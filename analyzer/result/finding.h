/* SPDX-License-Identifier: MIT */
/*
 * finding.h - one thing worth saying: how bad, what, and what to do about it.
 */
#ifndef PT_FINDING_H
#define PT_FINDING_H

#include "report.h"

enum pt_severity {
	PT_SEVERITY_FINE,
	PT_SEVERITY_NOTE,
	PT_SEVERITY_WARNING,
	PT_SEVERITY_PROBLEM,
};

#define PT_FINDING_TEXT_BYTES 1536

struct pt_finding {
	enum pt_severity severity;
	const char *kind;		    /* one word; docs/report.md lists them */
	char text[PT_FINDING_TEXT_BYTES];   /* one or two sentences */
	char advice[PT_FINDING_TEXT_BYTES]; /* what to do; "" = none */
};

/* pt_severity_name() - "fine", "note", "warning", "problem". */
const char *pt_severity_name(enum pt_severity severity);

/* pt_finding_say() - appends to the text; what does not fit is cut. pt_finding_advise(): to the
 * advice, behind a blank when there is some already. */
void pt_finding_say(struct pt_finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void pt_finding_advise(struct pt_finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
