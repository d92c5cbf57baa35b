// SPDX-License-Identifier: MIT
/*
 * graph_nodes.c - every node with its figures, for --nodes. Memory: 56 bytes a node.
 */
#include "graph_parts.h"

#include <stdlib.h>

#include "../../format/error.h"

static int tell_label(struct pt_graph_parts *p, uint32_t node, struct pt_graph_label *label)
{
	const struct pt_cut_node *n = &p->cut->nodes[node];

	label->pool = n->pool == PT_CUT_NO_POOL ? PT_GRAPH_ROW_NONE : p->pool_of[n->pool];
	label->idle = n->state == PT_CUT_IDLE;
	return pt_graph_known_site(p, pt_graph_stack(p->cut, node), &label->site);
}

static void tell_node(const struct pt_graph_parts *p, uint32_t node, struct pt_graph_node *out)
{
	const struct pt_cut_node *n = &p->cut->nodes[node];
	unsigned int ways = p->ways[node];

	out->addr = n->addr;
	out->bytes = n->bytes;
	out->shallow_bytes = p->refs->graph.shallow_bytes[node];
	out->reachable = pt_dominators_reachable(&p->dominators, node);
	out->retained_bytes = out->reachable ? p->dominators.retained_bytes[node] : PT_UNKNOWN;
	if (out->reachable)
		out->dominator = p->cut->nodes[p->dominators.idom[node]].addr; /* that of the root is 0 */
	out->stale_only = out->reachable && !(ways & PT_WAY_SURE);
	out->interior_only = out->reachable && !(ways & PT_WAY_BASE);
	out->single_word = (ways & (PT_WAY_WORD | PT_WAY_MORE_WORDS)) == PT_WAY_WORD;
}

int pt_graph_node_table(struct pt_graph_parts *p)
{
	uint32_t nr = p->cut->nodes_nr;
	int err = 0;

	if (!p->ask || !p->ask->nodes)
		return 0;
	p->out->list = calloc(nr, sizeof(*p->out->list));
	if (!p->out->list)
		return -PT_ENOMEM;
	for (uint32_t v = 1; v < nr && !err; v++) {
		struct pt_graph_node *node = &p->out->list[p->out->list_nr++];

		tell_node(p, v, node);
		err = tell_label(p, v, &node->label);
	}
	return err;
}
