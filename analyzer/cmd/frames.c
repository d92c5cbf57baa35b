// SPDX-License-Identifier: MIT
/*
 * frames.c - stacks of a trace to functions, files and lines in a report.
 */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/pool_rank.h"
#include "../result/site.h"
#include "../symbols/types.h"

#define STACK_DEPTH_MAX 1024u
#define ID_NONE		UINT32_MAX
/* Nodes of stacks that are looked up whole, for a trace may have thousands of stacks of a thousand; a report's, and when
 * all sites are asked for. Sites are in the order of what they hold; those behind get the innermost few. */
#define NODES_MAX      500000u
#define NODES_MAX_ALL  4000000u
#define FILE_BYTES_A_NODE 16u /* and one more for so many bytes of the trace */
#define NODES_BEHIND   8u

/* What a node of a stack stands for: itself and what was inlined there. */
struct told {
	const struct pt_frame *frames; /* of the symbols; NULL: not asked for yet */
	size_t nr;
};

struct lookup {
	struct pt_symbols *symbols;
	const struct pt_trace *trace;
	struct told *told; /* by node; stacks share most of theirs */
	uint64_t nodes_left; /* that may be looked up whole */
	uint32_t *ids; /* pt_symbols' id of each module of the trace; ID_NONE = not asked for yet */
};

/* Marks the sites that can come to be shown. NULL: no memory. */
static bool *choose(const struct pt_report *r, size_t top)
{
	bool *chosen = calloc(r->sites_nr + 1, sizeof(*chosen));
	bool *seen = calloc(r->threads_nr + 1, sizeof(*seen));
	uint32_t *order = malloc((r->sites_nr + 1) * sizeof(*order));

	if (!chosen || !seen || !order) {
		free(chosen);
		chosen = NULL;
	}
	for (int key = 0; chosen && key < PT_SITE_KEY_NR; key++) {
		size_t n = pt_sites_top(r, (enum pt_site_key)key, order,
					r->sites_nr < top ? r->sites_nr : top);

		for (size_t i = 0; i < n; i++)
			chosen[order[i]] = true;
	}
	for (size_t i = 0; chosen && i < r->idle_sites.cells_nr; i++) { /* largest first */
		const struct pt_report_cell *cell = &r->idle_sites.cells[i];

		if (cell->from < r->sites_nr && cell->to < r->threads_nr && !seen[cell->to]) {
			seen[cell->to] = true;
			chosen[cell->from] = true;
		}
	}
	free(seen);
	free(order);
	return chosen;
}

static int copy_text(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return text && !*out ? -PT_ENOMEM : 0;
}

static int module_id(const struct lookup *l, uint32_t module, uint32_t *out)
{
	const struct pt_module_info *info = &l->trace->modules[module];
	struct pt_symbol_module m = { info->path, info->build_id, info->build_id_bytes };
	int rc = 0;

	if (l->ids[module] == ID_NONE)
		rc = pt_symbols_module(l->symbols, &m, &l->ids[module]);
	*out = l->ids[module];
	return rc;
}

static bool is_end(const struct pt_stack_node *node)
{
	return node->ip == PT_FRAME_UNKNOWN || node->ip == PT_FRAME_CUT;
}

/* Asks for the frames of a node, if nobody has yet; how many there are is added to *frames_nr. */
static int ask(const struct lookup *l, const struct pt_stack_node *node, size_t *frames_nr)
{
	struct told *told = &l->told[node - l->trace->stacks];
	uint32_t id;
	int rc = 0;

	if (!told->nr) {
		told->nr = 1; /* of no module: nothing but its address */
		if (node->module < l->trace->modules_nr && l->trace->modules[node->module].path) {
			rc = module_id(l, node->module, &id);
			if (!rc) /* ip is a return address: the call is before it */
				rc = pt_symbols_resolve(l->symbols, id,
							node->ip - l->trace->modules[node->module].bias - 1,
							&told->frames, &told->nr);
		}
	}
	*frames_nr += told->nr;
	return rc;
}

