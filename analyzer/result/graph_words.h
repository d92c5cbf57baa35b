/* SPDX-License-Identifier: MIT */
/*
 * graph_words.h - what the things of a snapshot are called, and what is worth saying of it.
 *
 * Each pt_graph_*_text() writes at most `size` bytes into `out`, cut if need be, and returns it.
 */
#ifndef PT_RESULT_GRAPH_WORDS_H
#define PT_RESULT_GRAPH_WORDS_H

#include "finding.h"
#include "graph.h"

#define PT_GRAPH_TEXT_BYTES   600u
#define PT_GRAPH_FINDINGS_MAX 16u

/* Words for enum values; static text. pt_graph_lost_name() takes `lost` as struct pt_graph_snapshot has it. */
const char *pt_graph_root_name(unsigned int kind); /* "static", "stack" ... */
const char *pt_graph_why_name(unsigned int why);   /* "call", "exit", "signal" ... */
const char *pt_graph_lost_name(unsigned int lost); /* "size limit" ...; 0: "torn" */

/* pt_graph_site_text() - "parse (a.c:12)"; "(no stack recorded)". site: index into sites[]. */
const char *pt_graph_site_text(const struct pt_graph_snapshot *s, uint32_t site, char *out, size_t size);

/* pt_graph_pool_name() - of pools[pool], or "?". */
const char *pt_graph_pool_name(const struct pt_graph_snapshot *s, uint32_t pool);

/* pt_graph_label_text() - "conn idle", "conn in use", "struct msg: parse (a.c:12)". */
const char *pt_graph_label_text(const struct pt_graph_snapshot *s, const struct pt_graph_label *label,
				char *out, size_t size);

/* pt_graph_row_text() - of a row's label; "(smaller ones)" of a rest row. */
const char *pt_graph_row_text(const struct pt_graph_snapshot *s, const struct pt_graph_row *row,
			      char *out, size_t size);

/* pt_graph_field_text() - "+0x28", "+0x28 session". */
const char *pt_graph_field_text(const struct pt_graph_field *field, char *out, size_t size);

/*
 * pt_graph_rows_choose() - marks the `top` rows that retain most, 0 = all, and every row above one.
 *
 * Returns rows_nr + 1 flags to free(), or NULL: no memory.
 */
bool *pt_graph_rows_choose(const struct pt_graph_snapshot *s, size_t top);

/*
 * pt_graph_diagnose() - what a person should know first: what idle objects keep and what to do,
 * what is unreachable, then what may be wrong with all that.
 *
 * found: room for PT_GRAPH_FINDINGS_MAX. Returns how many there are, at least one.
 */
size_t pt_graph_diagnose(const struct pt_graph_report *r, const struct pt_graph_snapshot *s,
			 struct pt_finding *found);

#endif
