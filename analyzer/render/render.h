/* SPDX-License-Identifier: MIT */
/*
 * render.h - a report as bytes on a stream. One format is one file and one row in render.c.
 *
 * A renderer reads struct pt_report and nothing else of the analyzer: no trace, no model.
 */
#ifndef PT_RENDER_H
#define PT_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "../result/report.h"

/* Which tables the text shows. */
enum pt_by {
	PT_BY_ALL, /* a digest of each */
	PT_BY_THREAD,
	PT_BY_CPU,
	PT_BY_SITE,
	PT_BY_POOL,
	PT_BY_SHARD, /* of annotated pools */
};

struct pt_render {
	FILE *out;
	unsigned int width; /* columns of the terminal; 0 = not a terminal, lines may be as long as
			       they need */
	bool colour;
	bool utf8; /* block characters may be drawn with */
	enum pt_by by;
	size_t top;	   /* rows of a table; 0 = all */
	size_t pool_top;   /* rows of a pool's table that `by` asks for; 0 = all */
	size_t reports_nr; /* how many will come: 1, or several in one document */
};

struct pt_renderer {
	const char *name;
	/* Around all reports; may be NULL. */
	int (*begin)(const struct pt_render *to);
	/* index: 0-based place of this report in the document. */
	int (*report)(const struct pt_render *to, const struct pt_report *r, size_t index);
	int (*end)(const struct pt_render *to);
};
/* Each of the three returns 0, -PT_ENOMEM or -PT_EIO (the stream's error flag is set). */

/* pt_renderer_find() - the row of that name, or NULL. */
const struct pt_renderer *pt_renderer_find(const char *name);

extern const struct pt_renderer pt_render_text;
extern const struct pt_renderer pt_render_json;

#endif
