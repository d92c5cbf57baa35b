// SPDX-License-Identifier: MIT
/*
 * graph_idle.c - the idle objects that keep most, each for itself.
 *
 * There may be ten million, and a thousand are asked for: twice as many are kept, and the smaller half
 * thrown away whenever they are full.
 */
#include "graph_parts.h"

#include <stdlib.h>

#include "../../format/error.h"

#define KEPT_MAX (2 * PT_GRAPH_IDLE_KEPT)

struct candidate {
	uint64_t kept_bytes;
	uint32_t idle; /* index into pt_cut.idle */
};

static int more_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->kept_bytes != y->kept_bytes)
		return x->kept_bytes > y->kept_bytes ? -1 : 1;
	return (x->idle > y->idle) - (x->idle < y->idle);
}

/* Those that keep nothing are left out. */
static size_t choose(const struct pt_graph_parts *p, struct candidate *best)
{
	size_t nr = 0;

	for (uint32_t i = 0; i < p->cut->idle_nr; i++) {
		uint32_t node = p->cut->idle[i].node;
		uint64_t bytes = p->dominators.retained_bytes[node], own = p->refs->graph.shallow_bytes[node];

		if (bytes <= own)
			continue;
		if (nr == KEPT_MAX) {
			qsort(best, nr, sizeof(*best), more_first);
			nr = PT_GRAPH_IDLE_KEPT;
		}
		best[nr++] = (struct candidate){ bytes - own, i };
	}
	qsort(best, nr, sizeof(*best), more_first);
	return nr < PT_GRAPH_IDLE_KEPT ? nr : PT_GRAPH_IDLE_KEPT;
}

int pt_graph_idle_table(struct pt_graph_parts *p)
{
	struct candidate *best = malloc(KEPT_MAX * sizeof(*best));
	struct pt_graph_snapshot *out = p->out;
	int err = -PT_ENOMEM;

	if (!best)
		return err;
	out->idle_nr = choose(p, best);
	out->idle = calloc(out->idle_nr + 1, sizeof(*out->idle));
	if (!out->idle) {
		out->idle_nr = 0;
		goto done;
	}
	for (size_t i = 0; i < out->idle_nr; i++) {
		const struct pt_cut_idle *from = &p->cut->idle[best[i].idle];
		struct pt_graph_idle *to = &out->idle[i];

		to->addr = p->cut->nodes[from->node].addr;
		to->shallow_bytes = p->refs->graph.shallow_bytes[from->node];
		to->kept_bytes = best[i].kept_bytes;
		to->pool = p->pool_of[p->cut->nodes[from->node].pool];
		to->shard = from->shard;
		to->idle_ns = p->cut->time_ns > from->since_ns ? p->cut->time_ns - from->since_ns : 0;
		err = pt_graph_known_site(p, from->put_stack, &to->put_site);
		if (err)
			goto done;
	}
	err = 0;
done:
	free(best);
	return err;
}
