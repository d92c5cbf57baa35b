// SPDX-License-Identifier: MIT
/*
 * usage.c - options, help and complaints, alike for all commands.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../render/utf8.h"
#include "cmd.h"

#define OPTIONS_MAX 24
#define HELP_COLUMN 28 /* where the explanations of options start */
#define OPTION_HELP (PT_OPTION_LONG + 1000)

/* Names out of traces and folders may be anything: none reaches a terminal as a command to it. */
static void say(FILE *out, const char *subject, const char *format, va_list ap)
{
	char *text, *line = NULL;

	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	if (text && asprintf(&line, "%s%s%s", subject ? subject : "", subject ? ": " : "", text) < 0)
		line = NULL;
	if (line)
		pt_utf8_clean(line);
	fprintf(out, "%s\n", line ? line : "not enough memory");
	free(line);
	free(text);
}

int pt_fail(const char *subject, const char *format, ...)
{
	va_list ap;

	fputs("pooltrace: ", stderr);
	va_start(ap, format);
	say(stderr, subject, format, ap);
	va_end(ap);
	return PT_EXIT_ERROR;
}

void pt_say(FILE *out, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(out, NULL, format, ap);
	va_end(ap);
}

int pt_fail_trace(const char *path, int code)
{
	switch (-code) {
	case PT_EIO:
		return pt_fail(path, "cannot be read (%s)", strerror(errno));
	case PT_ENOTTRACE:
		return pt_fail(path,
			       "not a pooltrace trace; record one with: pooltrace record -- CMD");
	case PT_EVERSION:
		return pt_fail(
			path,
			"a trace of another format version; use the pooltrace that recorded it");
	case PT_ENOMEM:
		return pt_fail(path, "not enough memory to read it");
	default:
		return pt_fail(path, "%s", pt_error_text(code));
	}
}

unsigned long long pt_number(const char *name, const char *text, unsigned long long max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value > max)
		exit(pt_fail(NULL, "--%s: '%s' is not a number from 0 to %llu", name, text, max));
	return value;
}

int pt_flush(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return errno == EPIPE ? PT_EXIT_ERROR
				      : pt_fail("standard output", "cannot be written (%s)",
						strerror(errno));
	return PT_EXIT_OK;
}

/* "  -o, --output=FILE       help, line after line in one column" */
static void print_option(const struct pt_option *o)
{
	const char *line = o->help;
	int at = printf(o->letter < PT_OPTION_LONG ? "  -%c, " : "      ", o->letter);

	at += printf(o->argument ? "--%s=%s" : "--%s", o->name, o->argument);
	if (at > HELP_COLUMN - 2) {
		putchar('\n');
		at = 0;
	}
	for (;;) {
		size_t length = strcspn(line, "\n");

		printf("%*s%.*s\n", HELP_COLUMN - at, "", (int)length, line);
		if (!line[length])
			return;
		line += length + 1;
		at = 0;
	}
}

void pt_usage_print(const struct pt_usage *u)
{
	static const struct pt_option help = { 'h', "help", NULL, "print this and exit" };

	printf("Usage: pooltrace %s\n\n%s\nOptions:\n", u->synopsis, u->about);
	for (const struct pt_option *o = u->options; o->name; o++)
		print_option(o);
	print_option(&help);
	if (u->examples)
		printf("\nExamples:\n%s", u->examples);
}

/* getopt_long()'s two notations of the table. */
static void build_options(const struct pt_usage *u, struct option *longs, char *shorts)
{
	size_t n = 0;

	if (u->stop_at_operand)
		*shorts++ = '+';
	*shorts++ = ':'; /* a missing argument is told apart from an unknown option */
	for (const struct pt_option *o = u->options; o->name && n + 2 < OPTIONS_MAX; o++) {
		longs[n++] = (struct option){ o->name,
					      o->argument ? required_argument : no_argument, NULL,
					      o->letter };
		if (o->letter < PT_OPTION_LONG) {
			*shorts++ = (char)o->letter;
			if (o->argument)
				*shorts++ = ':';
		}
	}
	longs[n++] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	memset(&longs[n], 0, sizeof(longs[n]));
	*shorts++ = 'h';
	*shorts = '\0';
}

int pt_usage_next(const struct pt_usage *u, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX];
	char shorts[2 * OPTIONS_MAX + 4];
	int letter;

	build_options(u, longs, shorts);
	opterr = 0;
	letter = getopt_long(argc, argv, shorts, longs, NULL);
	switch (letter) {
	case 'h':
	case OPTION_HELP:
		pt_usage_print(u);
		exit(pt_flush());
	case ':':
		exit(pt_fail(NULL, "%s: '%s' needs an argument; see pooltrace %s --help", argv[0],
			     argv[optind - 1], argv[0]));
	case '?':
		/* optopt is the letter of a short option; for a long one argv[optind - 1] is it. */
		if (optopt && optopt < PT_OPTION_LONG && isprint(optopt))
			exit(pt_fail(NULL, "%s: unknown option '-%c'; see pooltrace %s --help",
				     argv[0], optopt, argv[0]));
		exit(pt_fail(NULL, "%s: unknown option '%s'; see pooltrace %s --help", argv[0],
			     argv[optind - 1], argv[0]));
	default:
		return letter;
	}
}
