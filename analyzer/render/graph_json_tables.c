// SPDX-License-Identifier: MIT
/*
 * graph_json_tables.c - the tables of a snapshot as JSON.
 *
 * A site is written as its text in `site`, for people and jq, and as `site_index` into sites[], which
 * has the frames. An object of a pool has `pool` and `idle` besides.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../result/graph_words.h"
#include "graph_json.h"

static size_t rows_of(const struct pt_graph_json *g, size_t nr)
{
	return g->top && g->top < nr ? g->top : nr;
}

static json_t *address(uint64_t addr)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, addr);
	return json_string(text);
}

/* `key` and `key`_index; null when there is no such site, or no stack of it. */
static void put_site(struct pt_graph_json *g, json_t *object, const char *key, uint32_t site)
{
	char text[PT_GRAPH_TEXT_BYTES], index_key[32];
	bool known = site < g->s->sites_nr;

	pt_json_put(&g->d, object, key,
		    known && g->s->sites[site].site.frames_nr
			    ? pt_json_text(pt_graph_site_text(g->s, site, text, sizeof(text)))
			    : json_null());
	snprintf(index_key, sizeof(index_key), "%s_index", key);
	pt_json_put(&g->d, object, index_key, known ? json_integer(site) : json_null());
}

static json_t *type_of(const struct pt_graph_json *g, uint32_t site)
{
	return pt_json_text(site < g->s->sites_nr ? g->s->sites[site].type : NULL);
}

static json_t *pool_name(const struct pt_graph_json *g, uint32_t pool)
{
	return pool < g->s->pools_nr ? pt_json_text(g->s->pools[pool].name) : json_null();
}

static void put_label(struct pt_graph_json *g, json_t *object, const struct pt_graph_label *label)
{
	bool of_pool = label->pool != PT_GRAPH_ROW_NONE;

	pt_json_put(&g->d, object, "pool", pool_name(g, label->pool));
	pt_json_put(&g->d, object, "idle", of_pool ? json_boolean(label->idle) : json_null());
	put_site(g, object, "site", label->site);
	pt_json_put(&g->d, object, "type", of_pool && label->pool < g->s->pools_nr
						   ? type_of(g, g->s->pools[label->pool].site)
						   : type_of(g, label->site));
}

static json_t *pools(struct pt_graph_json *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->s->pools_nr; i++) {
		const struct pt_graph_pool *p = &g->s->pools[i];
		json_t *o = json_object();

		pt_json_put(&g->d, o, "pool", pt_json_text(p->name));
		pt_json_number(&g->d, o, "idle_objects", p->idle_objects);
		pt_json_number(&g->d, o, "idle_bytes", p->idle_bytes);
		pt_json_number(&g->d, o, "in_use_objects", p->in_use_objects);
		pt_json_number(&g->d, o, "in_use_bytes", p->in_use_bytes);
		pt_graph_json_number(g, o, "graph_retained_bytes", p->graph_retained_bytes, "not computed");
		pt_graph_json_number(g, o, "graph_retained_objects", p->graph_retained_objects, "not computed");
		pt_graph_json_number(g, o, "fields_more_bytes", p->fields_more_bytes, "not computed");
		pt_json_put(&g->d, o, "object_bytes",
			    p->object_bytes ? json_integer((json_int_t)p->object_bytes) : json_null());
		put_site(g, o, "site", p->site);
		pt_json_put(&g->d, o, "type", type_of(g, p->site));
		pt_json_push(&g->d, array, o);
	}
	return array;
}

