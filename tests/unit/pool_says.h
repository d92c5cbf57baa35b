/* SPDX-License-Identifier: MIT */
/*
 * pool_says.h - what is said of a pool that was made by hand. For tests; fails them by itself.
 */
#ifndef PT_POOL_SAYS_H
#define PT_POOL_SAYS_H

#include "analyzer/result/finding.h"
#include "pool_builder.h"

/* ps_sound() - a report of one sound pool, "msgbuf", to be spoilt. */
struct pt_report_pool *ps_sound(struct pt_report *r, size_t shards_nr);

/* ps_finding() - of its verdict, the sentence of that kind, or NULL; it lives until the next call. */
const struct pt_finding *ps_finding(const struct pt_report *r, const char *kind);

/* ps_says() - fails unless the text has the words in it; ps_says_not(): if it has. */
void ps_says(const char *text, const char *words);
void ps_says_not(const char *text, const char *words);

#endif
