// SPDX-License-Identifier: MIT
/*
 * fold.c - call sites that a digest shows alike.
 */
#include "fold.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "names.h"
#include "site.h"

/* A site and the frames that a digest shows of it. */
struct shown {
	const struct pt_report_site *site;
	const struct pt_report_frame *frames[1 + PT_FOLD_CALLERS]; /* NULL behind the last */
	uint64_t hash; /* the same of those which compare_shown() finds equal; only where they are many */
};

static void look(const struct pt_report_site *site, size_t callers, struct shown *out)
{
	size_t frame = pt_site_frame(site);

	memset(out, 0, sizeof(*out));
	out->site = site;
	for (size_t i = 0; i <= callers && frame < site->frames_nr; i++) {
		out->frames[i] = &site->frames[frame];
		frame = pt_site_caller(site, frame);
	}
}

static int compare_text(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* By what pt_frame_text() writes: the offset counts only where there is no function. */
static int compare_frame(const struct pt_report_frame *a, const struct pt_report_frame *b)
{
	int order;

	if (!a || !b)
		return (a != NULL) - (b != NULL);
	order = compare_text(a->function, b->function);
	if (!order)
		order = compare_text(a->module, b->module);
	if (!order)
		order = compare_text(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	if (!order && !a->function)
		order = (a->offset_bytes > b->offset_bytes) - (a->offset_bytes < b->offset_bytes);
	return order;
}

static int compare_shown(const struct shown *a, const struct shown *b)
{
	int order = 0;

	for (size_t i = 0; !order && i <= PT_FOLD_CALLERS; i++)
		order = compare_frame(a->frames[i], b->frames[i]);
	return order;
}

static uint64_t hash_of(struct pt_names *names, const struct shown *s)
{
	uint64_t hash = PT_HASH_START;

	for (size_t i = 0; i <= PT_FOLD_CALLERS && s->frames[i]; i++) {
		const struct pt_report_frame *f = s->frames[i];

		hash = pt_hash_add(pt_hash_add(hash, pt_names_hash(names, f->function)), f->function ? f->line : f->offset_bytes);
	}
	return hash;
}

/* Those shown alike together, each in the order of their places. */
static int by_shown(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	int order = (x->hash > y->hash) - (x->hash < y->hash);

	if (!order)
		order = compare_shown(x, y);
	return order ? order : (x->site > y->site) - (x->site < y->site);
}

static int by_place(const void *a, const void *b)
{
	const struct pt_report_site *x = a, *y = b;

	return (x->stack > y->stack) - (x->stack < y->stack);
}

bool pt_sites_same_line(const struct pt_report_site *a, const struct pt_report_site *b)
{
	struct shown x, y;

	look(a, 1, &x);
	look(b, 1, &y);
	return !compare_shown(&x, &y);
}

int pt_sites_compare_shown(const struct pt_report_site *a, const struct pt_report_site *b)
{
	struct shown x, y;

	if (!a->frames_nr || !b->frames_nr) {
		if (a->frames_nr || b->frames_nr)
			return a->frames_nr ? -1 : 1;
		return (a > b) - (a < b);
	}
	look(a, PT_FOLD_CALLERS, &x);
	look(b, PT_FOLD_CALLERS, &y);
	return compare_shown(&x, &y);
}

int pt_sites_fold(const struct pt_report *r, struct pt_report_site **out, size_t *out_nr)
{
	struct shown *shown = malloc((r->sites_nr + 1) * sizeof(*shown));
	struct pt_report_site *sites = malloc((r->sites_nr + 1) * sizeof(*sites));
	size_t shown_nr = 0, sites_nr = 0;
	struct pt_names names = { 0 };

	if (!shown || !sites) {
		free(shown);
		free(sites);
		return -PT_ENOMEM;
	}
	for (size_t i = 0; i < r->sites_nr; i++) {
		if (r->sites[i].frames_nr) {
			look(&r->sites[i], PT_FOLD_CALLERS, &shown[shown_nr]);
			shown[shown_nr].hash = hash_of(&names, &shown[shown_nr]);
			shown_nr++;
		} else {
			sites[sites_nr] = r->sites[i];
			sites[sites_nr].tally.idle_age = NULL;
			sites[sites_nr++].stack = (uint32_t)i;
		}
	}
	qsort(shown, shown_nr, sizeof(*shown), by_shown);
	for (size_t i = 0; i < shown_nr; i++) {
		if (i && !compare_shown(&shown[i - 1], &shown[i])) {
			pt_tally_add(&sites[sites_nr - 1].tally, &shown[i].site->tally);
			continue;
		}
		sites[sites_nr] = *shown[i].site;
		sites[sites_nr].tally.idle_age = NULL;
		sites[sites_nr++].stack = (uint32_t)(shown[i].site - r->sites);
	}
	qsort(sites, sites_nr, sizeof(*sites), by_place);
	free(shown);
	*out = sites;
	*out_nr = sites_nr;
	return 0;
}
