/* SPDX-License-Identifier: MIT */
/*
 * cmd.h - what a command is, and the little that all commands share.
 *
 * A command is one file, cmd_NAME() in it and one row in cmd.c. Only this room prints: results
 * on stdout, one line `pooltrace: FILE: what is wrong; what to do` on stderr.
 */
#ifndef PT_CMD_H
#define PT_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum pt_exit {
	PT_EXIT_OK = 0,
	PT_EXIT_BUDGET = 1, /* a budget is broken: `check` alone */
	PT_EXIT_ERROR = 2,
};

/* Dispatch, help and the check of the completions read this table; the last row has no name. */
struct pt_cmd {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] = name; returns the exit status */
	const char *summary;		   /* one line, no full stop */
};
extern const struct pt_cmd pt_cmds[];

struct pt_option {
	int letter;	      /* short option, or a number >= PT_OPTION_LONG when it has none */
	const char *name;     /* long option without the dashes; NULL ends the table */
	const char *argument; /* "FILE"; NULL = it takes none */
	const char *help;     /* may hold newlines: each line is indented alike */
};
#define PT_OPTION_LONG 256

struct pt_usage {
	const char *synopsis;		 /* "info [OPTION]... TRACE..." */
	const char *about;		 /* a short paragraph, ends with a newline */
	const struct pt_option *options; /* --help is added to them */
	const char *examples;		 /* lines, each ends with a newline; NULL = none */
	bool stop_at_operand;		 /* operands end the options: `record [OPTION]... -- CMD` */
};

/*
 * pt_usage_next() - the next option's `letter` (its argument is in getopt's `optarg`), or -1
 * when only operands are left: argv[optind..argc). --help prints and exits 0; an unknown
 * option prints one line and exits 2.
 */
int pt_usage_next(const struct pt_usage *u, int argc, char **argv);

/* pt_usage_print() - the text of --help, on stdout. */
void pt_usage_print(const struct pt_usage *u);

/* pt_fail() - prints `pooltrace: SUBJECT: text` on stderr (no SUBJECT when it is NULL); returns
 * PT_EXIT_ERROR. The text says what is wrong; after a semicolon what to do. */
int pt_fail(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* pt_say() - a line, in which control characters and what is no UTF-8 are '?'. */
void pt_say(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* pt_fail_trace() - pt_fail() for a negative code of trace/; errno is read for -PT_EIO. */
int pt_fail_trace(const char *path, int code);

/* pt_number() - parses a decimal number into *out, or complains about option `name` and exits 2. */
unsigned long long pt_number(const char *name, const char *text, unsigned long long max);

/* pt_flush() - PT_EXIT_OK when all of stdout was written, else complains, PT_EXIT_ERROR.
 * The last thing that a command does. */
int pt_flush(void);

int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_baseline(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_control(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_unpack(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif
