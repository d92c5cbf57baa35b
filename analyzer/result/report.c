// SPDX-License-Identifier: MIT
/*
 * report.c - who owns what in a struct pt_report.
 */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

int pt_report_note(struct pt_report *r, const char *text)
{
	char **notes;

	if (r->notes_nr == PT_NOTES_KEPT)
		return 0;
	notes = realloc(r->notes, (r->notes_nr + 1) * sizeof(*notes));
	if (!notes)
		return -PT_ENOMEM;
	r->notes = notes;
	notes[r->notes_nr] = strdup(text);
	if (!notes[r->notes_nr])
		return -PT_ENOMEM;
	r->notes_nr++;
	return 0;
}

bool pt_report_all_exited(const struct pt_report *r)
{
	for (size_t i = 0; i < r->threads_nr; i++)
		if (!r->threads[i].exited)
			return false;
	return true;
}

bool pt_report_has_pools(const struct pt_report *r)
{
	for (size_t i = 0; i < r->pools_nr; i++)
		if (r->pools[i].detail)
			return true;
	return false;
}

bool pt_report_has_allocator(const struct pt_report *r)
{
	for (size_t i = 0; i < r->pools_nr; i++)
		if (!r->pools[i].detail)
			return true;
	return false;
}

void pt_report_site_fini(struct pt_report_site *site)
{
	free(site->frames);
	free(site->tally.idle_age);
	site->tally.idle_age = NULL;
	site->frames = NULL;
	site->frames_nr = 0;
}

void pt_report_pool_fini(struct pt_report_pool *pool)
{
	if (pool->detail)
		pt_pool_detail_fini(pool->detail);
	free(pool->detail);
	free(pool->tally.idle_age);
	pool->detail = NULL;
	pool->tally.idle_age = NULL;
}

void pt_report_phase_fini(struct pt_report_phase *phase)
{
	free(phase->from);
	free(phase->to);
	free(phase->pools);
}

void pt_report_fini(struct pt_report *r)
{
	pt_counts_fini(r->counts);
	for (size_t i = 0; i < r->notes_nr; i++)
		free(r->notes[i]);
	for (size_t i = 0; i < r->sites_nr; i++)
		pt_report_site_fini(&r->sites[i]);
	for (size_t i = 0; i < r->pool_sites_nr; i++)
		pt_report_site_fini(&r->pool_sites[i]);
	for (size_t i = 0; i < r->pools_nr; i++)
		pt_report_pool_fini(&r->pools[i]);
	for (size_t i = 0; i < r->threads_nr; i++)
		free(r->threads[i].tally.idle_age);
	for (size_t i = 0; i < r->cpus_nr; i++)
		free(r->cpus[i].tally.idle_age);
	for (size_t i = 0; i < r->marks_nr; i++)
		free(r->marks[i].name);
	free(r->pool_sites);
	free(r->layers);
	for (size_t i = 0; i < r->phases_nr; i++)
		pt_report_phase_fini(&r->phases[i]);
	free(r->marks);
	free(r->phases);
	free(r->notes);
	free(r->file.losses);
	free(r->threads);
	free(r->cpus);
	free(r->pools);
	free(r->sites);
	free(r->freed_by.cells);
	free(r->stranded.cells);
	free(r->stranded_cpu.cells);
	free(r->idle_sites.cells);
	memset(r, 0, sizeof(*r));
}
