/* SPDX-License-Identifier: MIT */
/*
 * site.h - call sites as people think of them: ranked, merged, named by one line of their code.
 */
#ifndef PT_SITE_H
#define PT_SITE_H

#include "report.h"

/* What sites are ranked by. */
enum pt_site_key {
	PT_SITE_IDLE,	   /* idle_bytes */
	PT_SITE_IN_USE,	   /* in_use_bytes */
	PT_SITE_HOARD,	   /* hoard_byte_seconds */
	PT_SITE_TEMPORARY, /* temporary_allocations */
	PT_SITE_ALLOCATED, /* allocated_bytes */
	PT_SITE_KEY_NR
};

double pt_site_value(const struct pt_report_site *site, enum pt_site_key key);

/*
 * pt_sites_top() - the `max` first sites by `key`, largest first, none with a value of 0.
 *
 * out: room for `max` indexes into r->sites. Returns how many were written, or 0 when there is no
 * memory to sort in.
 */
size_t pt_sites_top(const struct pt_report *r, enum pt_site_key key, uint32_t *out, size_t max);

/*
 * pt_sites_merge() - make one site of all whose frames read the same.
 *
 * Only sites with frames take part. Sums are added; the own peaks of a merged site cannot be
 * known and become PT_UNKNOWN. sites[] keeps its order; idle_sites follows. 0 or -PT_ENOMEM.
 */
int pt_sites_merge(struct pt_report *r);

/*
 * pt_site_frame() - the index of the frame to name the site by: the innermost one that is neither
 * an allocator nor a wrapper around one. 0 when all are. The site must have frames.
 */
size_t pt_site_frame(const struct pt_report_site *site);

/* pt_frame_text() - "parse_message (parser.c:120)", "libfoo.so+0x1234"; cut to `size` bytes. */
const char *pt_frame_text(const struct pt_report_frame *frame, char *out, size_t size);

/* pt_site_text() - the frame that names the site and the next one that is no wrapper: "take
 * (a.c:7), called from fill (a.c:20)". The site must have frames. */
const char *pt_site_text(const struct pt_report_site *site, char *out, size_t size);

/* pt_site_caller() - the next frame further out than `frame` that says something; frames_nr if
 * none. */
size_t pt_site_caller(const struct pt_report_site *site, size_t frame);

/* pt_tally_add() - adds `t` to `into`; own peaks, which do not add up, become PT_UNKNOWN. */
void pt_tally_add(struct pt_tally *into, const struct pt_tally *t);

/* pt_base_name() - what follows the last slash. */
const char *pt_base_name(const char *path);

#endif
