/* SPDX-License-Identifier: MIT */
/*
 * text.h - the tables of the text report; text.c says which come, and when.
 *
 * Each prints a heading and its rows, or nothing when it has no rows. 0 or -PT_ENOMEM.
 */
#ifndef PT_TEXT_H
#define PT_TEXT_H

#include "../result/finding.h"
#include "../result/site.h"
#include "render.h"
#include "table.h"

#define PT_TEXT_LABEL 10u /* columns of "problem", "at end" and their like */

int pt_text_threads(const struct pt_render *to, const struct pt_report *r);
int pt_text_cpus(const struct pt_render *to, const struct pt_report *r);
int pt_text_pools(const struct pt_render *to, const struct pt_report *r);
int pt_text_freed_by(const struct pt_render *to, const struct pt_report *r);
int pt_text_stranded(const struct pt_render *to, const struct pt_report *r);
int pt_text_stranded_cpus(const struct pt_render *to, const struct pt_report *r);
int pt_text_sites(const struct pt_render *to, const struct pt_report *r, enum pt_site_key key,
		  size_t top, bool stacks);

/* pt_text_sites_top() - the first `top` call sites by a key, 0 = all of them; *sites is malloc'ed. */
int pt_text_sites_top(const struct pt_report *r, enum pt_site_key key, size_t top, uint32_t **sites, size_t *nr);

/* pt_text_where() - the last cell of a row about a call site and the remarks below it: its callers,
 * or with `stacks` every frame. `before`: columns of the row that stand before it, about. */
void pt_text_where(struct pt_table *t, const struct pt_render *to,
		   const struct pt_report_site *site, bool stacks, unsigned int before);

/* pt_text_stack() - every frame as a remark, innermost first; at most `max`, 0 = all. */
void pt_text_stack(struct pt_table *t, const struct pt_report_site *site, size_t max);

/* pt_text_ages() - a histogram of idle bytes by age, as bars. */
int pt_text_ages(const struct pt_render *to, const char *heading, const struct pt_age_histogram *h);

/* pt_text_heading() - a blank line and a line that stands out. */
void pt_text_heading(const struct pt_render *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* pt_text_line() - "  label     text", wrapped below itself. */
void pt_text_line(const struct pt_render *to, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* pt_text_totals() - with a heading, where every event is known. */
void pt_text_totals(const struct pt_render *to, const struct pt_report *r);

/* pt_text_rss() - the line on the resident set. */
void pt_text_rss(const struct pt_render *to, const struct pt_report *r);

/* pt_text_findings() - "problem   text", one after another, each with its advice. */
void pt_text_findings(const struct pt_render *to, const struct pt_finding *found, size_t found_nr);

#endif