static json_t *fields(struct pt_graph_json *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows_of(g, g->s->fields_nr); i++) {
		const struct pt_graph_field *f = &g->s->fields[i];
		json_t *o = json_object();

		pt_json_put(&g->d, o, "pool", pool_name(g, f->pool));
		pt_json_number(&g->d, o, "offset", f->offset_bytes);
		pt_json_put(&g->d, o, "name", pt_json_text(f->name));
		pt_graph_json_number(g, o, "retained_bytes", f->retained_bytes, "not computed");
		pt_graph_json_number(g, o, "retained_objects", f->retained_objects, "not computed");
		pt_json_number(&g->d, o, "objects", f->objects);
		pt_json_number(&g->d, o, "interior_objects", f->interior_objects);
		put_site(g, o, "site", f->site);
		pt_json_put(&g->d, o, "type", type_of(g, f->site));
		put_site(g, o, "put_site", f->put_site);
		pt_json_number(&g->d, o, "put_objects", f->put_objects);
		pt_json_push(&g->d, array, o);
	}
	return array;
}

static json_t *idle(struct pt_graph_json *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows_of(g, g->s->idle_nr); i++) {
		const struct pt_graph_idle *x = &g->s->idle[i];
		json_t *o = json_object();

		pt_json_put(&g->d, o, "addr", address(x->addr));
		pt_json_put(&g->d, o, "pool", pool_name(g, x->pool));
		pt_json_put(&g->d, o, "shard", x->shard < PT_SHARD_ALL ? json_integer(x->shard) : json_null());
		pt_json_number(&g->d, o, "shallow_bytes", x->shallow_bytes);
		pt_json_number(&g->d, o, "kept_bytes", x->kept_bytes);
		pt_json_number(&g->d, o, "idle_ns", x->idle_ns);
		put_site(g, o, "put_site", x->put_site);
		pt_json_push(&g->d, array, o);
	}
	return array;
}

static json_t *leaks(struct pt_graph_json *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows_of(g, g->s->leaks_nr); i++) {
		const struct pt_graph_leak *x = &g->s->leaks[i];
		json_t *o = json_object();

		put_site(g, o, "site", x->site);
		pt_json_put(&g->d, o, "type", type_of(g, x->site));
		pt_json_number(&g->d, o, "objects", x->objects);
		pt_json_number(&g->d, o, "bytes", x->bytes);
		pt_json_number(&g->d, o, "heads", x->heads);
		pt_json_put(&g->d, o, "addr", address(x->addr));
		pt_json_push(&g->d, array, o);
	}
	return array;
}

/* parent: index among the rows that are written, or -1. */
static json_t *dominator(struct pt_graph_json *g, const struct pt_graph_row *row, json_int_t parent)
{
	struct pt_graph_label none = { PT_GRAPH_ROW_NONE, false, PT_GRAPH_ROW_NONE };
	char text[PT_GRAPH_TEXT_BYTES];
	json_t *o = json_object();

	pt_json_put(&g->d, o, "parent", parent < 0 ? json_null() : json_integer(parent));
	pt_json_number(&g->d, o, "depth", row->depth);
	pt_json_put(&g->d, o, "label", pt_json_text(pt_graph_row_text(g->s, row, text, sizeof(text))));
	pt_json_put(&g->d, o, "rest", json_boolean(row->rest));
	put_label(g, o, row->rest ? &none : &row->label);
	pt_json_number(&g->d, o, "objects", row->objects);
	pt_json_number(&g->d, o, "shallow_bytes", row->shallow_bytes);
	pt_json_number(&g->d, o, "retained_bytes", row->retained_bytes);
	pt_json_number(&g->d, o, "stale_objects", row->stale_objects);
	pt_json_number(&g->d, o, "interior_objects", row->interior_objects);
	pt_json_number(&g->d, o, "single_word_objects", row->single_word_objects);
	pt_json_put(&g->d, o, "largest_addr", address(row->largest_addr));
	pt_json_number(&g->d, o, "largest_retained_bytes", row->largest_retained_bytes);
	return o;
}

static json_t *dominators(struct pt_graph_json *g)
{
	bool *chosen = pt_graph_rows_choose(g->s, g->top);
	json_int_t *written = malloc((g->s->rows_nr + 1) * sizeof(*written)), nr = 0;
	json_t *array = json_array();

	if (!chosen || !written)
		g->d.failed = true;
	for (size_t i = 0; !g->d.failed && i < g->s->rows_nr; i++) {
		const struct pt_graph_row *row = &g->s->rows[i];

		if (!chosen[i])
			continue;
		written[i] = nr++;
		pt_json_push(&g->d, array, dominator(g, row, row->parent < i ? written[row->parent] : -1));
	}
	free(written);
	free(chosen);
	return array;
}

