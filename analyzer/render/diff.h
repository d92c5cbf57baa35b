/* SPDX-License-Identifier: MIT */
/*
 * diff.h - what changed between two traces as bytes on a stream.
 *
 * They read struct pt_diff and nothing else of the analyzer. Of struct pt_render they take out, width, colour
 * and `top`: changes of each scope, 0 = all. Each returns 0, -PT_ENOMEM or -PT_EIO (the stream's error flag is set).
 */
#ifndef PT_RENDER_DIFF_H
#define PT_RENDER_DIFF_H

#include "../result/diff.h"
#include "render.h"

struct pt_diff_renderer {
	const char *name;
	int (*render)(const struct pt_render *to, const struct pt_diff *d);
};

extern const struct pt_diff_renderer pt_diff_text;
extern const struct pt_diff_renderer pt_diff_json; /* docs/diff.schema.json */

#endif
