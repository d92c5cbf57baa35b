/* SPDX-License-Identifier: MIT */
/*
 * text.h - the tables of the text report; text.c says which come, and when.
 *
 * Each prints a heading and its rows, or nothing when it has no rows. 0 or -PT_ENOMEM.
 */
#ifndef PT_TEXT_H
#define PT_TEXT_H

#include "../result/site.h"
#include "render.h"

int pt_text_threads(const struct pt_render *to, const struct pt_report *r);
int pt_text_cpus(const struct pt_render *to, const struct pt_report *r);
int pt_text_pools(const struct pt_render *to, const struct pt_report *r);
int pt_text_freed_by(const struct pt_render *to, const struct pt_report *r);
int pt_text_stranded(const struct pt_render *to, const struct pt_report *r);
int pt_text_stranded_cpus(const struct pt_render *to, const struct pt_report *r);
int pt_text_sites(const struct pt_render *to, const struct pt_report *r, enum pt_site_key key,
		  size_t top, bool stacks);

/* pt_text_ages() - a histogram of idle bytes by age, as bars. */
int pt_text_ages(const struct pt_render *to, const char *heading, const struct pt_age_histogram *h);

/* pt_text_heading() - a blank line and a line that stands out. */
void pt_text_heading(const struct pt_render *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