static json_t *sites(struct pt_graph_json *g)
{
	json_t *array = json_array();

	for (size_t i = 0; i < g->s->sites_nr; i++) {
		const struct pt_graph_site *site = &g->s->sites[i];
		json_t *o = json_object();

		pt_json_put(&g->d, o, "type", pt_json_text(site->type));
		pt_json_put(&g->d, o, "object_bytes",
			    site->object_bytes ? json_integer((json_int_t)site->object_bytes) : json_null());
		pt_json_stack(&g->d, o, &site->site);
		pt_json_push(&g->d, array, o);
	}
	return array;
}

void pt_graph_json_tables(struct pt_graph_json *g, json_t *object)
{
	pt_json_put(&g->d, object, "pools", pools(g));
	pt_json_put(&g->d, object, "fields", fields(g));
	pt_json_put(&g->d, object, "idle", idle(g));
	pt_json_put(&g->d, object, "unreachable", leaks(g));
	pt_json_put(&g->d, object, "dominators", dominators(g));
	pt_json_put(&g->d, object, "sites", sites(g));
}

static json_t *steps(struct pt_graph_json *g, const struct pt_graph_path *p)
{
	json_t *array = json_array();
	char text[PT_GRAPH_TEXT_BYTES];

	for (size_t i = 0; i < p->steps_nr; i++) {
		const struct pt_graph_step *step = &p->steps[i];
		json_t *o = json_object();

		pt_json_put(&g->d, o, "addr", address(step->addr));
		pt_json_put(&g->d, o, "label",
			    pt_json_text(pt_graph_label_text(g->s, &step->label, text, sizeof(text))));
		put_label(g, o, &step->label);
		pt_json_number(&g->d, o, "shallow_bytes", step->shallow_bytes);
		pt_graph_json_number(g, o, "retained_bytes", step->retained_bytes, "not computed");
		pt_json_put(&g->d, o, "offset",
			    i && !step->inside ? json_integer((json_int_t)step->offset_bytes) : json_null());
		pt_json_put(&g->d, o, "interior", json_boolean(step->interior));
		pt_json_put(&g->d, o, "inside", json_boolean(step->inside));
		pt_json_push(&g->d, array, o);
	}
	return array;
}

json_t *pt_graph_json_path(struct pt_graph_json *g)
{
	const struct pt_graph_path *p = g->s->path;
	json_t *o, *on_every_way;

	if (!p)
		return json_null();
	o = json_object();
	on_every_way = json_array();
	pt_json_put(&g->d, o, "asked_addr", address(p->asked_addr));
	pt_json_put(&g->d, o, "found", json_boolean(p->found));
	pt_json_put(&g->d, o, "reachable", json_boolean(p->reachable));
	pt_json_put(&g->d, o, "root", p->reachable ? json_string(pt_graph_root_name(p->root)) : json_null());
	pt_json_put(&g->d, o, "place",
		    !p->reachable		     ? json_null()
		    : p->root == PT_ROOT_REGISTER ? json_integer((json_int_t)p->place)
						     : address(p->place));
	pt_json_put(&g->d, o, "tid", p->root_tid ? json_integer(p->root_tid) : json_null());
	pt_json_put(&g->d, o, "module", pt_json_text(p->root_module));
	pt_json_put(&g->d, o, "module_offset", p->root_module ? address(p->root_offset) : json_null());
	pt_json_put(&g->d, o, "symbol", pt_json_text(p->root_symbol));
	pt_json_number(&g->d, o, "words", p->words_nr);
	pt_json_put(&g->d, o, "steps", steps(g, p));
	for (uint32_t i = 0; i < p->dominators_nr; i++)
		pt_json_push(&g->d, on_every_way, json_integer(p->dominators[i]));
	pt_json_put(&g->d, o, "dominators", on_every_way);
	return o;
}
