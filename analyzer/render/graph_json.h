/* SPDX-License-Identifier: MIT */
/* graph_json.h - what the files that write graph JSON share. */
#ifndef PT_RENDER_GRAPH_JSON_H
#define PT_RENDER_GRAPH_JSON_H

#include "../result/graph.h"
#include "json_put.h"

struct pt_graph_json {
	struct pt_json d; /* its report is not used */
	const struct pt_graph_snapshot *s;
	size_t top;	/* rows of a table; 0 = all */
	char where[48]; /* "snapshots[0]": of `s`, in reasons */
};

/* pt_graph_json_number() - null, with the reason, where it is PT_UNKNOWN or the snapshot not whole. */
void pt_graph_json_number(struct pt_graph_json *g, json_t *object, const char *key, uint64_t value,
			  const char *reason);

/* pt_graph_json_tables() - pools, fields, idle, unreachable, dominators and sites into `object`. */
void pt_graph_json_tables(struct pt_graph_json *g, json_t *object);

/* pt_graph_json_path() - of --path; null when none was asked for. */
json_t *pt_graph_json_path(struct pt_graph_json *g);

#endif
