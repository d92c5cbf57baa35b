/* SPDX-License-Identifier: MIT */
/*
 * line.h - text for stdout, put together without stdio: a dump has millions of lines.
 *
 * Once a write has failed nothing more is written, and `failed` says so.
 */
#ifndef PT_LINE_H
#define PT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pt_line {
	char *buffer;
	size_t nr; /* bytes in it */
	bool failed; /* errno is of the write */
	int error;
};

int pt_line_init(struct pt_line *l); /* 0 or -PT_ENOMEM */
void pt_line_fini(struct pt_line *l);

/* pt_line_flush() - writes all out. Returns false when that failed, now or before. */
bool pt_line_flush(struct pt_line *l);

void pt_line_text(struct pt_line *l, const char *text);
void pt_line_number(struct pt_line *l, uint64_t value);
void pt_line_hex(struct pt_line *l, uint64_t value); /* "0x..." */

/* In a field of `columns`; what is longer is not cut. */
void pt_line_number_right(struct pt_line *l, uint64_t value, unsigned int columns);
void pt_line_number_left(struct pt_line *l, uint64_t value, unsigned int columns);
void pt_line_text_left(struct pt_line *l, const char *text, unsigned int columns);

/* pt_line_clean() - bytes of a trace for a terminal: control characters and what is no UTF-8 become '?'. */
void pt_line_clean(struct pt_line *l, const char *text);

/* pt_line_json() - as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD. */
void pt_line_json(struct pt_line *l, const char *text);

#endif
