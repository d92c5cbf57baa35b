// SPDX-License-Identifier: MIT
/*
 * figures.c - a report as one flat table: what it is of, and how whole the trace is.
 */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "counts.h"
#include "figures_rows.h"
#include "site.h"
#include "site_match.h"
#include "unknown.h"

/* Lost events as a share of all there were. */
static double lost_share(const struct pt_report *r)
{
	double lost = (double)r->totals.lost_events, read = (double)r->file.events_nr;

	for (size_t i = 0; i < r->pools_nr; i++) {
		const struct pt_pool_row *row = r->pools[i].detail ? &r->pools[i].detail->row : NULL;

		if (row)
			read += (double)(row->gets + row->puts + row->stocked + row->drops);
	}
	return lost > 0 ? lost / (lost + read) : 0;
}

/* What could not be read, as a share: of the chunks there must have been, or of the bytes. */
static double torn_share(const struct pt_report_file *f)
{
	double chunks = (double)(f->chunks_nr + f->missing_chunks), share = 0, of_bytes;
	uint64_t absent = f->claimed_bytes > f->used_bytes ? f->claimed_bytes - f->used_bytes : 0;

	if (f->corrupt_chunks + f->missing_chunks)
		share = chunks > 0 ? (double)(f->corrupt_chunks + f->missing_chunks) / chunks : 1;
	if (!f->claimed_bytes)
		return share;
	of_bytes = (double)(absent + f->corrupt_bytes) / (double)f->claimed_bytes;
	return of_bytes > share ? of_bytes : share;
}

int pt_figures_make(const struct pt_report *r, const struct pt_graph_snapshot *snapshot, struct pt_figures *out)
{
	memset(out, 0, sizeof(*out));
	out->program = strdup(pt_base_name(r->program));
	out->trace = strdup(r->trace_path);
	if (!out->program || !out->trace)
		return -PT_ENOMEM;
	out->lost_share = lost_share(r);
	out->torn_share = torn_share(&r->file);
	if (r->modes.told == PT_TOLD_COUNTS) {
		out->untold = PT_SCOPE_BIT(PT_SCOPE_SITE) | PT_SCOPE_BIT(PT_SCOPE_POOL_THREAD) |
			      PT_SCOPE_BIT(PT_SCOPE_POOL_CPU) | PT_SCOPE_BIT(PT_SCOPE_POOL_SITE);
		out->untold_why = pt_report_why_not(r);
	}
	if (r->modes.told == PT_TOLD_SAMPLE)
		out->sample_bytes = (double)r->modes.sample_bytes;
	out->malloc_why = pt_report_why_not(r);
	if (r->counts && !r->counts->from_start)
		out->gaps = "for a part of the run events were only counted, and are in no number";
	/* Blocks that were not recorded make others look unreachable. */
	if (r->modes.told != PT_TOLD_EVENTS || r->modes.changes_nr)
		snapshot = NULL;
	return pt_rows_make(r, snapshot && snapshot->whole ? snapshot : NULL, out);
}

void pt_figures_row_fini(struct pt_figures_row *row)
{
	for (uint32_t i = 0; i < row->frames_nr; i++) {
		free(row->frames[i].function);
		free(row->frames[i].file);
	}
	free(row->frames);
	free(row->stacks);
	free(row->pool);
	free(row->name);
	free(row->from);
	free(row->to);
	memset(row, 0, sizeof(*row));
}

void pt_figures_fini(struct pt_figures *f)
{
	for (size_t i = 0; i < f->rows_nr; i++)
		pt_figures_row_fini(&f->rows[i]);
	free(f->rows);
	free(f->program);
	free(f->trace);
	memset(f, 0, sizeof(*f));
}

static bool same_text(const char *a, const char *b)
{
	return !a || !b ? a == b : !strcmp(a, b);
}

bool pt_figures_row_same(const struct pt_figures_row *a, const struct pt_figures_row *b)
{
	if (a->scope != b->scope || !same_text(a->pool, b->pool) || !same_text(a->from, b->from) ||
	    !same_text(a->to, b->to))
		return false;
	if (a->scope != PT_SCOPE_SITE && a->scope != PT_SCOPE_POOL_SITE)
		return same_text(a->name, b->name);
	return pt_sites_alike(a, b) >= 1;
}