static void add_node(const struct lookup *l, struct pt_report_site *site, const struct pt_stack_node *node)
{
	const struct told *told = &l->told[node - l->trace->stacks];
	const struct pt_frame bare = { .offset_bytes = node->ip }, *frames = told->frames ? told->frames : &bare;

	for (size_t i = 0; i < told->nr; i++)
		site->frames[site->frames_nr++] = (struct pt_report_frame){ .function = frames[i].function,
									    .file = frames[i].file,
									    .module = frames[i].module,
									    .line = frames[i].line,
									    .offset_bytes = frames[i].offset_bytes,
									    .inlined = frames[i].inlined };
}

static int fill_site(struct lookup *l, struct pt_report_site *site)
{
	const struct pt_stack_node *nodes[STACK_DEPTH_MAX];
	size_t nodes_nr = pt_stack_frames(l->trace, site->stack, nodes, STACK_DEPTH_MAX);
	size_t frames_nr = 0;
	int rc = 0;

	if (nodes_nr > l->nodes_left && nodes_nr > NODES_BEHIND) {
		nodes_nr = NODES_BEHIND;
		site->stack_end = PT_STACK_CUT;
	}
	l->nodes_left -= nodes_nr < l->nodes_left ? nodes_nr : l->nodes_left;

	for (size_t i = 0; !rc && i < nodes_nr; i++) {
		if (is_end(nodes[i]))
			site->stack_end = nodes[i]->ip == PT_FRAME_CUT ? PT_STACK_CUT : PT_STACK_UNKNOWN;
		else
			rc = ask(l, nodes[i], &frames_nr);
	}
	if (rc || !frames_nr)
		return rc;
	site->frames = malloc(frames_nr * sizeof(*site->frames));
	if (!site->frames)
		return -PT_ENOMEM;
	for (size_t i = 0; i < nodes_nr; i++)
		if (!is_end(nodes[i]))
			add_node(l, site, nodes[i]);
	return 0;
}

/* What a person who wonders about missing names wants to know. */
static int note_modules(const struct lookup *l, struct pt_report *r)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < l->trace->modules_nr; i++) {
		enum pt_symbols_state state;
		char text[512];

		if (l->ids[i] == ID_NONE ||
		    pt_symbols_module_state(l->symbols, l->ids[i], &state) != 0)
			continue;
		if (state != PT_SYMBOLS_CHANGED && state != PT_SYMBOLS_MISSING &&
		    state != PT_SYMBOLS_UNREADABLE)
			continue;
		snprintf(text, sizeof(text), "%.300s: %s; its functions and lines are not known",
			 l->trace->modules[i].path, pt_symbols_note(state));
		for (size_t k = 0; k < r->notes_nr; k++) /* a library loaded twice is noted once */
			if (!strcmp(r->notes[k], text))
				text[0] = '\0';
		if (text[0])
			rc = pt_report_note(r, text);
	}
	return rc;
}

/* 0 or -PT_ENOMEM; end() in both cases. */
static int start(struct lookup *l, struct pt_symbols *symbols, const struct pt_trace *t, uint64_t nodes_max)
{
	*l = (struct lookup){ .symbols = symbols, .trace = t,
			      .nodes_left = nodes_max + t->state.used_bytes / FILE_BYTES_A_NODE,
			      .told = calloc(t->stacks_nr + 1ul, sizeof(*l->told)),
			      .ids = malloc((t->modules_nr + 1) * sizeof(*l->ids)) };
	for (uint32_t i = 0; l->ids && i < t->modules_nr; i++)
		l->ids[i] = ID_NONE;
	return l->told && l->ids ? 0 : -PT_ENOMEM;
}

static void end(struct lookup *l)
{
	free(l->told);
	free(l->ids);
}

