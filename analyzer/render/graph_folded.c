// SPDX-License-Identifier: MIT
/*
 * graph_folded.c - the dominator tree as folded stacks and as a drawing for dot(1).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/graph_words.h"
#include "../result/quantity.h"
#include "graph.h"
#include "utf8.h"

typedef char number[PT_QUANTITY_BYTES];

static void put_label(const struct pt_render *to, const struct pt_graph_snapshot *s, uint32_t row)
{
	char text[PT_GRAPH_TEXT_BYTES];

	pt_graph_row_text(s, &s->rows[row], text, sizeof(text));
	pt_utf8_clean(text);
	for (char *c = text; *c; c++)
		fputc(*c == ';' ? ':' : *c, to->out); /* ';' is what parts frames */
}

/* The lines of one snapshot. way: room for as many rows as the tree is deep. */
static void fold(const struct pt_render *to, const struct pt_graph_snapshot *s, bool several, uint32_t *way)
{
	for (uint32_t i = 0; i < s->rows_nr; i++) {
		size_t nr = 0;

		for (uint32_t row = i;; row = s->rows[row].parent) {
			way[nr++] = row;
			if (s->rows[row].parent >= row) /* the root: none */
				break;
		}
		if (several)
			fprintf(to->out, "snapshot %" PRIu32 ";", s->number);
		while (nr--) {
			put_label(to, s, way[nr]);
			fputc(nr ? ';' : ' ', to->out);
		}
		fprintf(to->out, "%" PRIu64 "\n", s->rows[i].shallow_bytes);
	}
}

int pt_graph_folded(const struct pt_render *to, const struct pt_graph_report *r)
{
	for (size_t i = 0; i < r->snapshots_nr; i++) {
		const struct pt_graph_snapshot *s = &r->snapshots[i];
		uint32_t *way = malloc((s->rows_nr + 1) * sizeof(*way));

		if (!way)
			return -PT_ENOMEM;
		fold(to, s, r->snapshots_nr > 1, way);
		free(way);
	}
	return ferror(to->out) ? -PT_EIO : 0;
}

/* Inside the quotes of a DOT string. */
static void put_quoted(const struct pt_render *to, char *text)
{
	pt_utf8_clean(text);
	for (char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', to->out);
		fputc(*c, to->out);
	}
}

static void draw_row(const struct pt_render *to, const struct pt_graph_snapshot *s, uint32_t i)
{
	const struct pt_graph_row *row = &s->rows[i];
	bool idle = !row->rest && row->label.pool != PT_GRAPH_ROW_NONE && row->label.idle;
	char text[PT_GRAPH_TEXT_BYTES];
	number a, b, c;

	fprintf(to->out, "\ts%" PRIu32 "r%" PRIu32 " [label=\"", s->number, i);
	pt_graph_row_text(s, row, text, sizeof(text));
	put_quoted(to, text);
	fprintf(to->out, "\\n%s in %s\\nretains %s\"%s];\n", pt_quantity_bytes(a, row->shallow_bytes),
		pt_quantity_counted(b, row->objects, "object"), pt_quantity_bytes(c, row->retained_bytes),
		idle ? ", style=filled, fillcolor=lightgrey" : "");
	if (row->parent < i)
		fprintf(to->out, "\ts%" PRIu32 "r%" PRIu32, s->number, row->parent);
	else
		fprintf(to->out, "\ts%" PRIu32 "root", s->number);
	fprintf(to->out, " -> s%" PRIu32 "r%" PRIu32 ";\n", s->number, i);
}

static int draw(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	bool *chosen = pt_graph_rows_choose(s, to->top);
	number n;

	if (!chosen)
		return -PT_ENOMEM;
	fprintf(to->out, "\ts%" PRIu32 "root [label=\"snapshot %" PRIu32 "\\n%s reachable\", shape=ellipse];\n",
		s->number, s->number, s->whole ? pt_quantity_bytes(n, s->reachable_bytes) : "?");
	for (uint32_t i = 0; i < s->rows_nr; i++)
		if (chosen[i])
			draw_row(to, s, i);
	free(chosen);
	return 0;
}

int pt_graph_dot(const struct pt_render *to, const struct pt_graph_report *r)
{
	int rc = 0;

	fputs("digraph retained {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"sans-serif\"];\n", to->out);
	for (size_t i = 0; !rc && i < r->snapshots_nr; i++)
		rc = draw(to, &r->snapshots[i]);
	fputs("}\n", to->out);
	if (rc)
		return rc;
	return ferror(to->out) ? -PT_EIO : 0;
}
