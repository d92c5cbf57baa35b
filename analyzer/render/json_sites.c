// SPDX-License-Identifier: MIT
/*
 * json_sites.c - call sites and their stacks as JSON; the bulk of a document.
 */
#include <stdlib.h>
#include <string.h>

#include "../result/site.h"
#include "json_put.h"

static json_t *frames(struct pt_json *d, const struct pt_report_site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->frames_nr; i++) {
		const struct pt_report_frame *f = &site->frames[i];
		json_t *object = json_object();

		pt_json_put(d, object, "function", pt_json_text(f->function));
		pt_json_put(d, object, "file", pt_json_text(f->file));
		pt_json_put(d, object, "line", f->line ? json_integer(f->line) : json_null());
		pt_json_put(d, object, "module", pt_json_text(f->module));
		pt_json_number(d, object, "offset_bytes", f->offset_bytes);
		pt_json_put(d, object, "inlined", json_boolean(f->inlined));
		pt_json_push(d, array, object);
	}
	return array;
}

static int by_site(const void *a, const void *b)
{
	const struct pt_report_cell *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

/* The cells of idle_sites, those of a site together. NULL: no memory. */
static struct pt_report_cell *cells_by_site(const struct pt_report_matrix *m)
{
	struct pt_report_cell *cells = calloc(m->cells_nr + 1, sizeof(*cells));

	if (cells && m->cells_nr) {
		memcpy(cells, m->cells, m->cells_nr * sizeof(*cells));
		qsort(cells, m->cells_nr, sizeof(*cells), by_site);
	}
	return cells;
}

/* Threads that hold blocks of `site` idle; *at moves over the cells from site to site. */
static json_t *holders(struct pt_json *d, const struct pt_report_cell *cells, size_t *at,
		       uint32_t site)
{
	size_t cells_nr = d->r->idle_sites.cells_nr;
	json_t *array = json_array();

	while (*at < cells_nr && cells[*at].from < site)
		++*at;
	for (; *at < cells_nr && cells[*at].from == site; ++*at) {
		uint32_t thread = cells[*at].to;
		json_t *cell = json_object();

		pt_json_number(d, cell, "thread",
			       thread < d->r->threads_nr ? d->r->threads[thread].serial : 0);
		pt_json_number(d, cell, "objects", cells[*at].objects);
		pt_json_number(d, cell, "bytes", cells[*at].bytes);
		pt_json_push(d, array, cell);
	}
	return array;
}

/* Marks what is to be shown: the union of the first `top` by each key (0 = all). NULL: no memory.
 */
static bool *choose_sites(const struct pt_report *r, size_t top)
{
	bool *chosen = calloc(r->sites_nr + 1, sizeof(*chosen));
	uint32_t *order = malloc((r->sites_nr + 1) * sizeof(*order));

	for (int key = 0; chosen && order && key < PT_SITE_KEY_NR; key++) {
		size_t n = pt_sites_top(r, (enum pt_site_key)key, order, top ? top : r->sites_nr);

		for (size_t i = 0; i < n; i++)
			chosen[order[i]] = true;
	}
	if (!order) {
		free(chosen);
		chosen = NULL;
	}
	free(order);
	return chosen;
}

void pt_json_stack(struct pt_json *d, json_t *object, const struct pt_report_site *site)
{
	static const char *const ends[] = { "whole", "cut", "unknown" };

	pt_json_put(d, object, "frames", frames(d, site));
	pt_json_put(d, object, "named_frame",
		    site->frames_nr ? json_integer((json_int_t)pt_site_frame(site)) : json_null());
	pt_json_put(d, object, "stack_end", json_string(ends[site->stack_end]));
}

static json_t *site_object(struct pt_json *d, const struct pt_report_site *site)
{
	json_t *object = json_object();

	pt_json_stack(d, object, site);
	pt_json_tally(d, object, "sites[]", &site->tally);
	return object;
}

void pt_json_sites(struct pt_json *d, json_t *document, size_t top)
{
	struct pt_report_cell *cells = cells_by_site(&d->r->idle_sites);
	bool *chosen = choose_sites(d->r, top);
	json_t *array = pt_json_begin(d, document, "sites", PT_JSON_ARRAY), *left = json_object();
	uint64_t left_nr = 0, in_use = 0, idle = 0;
	size_t at = 0;

	d->failed |= !chosen || !cells;
	for (size_t i = 0; chosen && cells && i < d->r->sites_nr; i++) {
		const struct pt_report_site *site = &d->r->sites[i];

		if (!top || chosen[i]) {
			json_t *object = site_object(d, site);

			pt_json_put(d, object, "idle_holders", d->r->modes.told == PT_TOLD_EVENTS ?
				    holders(d, cells, &at, (uint32_t)i) : json_null());
			pt_json_push(d, array, object);
		} else {
			left_nr++;
			in_use += site->tally.in_use_bytes;
			idle += site->tally.idle_bytes == PT_UNKNOWN ? 0 : site->tally.idle_bytes;
		}
	}
	pt_json_end(d, array);
	pt_json_number(d, left, "sites", left_nr);
	pt_json_number(d, left, "in_use_bytes", in_use);
	pt_json_known(d, left, "sites_left_out", "idle_bytes", d->r->modes.told == PT_TOLD_EVENTS ? idle : PT_UNKNOWN,
		      pt_json_why(d, "not computed"));
	pt_json_put(d, document, "sites_left_out", left);
	free(chosen);
	free(cells);
}
