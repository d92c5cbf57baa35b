/* SPDX-License-Identifier: MIT */
/*
 * graph.h - a graph report as bytes on a stream; one format is one function.
 *
 * They read struct pt_graph_report and nothing else of the analyzer. Of struct pt_render they take out,
 * width, colour, utf8 and `top`. Each returns 0, -PT_ENOMEM or -PT_EIO (the stream's error flag is set).
 */
#ifndef PT_RENDER_GRAPH_H
#define PT_RENDER_GRAPH_H

#include "../result/graph.h"
#include "render.h"

/* pt_graph_text() - sentences, then tables of `top` rows (0 = all); of a --path only that. */
int pt_graph_text(const struct pt_render *to, const struct pt_graph_report *r);

/* pt_graph_json() - one object, schema "pooltrace-graph-1" (docs/graph.schema.json). top: rows of each
 * table, 0 = all; of the tree those that retain most, and the rows above them. */
int pt_graph_json(const struct pt_render *to, const struct pt_graph_report *r);

/* pt_graph_folded() - a line `label;label;... shallow_bytes` for each row of the tree, whatever `top` is:
 * the width of a frame in the flame graph is its retained size. */
int pt_graph_folded(const struct pt_render *to, const struct pt_graph_report *r);

/* pt_graph_dot() - the `top` rows of the tree that retain most as a digraph for dot(1). */
int pt_graph_dot(const struct pt_render *to, const struct pt_graph_report *r);

/* pt_graph_nodes() - JSON Lines, a node each: $defs/node of docs/graph.schema.json, whatever `top` is. */
int pt_graph_nodes(const struct pt_render *to, const struct pt_graph_report *r);

/* pt_graph_text_diff() - what grew from one snapshot to the other: of each report the first, which is whole. */
int pt_graph_text_diff(const struct pt_render *to, const struct pt_graph_report *before,
		       const struct pt_graph_report *after);

#endif
