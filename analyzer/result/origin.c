// SPDX-License-Identifier: MIT
/*
 * origin.c - which line of code idle memory comes from.
 */
#include "origin.h"

#include "fold.h"

/* The largest sites are tried, and the large ones added up: what is behind them cannot change
 * the answer, and time stays bounded without a table. */
#define ORIGINS	     8u
#define ORIGIN_CELLS 1000u

/* The cell's site if it is one of `holder`'s that has frames, else NULL. */
static const struct pt_report_site *site_of(const struct pt_report *r,
					    const struct pt_report_cell *cell, long holder)
{
	if ((holder >= 0 && cell->to != holder) || cell->from >= r->sites_nr)
		return NULL;
	return r->sites[cell->from].frames_nr ? &r->sites[cell->from] : NULL;
}

static uint64_t idle_from(const struct pt_report *r, long holder, const struct pt_report_site *line)
{
	const struct pt_report_matrix *m = &r->idle_sites;
	uint64_t bytes = 0;

	for (size_t i = 0; i < m->cells_nr && i < ORIGIN_CELLS; i++) {
		const struct pt_report_site *site = site_of(r, &m->cells[i], holder);

		if (site && pt_sites_same_line(site, line))
			bytes += m->cells[i].bytes;
	}
	return bytes;
}

const struct pt_report_site *pt_idle_origin(const struct pt_report *r, long holder, uint64_t *bytes)
{
	const struct pt_report_site *origin = NULL;
	size_t tried = 0;

	*bytes = 0;
	for (size_t i = 0; i < r->idle_sites.cells_nr && tried < ORIGINS; i++) {
		const struct pt_report_site *site = site_of(r, &r->idle_sites.cells[i], holder);
		uint64_t sum;

		if (!site)
			continue;
		tried++;
		sum = idle_from(r, holder, site);
		if (sum > *bytes) {
			*bytes = sum;
			origin = site;
		}
	}
	return origin;
}
