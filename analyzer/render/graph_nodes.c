// SPDX-License-Identifier: MIT
/*
 * graph_nodes.c - every node as a line of JSON: docs/graph.schema.json, $defs/node.
 *
 * There may be ten million: numbers are printed as they come, names once for each site and pool.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/graph_words.h"
#include "graph.h"
#include "json_put.h"

/* A JSON string with its quotes; free() it. NULL: no memory. */
static char *quoted(const char *text)
{
	json_t *value = pt_json_text(text);
	char *out = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	json_decref(value);
	return out;
}

/* By pool, then by site; free_names(). */
static char **names_of(const struct pt_graph_snapshot *s)
{
	char **names = calloc(s->pools_nr + s->sites_nr + 1, sizeof(*names));
	char text[PT_GRAPH_TEXT_BYTES];
	bool failed = false;

	for (size_t i = 0; names && i < s->pools_nr + s->sites_nr; i++) {
		uint32_t site = (uint32_t)(i - s->pools_nr);

		if (i < s->pools_nr)
			names[i] = quoted(s->pools[i].name);
		else if (s->sites[site].site.frames_nr)
			names[i] = quoted(pt_graph_site_text(s, site, text, sizeof(text)));
		else
			names[i] = quoted(NULL);
		failed |= !names[i];
	}
	if (!failed)
		return names;
	for (size_t i = 0; i < s->pools_nr + s->sites_nr; i++)
		free(names[i]);
	free(names);
	return NULL;
}

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

static void put_address(FILE *out, const char *key, uint64_t addr)
{
	if (addr)
		fprintf(out, ", \"%s\": \"0x%" PRIx64 "\"", key, addr);
	else
		fprintf(out, ", \"%s\": null", key);
}

static void put_node(FILE *out, const struct pt_graph_snapshot *s, const struct pt_graph_node *n, char *const *names)
{
	bool of_pool = n->label.pool < s->pools_nr;
	bool unknown = !n->reachable && s->unreachable_bytes == PT_UNKNOWN;

	fprintf(out, "{\"snapshot\": %" PRIu32, s->number);
	put_address(out, "addr", n->addr);
	fprintf(out, ", \"bytes\": %" PRIu64 ", \"shallow_bytes\": %" PRIu64, n->bytes, n->shallow_bytes);
	if (n->retained_bytes == PT_UNKNOWN)
		fputs(", \"retained_bytes\": null", out);
	else
		fprintf(out, ", \"retained_bytes\": %" PRIu64, n->retained_bytes);
	put_address(out, "dominator", n->dominator);
	fprintf(out, ", \"reachable\": %s, \"stale_only\": %s, \"interior_only\": %s, \"single_word\": %s",
		unknown ? "null" : boolean(n->reachable), boolean(n->stale_only), boolean(n->interior_only),
		boolean(n->single_word));
	fprintf(out, ", \"pool\": %s, \"idle\": %s, \"site\": %s}\n", of_pool ? names[n->label.pool] : "null",
		of_pool ? boolean(n->label.idle) : "null",
		n->label.site < s->sites_nr ? names[s->pools_nr + n->label.site] : "null");
}

int pt_graph_nodes(const struct pt_render *to, const struct pt_graph_report *r)
{
	for (size_t i = 0; i < r->snapshots_nr; i++) {
		const struct pt_graph_snapshot *s = &r->snapshots[i];
		char **names = names_of(s);

		if (!names)
			return -PT_ENOMEM;
		for (size_t j = 0; j < s->list_nr; j++)
			put_node(to->out, s, &s->list[j], names);
		for (size_t j = 0; j < s->pools_nr + s->sites_nr; j++)
			free(names[j]);
		free(names);
	}
	return ferror(to->out) ? -PT_EIO : 0;
}
