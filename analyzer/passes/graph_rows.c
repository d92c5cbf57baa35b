// SPDX-License-Identifier: MIT
/*
 * graph_rows.c - the merged dominator tree: dominators from the top, those of one label under one row are a row.
 *
 * Dominators come before what they dominate, so one sweep gives each node its row. A row retains at most
 * what its parent does, so the rows that retain most hang together. Memory: 4 bytes a node, 76 a row
 * before the small ones are folded.
 */
#include "graph_rows.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../model/pairs.h"

#define DEPTH_MAX  64u
#define POOL_LABEL 0x80000000u /* pool's number << 1 | idle; else a stack */

static uint32_t label_of(const struct pt_cut_node *n)
{
	if (n->pool == PT_CUT_NO_POOL)
		return n->stack;
	return POOL_LABEL | n->pool << 1 | (n->state == PT_CUT_IDLE);
}

/* The row of `node`, which is not merged into its parent's. PT_GRAPH_ROW_NONE: no memory. */
static uint32_t row_at(struct pt_graph_merge *m, struct pt_pairs *known, uint32_t parent, uint32_t label)
{
	uint32_t row = pt_pairs_get(known, parent, label);

	if (row != PT_PAIR_NONE)
		return row;
	if (m->rows_nr == m->rows_max) {
		uint32_t max = m->rows_max ? 2 * m->rows_max : 1024;
		struct pt_graph_merged *rows = realloc(m->rows, max * sizeof(*rows));

		if (!rows)
			return PT_GRAPH_ROW_NONE;
		m->rows = rows;
		m->rows_max = max;
	}
	row = m->rows_nr;
	if (pt_pairs_put(known, parent, label, row))
		return PT_GRAPH_ROW_NONE;
	m->rows[row] = (struct pt_graph_merged){ .parent = parent, .label = label };
	if (parent != PT_GRAPH_ROW_NONE)
		m->rows[row].depth = m->rows[parent].depth + 1;
	m->rows_nr++;
	return row;
}

/* inside: a node of the same row dominates this one. */
static void count(const struct pt_graph_parts *p, struct pt_graph_merged *row, uint32_t node, bool inside)
{
	uint64_t retained_bytes = p->dominators.retained_bytes[node];
	unsigned int ways = p->ways[node];

	row->objects++;
	row->shallow_bytes += p->refs->graph.shallow_bytes[node];
	if (!inside)
		row->retained_bytes += retained_bytes;
	row->stale_objects += !(ways & PT_WAY_SURE);
	row->interior_objects += (ways & (PT_WAY_WORD | PT_WAY_BASE_WORD)) == PT_WAY_WORD;
	row->single_word_objects += (ways & (PT_WAY_WORD | PT_WAY_MORE_WORDS)) == PT_WAY_WORD;
	if (!row->largest || retained_bytes > p->dominators.retained_bytes[row->largest])
		row->largest = node;
}

static int merge(const struct pt_graph_parts *p, struct pt_graph_merge *m)
{
	const struct pt_dominators *d = &p->dominators;
	struct pt_pairs known = { 0 };
	int err = 0;

	m->row_of = malloc(d->nodes_nr * sizeof(*m->row_of));
	if (!m->row_of)
		return -PT_ENOMEM;
	memset(m->row_of, 0xff, d->nodes_nr * sizeof(*m->row_of));
	for (uint32_t i = 1; i < d->reachable_nr; i++) {
		uint32_t node = d->node[i], above = m->row_of[d->idom[node]];
		uint32_t label = label_of(&p->cut->nodes[node]);
		bool inside = above != PT_GRAPH_ROW_NONE &&
			      (m->rows[above].label == label || m->rows[above].depth == DEPTH_MAX - 1);
		uint32_t row = inside ? above : row_at(m, &known, above, label);

		if (row == PT_GRAPH_ROW_NONE) {
			err = -PT_ENOMEM;
			break;
		}
		m->row_of[node] = row;
		count(p, &m->rows[row], node, inside);
	}
	pt_pairs_fini(&known);
	return err;
}

/* A pool's label: where most of the row's objects were got or put. Blocks: their call site. */
static int name_rows(struct pt_graph_parts *p, const struct pt_graph_merge *m)
{
	struct pt_graph_snapshot *out = p->out;
	struct pt_cells cells = { 0 };
	struct pt_graph_most *most = NULL;
	int err = 0;

	for (uint32_t v = 1; v < p->cut->nodes_nr && !err; v++) {
		uint32_t row = m->row_of[v], stack;

		if (row == PT_GRAPH_ROW_NONE || !(m->rows[row].label & POOL_LABEL) ||
		    m->place_of[row] == PT_GRAPH_ROW_NONE)
			continue;
		stack = pt_graph_stack(p->cut, v);
		if (stack)
			err = pt_cells_add(&cells, m->place_of[row], stack, 0);
	}
	if (!err) {
		most = pt_graph_mosts(&cells, out->rows_nr);
		err = most ? 0 : -PT_ENOMEM;
	}
	pt_cells_fini(&cells);
	for (uint32_t row = 0; row < m->rows_nr && !err; row++) {
		uint32_t place = m->place_of[row], label = m->rows[row].label;
		struct pt_graph_label *to;

		if (place == PT_GRAPH_ROW_NONE)
			continue;
		to = &out->rows[place].label;
		if (label & POOL_LABEL) {
			to->pool = p->pool_of[(label & ~POOL_LABEL) >> 1];
			to->idle = label & 1;
			err = pt_graph_known_site(p, most[place].objects ? most[place].to : 0, &to->site);
		} else {
			to->pool = PT_GRAPH_ROW_NONE;
			err = pt_graph_site(p, label, &to->site);
		}
	}
	free(most);
	return err;
}

int pt_graph_row_table(struct pt_graph_parts *p)
{
	struct pt_graph_merge m = { 0 };
	int err = merge(p, &m);

	if (!err)
		err = pt_graph_fold(p, &m);
	if (!err)
		err = name_rows(p, &m);
	free(m.place_of);
	free(m.rows);
	free(m.row_of);
	return err;
}
