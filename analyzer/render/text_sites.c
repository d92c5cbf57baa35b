// SPDX-License-Identifier: MIT
/*
 * text_sites.c - call sites: the line that wanted the memory, and who called it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/fold.h"
#include "../result/quantity.h"
#include "table.h"
#include "text.h"

#define FRAME_BYTES    512u
#define COLUMNS_BEFORE 33u /* of a row before its last column, about */

typedef char number[PT_QUANTITY_BYTES];

static const char *const headings[PT_SITE_KEY_NR] = {
	[PT_SITE_IDLE] =
		"Call sites by idle memory at the end (allocated there, freed, not reused)",
	[PT_SITE_IN_USE] = "Call sites by memory in use at the end",
	[PT_SITE_HOARD] = "Call sites by idle memory over time",
	[PT_SITE_TEMPORARY] = "Call sites by temporary allocations (freed next by the same thread)",
	[PT_SITE_ALLOCATED] = "Call sites by memory allocated",
};

static void value_cells(struct pt_table *t, const struct pt_report *r, const struct pt_tally *y,
			enum pt_site_key key)
{
	number n;

	switch (key) {
	case PT_SITE_IDLE:
		pt_table_cell(t, "%s", pt_quantity_bytes(n, y->idle_bytes));
		pt_table_cell(t, "%s",
			      pt_quantity_share(n, (double)y->idle_bytes,
						(double)r->totals.idle_at_end_bytes));
		pt_table_cell(t, "%s", pt_quantity_count(n, y->idle_objects));
		break;
	case PT_SITE_IN_USE:
		pt_table_cell(t, "%s", pt_quantity_bytes(n, y->in_use_bytes));
		pt_table_cell(t, "%s",
			      pt_quantity_share(n, (double)y->in_use_bytes,
						(double)r->totals.in_use_at_end_bytes));
		pt_table_cell(t, "%s", pt_quantity_count(n, y->in_use_objects));
		break;
	case PT_SITE_HOARD:
		pt_table_cell(t, "%s", pt_quantity_byte_seconds(n, y->hoard_byte_seconds));
		pt_table_cell(t, "%s",
			      pt_quantity_share(n, y->hoard_byte_seconds,
						r->totals.hoard_byte_seconds));
		pt_table_cell(t, "%s", pt_quantity_count(n, y->frees));
		break;
	case PT_SITE_TEMPORARY:
	case PT_SITE_ALLOCATED:
	default:
		pt_table_cell(t, "%s", pt_quantity_count(n, y->temporary_allocations));
		pt_table_cell(t, "%s",
			      pt_quantity_share(n, (double)y->temporary_allocations,
						(double)y->allocations));
		pt_table_cell(t, "%s", pt_quantity_count(n, y->allocations));
		break;
	}
}

/*
 * "from a (x.c:1) < b (x.c:2) < c (x.c:3)": the callers of the frame that names the site; on a
 * terminal as many as fit, for a whole name says more than two halves.
 */
static void callers_remark(struct pt_table *t, const struct pt_render *to,
			   const struct pt_report_site *site, size_t named, unsigned int before)
{
	size_t room = to->width > before ? to->width - before : SIZE_MAX;
	char text[FRAME_BYTES * (PT_FOLD_CALLERS + 1)], frame[FRAME_BYTES];
	size_t length = 0, shown = 0;

	for (size_t i = pt_site_caller(site, named); i < site->frames_nr && shown < PT_FOLD_CALLERS;
	     i = pt_site_caller(site, i), shown++) {
		pt_frame_text(&site->frames[i], frame, sizeof(frame));
		if (shown && length + strlen(frame) + strlen(" < ") > room)
			break;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   shown ? " < " : "from ", frame);
	}
	if (shown)
		pt_table_remark(t, false, text);
}

/* The frame that names the site is marked. */
void pt_text_stack(struct pt_table *t, const struct pt_report_site *site, size_t max)
{
	char text[FRAME_BYTES + 32], frame[FRAME_BYTES];
	size_t named = site->frames_nr ? pt_site_frame(site) : 0;

	if (!site->frames_nr)
		pt_table_remark(t, true, "  (no stack recorded)");
	for (size_t i = 0; i < site->frames_nr; i++) {
		if (max && i == max + named) {
			snprintf(text, sizeof(text), "  ... %zu more", site->frames_nr - i);
			pt_table_remark(t, true, text);
			return;
		}
		if (max && i < named)
			continue;
		snprintf(text, sizeof(text), "%c %s%s", i == named ? '>' : ' ',
			 pt_frame_text(&site->frames[i], frame, sizeof(frame)),
			 site->frames[i].inlined ? " [inlined]" : "");
		pt_table_remark(t, true, text);
	}
	if (site->stack_end == PT_STACK_CUT)
		pt_table_remark(t, true, "  ... deeper than was recorded");
	else if (site->stack_end == PT_STACK_UNKNOWN)
		pt_table_remark(t, true, "  ... no unwind information further out");
}

void pt_text_where(struct pt_table *t, const struct pt_render *to,
		   const struct pt_report_site *site, bool stacks, unsigned int before)
{
	char frame[FRAME_BYTES];
	size_t named;

	if (!site->frames_nr) {
		pt_table_cell(t, "(no stack recorded)");
		return;
	}
	named = pt_site_frame(site);
	pt_table_cell(t, "%s", pt_frame_text(&site->frames[named], frame, sizeof(frame)));
	if (stacks)
		pt_text_stack(t, site, 0);
	else
		callers_remark(t, to, site, named, before);
}

int pt_text_sites_top(const struct pt_report *r, enum pt_site_key key, size_t top, uint32_t **sites, size_t *nr)
{
	size_t max = top && top < r->sites_nr ? top : r->sites_nr;

	*sites = malloc((max + 1) * sizeof(**sites));
	*nr = *sites ? pt_sites_top(r, key, *sites, max) : 0;
	return *sites ? 0 : -PT_ENOMEM;
}

int pt_text_sites(const struct pt_render *to, const struct pt_report *r, enum pt_site_key key,
		  size_t top, bool stacks)
{
	const struct pt_column columns[] = {
		{ key == PT_SITE_IDLE	  ? "idle"
		  : key == PT_SITE_IN_USE ? "in use"
		  : key == PT_SITE_HOARD  ? "byte-seconds"
					  : "temporary",
		  false, 0, false },
		{ key == PT_SITE_TEMPORARY ? "of its own" : "of all", false, 2, false },
		{ key == PT_SITE_HOARD	     ? "frees"
		  : key == PT_SITE_TEMPORARY ? "allocations"
					     : "blocks",
		  false, 1, false },
		{ "where", true, 0, true },
	};
	uint32_t *sites;
	size_t sites_nr;
	struct pt_table t;
	int rc = pt_text_sites_top(r, key, top, &sites, &sites_nr);

	if (rc)
		return rc;
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < sites_nr; i++) {
		value_cells(&t, r, &r->sites[sites[i]].tally, key);
		pt_text_where(&t, to, &r->sites[sites[i]], stacks, COLUMNS_BEFORE);
	}
	free(sites);
	if (sites_nr)
		pt_text_heading(to, "%s", headings[key]);
	rc = pt_table_print(&t, to);
	return rc;
}
