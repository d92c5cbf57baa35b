/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - which bytes are text. Names in a trace may be anything.
 */
#ifndef PT_UTF8_H
#define PT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* pt_utf8_bytes() - length of the valid sequence at p, 1 to 4 bytes; 0 when there is none. */
size_t pt_utf8_bytes(const unsigned char *p);

/* pt_utf8_is_control() - is the valid sequence at p a command to a terminal: of C0, DEL, of C1, or one that changes the
 * direction in which text is written? */
bool pt_utf8_is_control(const unsigned char *p);

/* pt_utf8_clean() - in place: control characters and what is no UTF-8 become '?'. */
void pt_utf8_clean(char *text);

/* pt_utf8_columns() - one for each code point. */
size_t pt_utf8_columns(const char *text);

#endif
