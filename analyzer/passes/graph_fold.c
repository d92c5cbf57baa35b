// SPDX-License-Identifier: MIT
/*
 * graph_fold.c - the rows that retain most, what is left of each parent's children as one row, and their order.
 */
#include "graph_rows.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

struct ranked {
	uint64_t retained_bytes;
	uint32_t row;
};

/* Rows to be kept, and after them their `rest` rows, in the order in which they were made. */
struct fold {
	struct pt_graph_row *flat; /* parent: index into flat */
	uint32_t flat_nr;
	uint32_t *rest_of;  /* by index into flat, and one more for the root: its rest row */
	uint32_t *first, *next; /* children as lists; first[flat_nr]: the root's */
	uint32_t *place;    /* by index into flat: its index in preorder */
	struct ranked *ranked;
};

static int more_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->retained_bytes != y->retained_bytes)
		return x->retained_bytes > y->retained_bytes ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row); /* a parent before its child */
}

static void add(const struct pt_graph_parts *p, struct pt_graph_row *to, const struct pt_graph_merged *from)
{
	uint64_t largest_bytes = p->dominators.retained_bytes[from->largest];

	to->objects += from->objects;
	to->shallow_bytes += from->shallow_bytes;
	to->stale_objects += from->stale_objects;
	to->interior_objects += from->interior_objects;
	to->single_word_objects += from->single_word_objects;
	if (!to->largest_addr || largest_bytes > to->largest_retained_bytes) {
		to->largest_retained_bytes = largest_bytes;
		to->largest_addr = p->cut->nodes[from->largest].addr;
	}
}

/* place_of: index into flat of each row that is kept. */
static int choose(struct pt_graph_merge *m, struct fold *f)
{
	struct ranked *ranked = malloc(((size_t)m->rows_nr + 1) * sizeof(*ranked));
	uint32_t kept_nr = m->rows_nr < PT_GRAPH_ROWS_KEPT ? m->rows_nr : PT_GRAPH_ROWS_KEPT;

	m->place_of = malloc(((size_t)m->rows_nr + 1) * sizeof(*m->place_of));
	if (!ranked || !m->place_of) {
		free(ranked);
		return -PT_ENOMEM;
	}
	memset(m->place_of, 0xff, m->rows_nr * sizeof(*m->place_of));
	for (uint32_t row = 0; row < m->rows_nr; row++)
		ranked[row] = (struct ranked){ m->rows[row].retained_bytes, row };
	if (kept_nr < m->rows_nr)
		qsort(ranked, m->rows_nr, sizeof(*ranked), more_first);
	for (uint32_t i = 0; i < kept_nr; i++)
		m->place_of[ranked[i].row] = 0;
	for (uint32_t row = 0; row < m->rows_nr; row++) {
		if (!m->place_of[row])
			m->place_of[row] = f->flat_nr++;
	}
	free(ranked);
	return 0;
}

/* Each folded row goes into the `rest` row of the nearest row above it that is kept. */
static int fill(const struct pt_graph_parts *p, const struct pt_graph_merge *m, struct fold *f)
{
	uint32_t kept_nr = f->flat_nr, *rest = malloc(((size_t)m->rows_nr + 1) * sizeof(*rest));

	if (!rest)
		return -PT_ENOMEM;
	memset(f->rest_of, 0xff, ((size_t)kept_nr + 1) * sizeof(*f->rest_of));
	for (uint32_t row = 0; row < m->rows_nr; row++) {
		const struct pt_graph_merged *from = &m->rows[row];
		bool top = from->parent == PT_GRAPH_ROW_NONE;
		uint32_t parent = top ? PT_GRAPH_ROW_NONE : m->place_of[from->parent], place = m->place_of[row];
		uint32_t *of = &f->rest_of[parent == PT_GRAPH_ROW_NONE ? kept_nr : parent];

		if (place != PT_GRAPH_ROW_NONE) {
			f->flat[place] = (struct pt_graph_row){ .parent = parent, .depth = from->depth };
			f->flat[place].retained_bytes = from->retained_bytes;
		} else if (!top && parent == PT_GRAPH_ROW_NONE) {
			place = rest[row] = rest[from->parent];
		} else {
			if (*of == PT_GRAPH_ROW_NONE) {
				*of = f->flat_nr++;
				f->flat[*of] = (struct pt_graph_row){ .parent = parent, .depth = from->depth, .rest = true };
				f->flat[*of].label = (struct pt_graph_label){ PT_GRAPH_ROW_NONE, false, PT_GRAPH_ROW_NONE };
			}
			place = rest[row] = *of;
			f->flat[place].retained_bytes += from->retained_bytes;
		}
		add(p, &f->flat[place], from);
	}
	free(rest);
	return 0;
}

