/* SPDX-License-Identifier: MIT */
/* graph_text.h - the tables of a snapshot as text; graph_text.c says which come. 0 or -PT_ENOMEM. */
#ifndef PT_RENDER_GRAPH_TEXT_H
#define PT_RENDER_GRAPH_TEXT_H

#include "../result/graph.h"
#include "text.h"

/* Each prints a heading and its rows, or nothing when it has no rows. */
int pt_graph_text_fields(const struct pt_render *to, const struct pt_graph_snapshot *s);
int pt_graph_text_pools(const struct pt_render *to, const struct pt_graph_snapshot *s);
int pt_graph_text_idle(const struct pt_render *to, const struct pt_graph_snapshot *s);
int pt_graph_text_tree(const struct pt_render *to, const struct pt_graph_snapshot *s);
int pt_graph_text_leaks(const struct pt_render *to, const struct pt_graph_snapshot *s);
int pt_graph_text_roots(const struct pt_render *to, const struct pt_graph_snapshot *s);

/* pt_graph_text_path() - why the block of --path lives; s->path is there. */
int pt_graph_text_path(const struct pt_render *to, const struct pt_graph_snapshot *s);

#endif