/* The type that a site makes. teller: id of the module that knows the type, set if there is one. */
static int fill_type(const struct lookup *l, struct pt_graph_site *site, uint32_t *teller)
{
	const struct pt_stack_node *nodes[PT_TYPE_FRAMES_MAX];
	size_t nodes_nr = pt_stack_frames(l->trace, site->site.stack, nodes, PT_TYPE_FRAMES_MAX);
	struct pt_type_frame frames[PT_TYPE_FRAMES_MAX];
	size_t frames_nr = 0, told = 0;
	const char *type = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < nodes_nr; i++) {
		const struct pt_stack_node *node = nodes[i];

		if (node->ip == PT_FRAME_UNKNOWN || node->ip == PT_FRAME_CUT ||
		    node->module >= l->trace->modules_nr || !l->trace->modules[node->module].path)
			break;
		rc = module_id(l, node->module, &frames[frames_nr].module_id);
		frames[frames_nr++].vaddr = node->ip - l->trace->modules[node->module].bias - 1;
	}
	if (!rc && frames_nr && site->object_bytes)
		rc = pt_symbols_type_of_stack(l->symbols, frames, frames_nr, site->object_bytes, &type,
					      &told);
	if (rc || !type)
		return rc;
	*teller = frames[told].module_id;
	return copy_text(&site->type, type);
}

/* The variable that a static root lies in. */
static int fill_root(const struct lookup *l, struct pt_graph_path *path)
{
	const char *name = NULL;
	uint64_t offset;
	uint32_t id;

	for (uint32_t i = 0; path->root_module && i < l->trace->modules_nr; i++) {
		const char *module = l->trace->modules[i].path;
		int rc;

		if (!module || strcmp(module, path->root_module) != 0)
			continue;
		rc = module_id(l, i, &id);
		if (!rc)
			rc = pt_symbols_variable(l->symbols, id, path->root_offset, &name, &offset);
		return rc ? rc : copy_text(&path->root_symbol, name);
	}
	return 0;
}

/* Frames and types of the sites of one snapshot, names of fields and of a path's root. */
static int fill_snapshot(struct lookup *l, struct pt_graph_snapshot *s)
{
	uint32_t *tellers = malloc((s->sites_nr + 1) * sizeof(*tellers));
	int rc = tellers ? 0 : -PT_ENOMEM;

	for (size_t i = 0; !rc && i < s->sites_nr; i++) {
		rc = fill_site(l, &s->sites[i].site);
		if (!rc)
			rc = fill_type(l, &s->sites[i], &tellers[i]);
	}
	for (size_t i = 0; !rc && i < s->fields_nr; i++) {
		uint32_t pool = s->fields[i].pool;
		uint32_t site = pool < s->pools_nr ? s->pools[pool].site : PT_GRAPH_ROW_NONE;
		const char *name = NULL;

		if (site >= s->sites_nr || !s->sites[site].type)
			continue;
		rc = pt_symbols_field(l->symbols, tellers[site], s->sites[site].type,
				      s->fields[i].offset_bytes, &name);
		if (!rc)
			rc = copy_text(&s->fields[i].name, name);
	}
	free(tellers);
	if (!rc && s->path)
		rc = fill_root(l, s->path);
	return rc;
}

int pt_frames_fill_graph(struct pt_symbols *symbols, const struct pt_trace *t, struct pt_graph_report *r)
{
	struct lookup l;
	int rc = start(&l, symbols, t, NODES_MAX_ALL);

	for (size_t i = 0; !rc && i < r->snapshots_nr; i++)
		rc = fill_snapshot(&l, &r->snapshots[i]);
	end(&l);
	return rc;
}

int pt_frames_fill(struct pt_symbols *symbols, const struct pt_trace *t, struct pt_report *r,
		   size_t top)
{
	struct lookup l;
	bool *chosen = choose(r, top ? top : r->sites_nr);
	bool *of_pools = pt_pool_sites_choose(r, top);
	int rc = start(&l, symbols, t, top ? NODES_MAX : NODES_MAX_ALL);

	if (!chosen || !of_pools)
		rc = -PT_ENOMEM;
	for (size_t i = 0; !rc && i < r->sites_nr; i++)
		if (chosen[i])
			rc = fill_site(&l, &r->sites[i]);
	for (size_t i = 0; !rc && i < r->pool_sites_nr; i++)
		if (of_pools[i])
			rc = fill_site(&l, &r->pool_sites[i]);
	if (!rc)
		rc = note_modules(&l, r);
	free(of_pools);
	free(chosen);
	end(&l);
	return rc ? rc : pt_sites_merge(r);
}
