// SPDX-License-Identifier: MIT
/*
 * graph_text_path.c - why one block lives: the shortest way to it from a root, a step a row.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/graph_words.h"
#include "../result/quantity.h"
#include "graph_text.h"

typedef char number[PT_QUANTITY_BYTES];

/* "static data of server +0x4010 (table)", "a register of thread 7 (DWARF number 3)" */
static void root_text(const struct pt_graph_snapshot *s, char *out, size_t size)
{
	const struct pt_graph_path *p = s->path;

	switch (p->root) {
	case PT_ROOT_STATIC:
		snprintf(out, size, "static data of %.300s+0x%" PRIx64 "%s%.200s",
			 p->root_module ? p->root_module : "?", p->root_offset, p->root_symbol ? " " : "",
			 p->root_symbol ? p->root_symbol : "");
		break;
	case PT_ROOT_REGISTER:
		snprintf(out, size, "register %" PRIu64 " (DWARF's number) of thread %" PRIu32, p->place,
			 p->root_tid);
		break;
	case PT_ROOT_STACK:
	case PT_ROOT_TLS:
		snprintf(out, size, "the %s of thread %" PRIu32 " at 0x%" PRIx64,
			 p->root == PT_ROOT_TLS ? "thread-local data" : "stack", p->root_tid, p->place);
		break;
	case PT_ROOT_STALE:
		snprintf(out, size, "a word below the stack pointer of thread %" PRIu32 " at 0x%" PRIx64
			 ", which may be left over", p->root_tid, p->place);
		break;
	case PT_ROOT_POOL:
		snprintf(out, size, "its pool: it is idle there");
		break;
	default:
		snprintf(out, size, "mapped memory at 0x%" PRIx64, p->place);
		break;
	}
}

static bool on_every_way(const struct pt_graph_path *p, size_t step)
{
	for (uint32_t i = 0; i < p->dominators_nr; i++)
		if (p->dominators[i] == step)
			return true;
	return false;
}

static void step_row(struct pt_table *t, const struct pt_graph_snapshot *s, size_t i)
{
	const struct pt_graph_step *step = &s->path->steps[i];
	const char *how = step->interior ? " (into its middle)" : "";
	char text[PT_GRAPH_TEXT_BYTES];
	number n;

	if (step->inside)
		pt_table_cell(t, "inside");
	else if (i)
		pt_table_cell(t, "+0x%" PRIx64 "%s", step->offset_bytes, how);
	else
		pt_table_cell(t, "root%s", how);
	pt_table_cell(t, "0x%" PRIx64, step->addr);
	pt_table_cell(t, "%s", pt_quantity_bytes(n, step->shallow_bytes));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, step->retained_bytes));
	pt_table_cell(t, "%s", on_every_way(s->path, i) ? "yes" : "");
	pt_table_cell(t, "%s", pt_graph_label_text(s, &step->label, text, sizeof(text)));
}

static int way(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "by", true, 0, false },	{ "address", false, 0, false },	 { "itself", false, 2, false },
		{ "retains", false, 1, false }, { "every way", true, 3, false }, { "what", true, 0, true },
	};
	struct pt_table t;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < s->path->steps_nr; i++)
		step_row(&t, s, i);
	pt_text_heading(to, "The shortest way (by: the word of the row above that points here)");
	return pt_table_print(&t, to);
}

int pt_graph_text_path(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	const struct pt_graph_path *p = s->path;
	char text[PT_GRAPH_TEXT_BYTES];
	number n;

	if (!p->found) {
		pt_text_line(to, "block", "no block in use and no object of a pool covers 0x%" PRIx64,
			     p->asked_addr);
		return 0;
	}
	pt_text_line(to, "block", "0x%" PRIx64 "; %s in the whole process point%s at it", p->asked_addr,
		     pt_quantity_counted(n, p->words_nr, "word"), p->words_nr == 1 ? "s" : "");
	if (!p->reachable) {
		pt_text_line(to, "root", "none: it is unreachable%s",
			     s->unreachable_bytes == PT_UNKNOWN || !s->registers_asked
				     ? ", unless a register that was not scanned holds it"
				     : "");
	} else {
		root_text(s, text, sizeof(text));
		pt_text_line(to, "root", "%s", text);
	}
	return p->steps_nr ? way(to, s) : 0;
}