/* Children of one parent by what they retain: put in front of their list, the smallest first. */
static void link_rows(struct fold *f)
{
	memset(f->first, 0xff, ((size_t)f->flat_nr + 1) * sizeof(*f->first));
	for (uint32_t i = 0; i < f->flat_nr; i++)
		f->ranked[i] = (struct ranked){ f->flat[i].retained_bytes, i };
	qsort(f->ranked, f->flat_nr, sizeof(*f->ranked), more_first);
	for (uint32_t i = f->flat_nr; i-- > 0;) {
		uint32_t row = f->ranked[i].row, parent = f->flat[row].parent;
		uint32_t *first = &f->first[parent == PT_GRAPH_ROW_NONE ? f->flat_nr : parent];

		f->next[row] = *first;
		*first = row;
	}
}

static void lay_out(struct fold *f, struct pt_graph_row *rows)
{
	uint32_t row = f->first[f->flat_nr], nr = 0;

	while (row != PT_GRAPH_ROW_NONE) {
		uint32_t parent = f->flat[row].parent, next = f->first[row];

		f->place[row] = nr;
		rows[nr] = f->flat[row];
		rows[nr++].parent = parent == PT_GRAPH_ROW_NONE ? PT_GRAPH_ROW_NONE : f->place[parent];
		while (next == PT_GRAPH_ROW_NONE && row != PT_GRAPH_ROW_NONE) {
			next = f->next[row];
			row = f->flat[row].parent;
		}
		row = next;
	}
}

static int make(struct pt_graph_parts *p, struct pt_graph_merge *m, struct fold *f)
{
	size_t max;
	int err = choose(m, f);

	if (err)
		return err;
	max = 2 * (size_t)f->flat_nr + 2; /* at most one rest row for each, and the root's */
	f->flat = calloc(max, sizeof(*f->flat));
	f->rest_of = malloc(max * sizeof(*f->rest_of));
	f->first = malloc(max * sizeof(*f->first));
	f->next = malloc(max * sizeof(*f->next));
	f->place = malloc(max * sizeof(*f->place));
	f->ranked = malloc(max * sizeof(*f->ranked));
	p->out->rows = calloc(max, sizeof(*p->out->rows));
	if (!f->flat || !f->rest_of || !f->first || !f->next || !f->place || !f->ranked || !p->out->rows)
		return -PT_ENOMEM;
	err = fill(p, m, f);
	if (err)
		return err;
	link_rows(f);
	lay_out(f, p->out->rows);
	p->out->rows_nr = f->flat_nr;
	for (uint32_t row = 0; row < m->rows_nr; row++) {
		if (m->place_of[row] != PT_GRAPH_ROW_NONE)
			m->place_of[row] = f->place[m->place_of[row]];
	}
	return 0;
}

int pt_graph_fold(struct pt_graph_parts *p, struct pt_graph_merge *m)
{
	struct fold f = { 0 };
	int err = make(p, m, &f);

	free(f.ranked);
	free(f.place);
	free(f.next);
	free(f.first);
	free(f.rest_of);
	free(f.flat);
	return err;
}
