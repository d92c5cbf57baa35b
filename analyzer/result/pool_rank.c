// SPDX-License-Identifier: MIT
/*
 * pool_rank.c - rows of an annotated pool: ranked and summed.
 */
#include "pool_rank.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "fold.h"

double pt_pool_row_value(const struct pt_pool_row *row, enum pt_pool_key key)
{
	switch (key) {
	case PT_POOL_IDLE:
		return (double)row->idle_bytes;
	case PT_POOL_IN_USE:
		return (double)row->in_use_bytes;
	case PT_POOL_MISSES:
		return (double)row->misses;
	case PT_POOL_REGRET:
		return (double)row->regretted_drops;
	case PT_POOL_PEAK:
		return row->peak_idle_bytes == PT_UNKNOWN ? 0 : (double)row->peak_idle_bytes;
	case PT_POOL_HOARD:
	default:
		return row->hoard_byte_seconds;
	}
}

/* Between rows of equal value: objects count where sizes are not known. */
static uint64_t second_value(const struct pt_pool_row *row, enum pt_pool_key key)
{
	return key == PT_POOL_IDLE     ? row->idle_objects
	       : key == PT_POOL_IN_USE ? row->in_use_objects
				       : row->gets;
}

struct ordered {
	struct pt_pool_ranked ranked;
	double value;
	uint64_t second;
};

static int by_value(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	if (x->second != y->second)
		return x->second < y->second ? 1 : -1;
	return (x->ranked.index > y->ranked.index) - (x->ranked.index < y->ranked.index);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a == PT_UNKNOWN || b == PT_UNKNOWN ? PT_UNKNOWN : a + b;
}

void pt_pool_row_add(struct pt_pool_row *into, const struct pt_pool_row *row)
{
	into->gets += row->gets;
	into->puts += row->puts;
	into->hits += row->hits;
	into->misses += row->misses;
	into->steals += row->steals;
	into->stolen += row->stolen;
	into->stocked += row->stocked;
	into->drops += row->drops;
	into->purged += row->purged;
	into->vanished += row->vanished;
	into->stranded_misses += row->stranded_misses;
	into->stranded_bytes += row->stranded_bytes;
	into->ambiguous_misses += row->ambiguous_misses;
	into->in_use_objects += row->in_use_objects;
	into->in_use_bytes += row->in_use_bytes;
	into->idle_objects += row->idle_objects;
	into->idle_bytes += row->idle_bytes;
	into->peak_in_use_bytes = PT_UNKNOWN;
	into->peak_idle_bytes = PT_UNKNOWN;
	into->peak_held_bytes = PT_UNKNOWN;
	into->idle_at_peak_bytes += row->idle_at_peak_bytes;
	into->in_use_at_peak_bytes += row->in_use_at_peak_bytes;
	into->hoard_byte_seconds += row->hoard_byte_seconds;
	into->dead_hoard_objects = sum(into->dead_hoard_objects, row->dead_hoard_objects);
	into->dead_hoard_bytes = sum(into->dead_hoard_bytes, row->dead_hoard_bytes);
	into->late_reuse_objects = sum(into->late_reuse_objects, row->late_reuse_objects);
	into->late_reuse_bytes = sum(into->late_reuse_bytes, row->late_reuse_bytes);
	into->ratchet_bytes += row->ratchet_bytes;
	into->regretted_drops = sum(into->regretted_drops, row->regretted_drops);
	into->regretted_bytes = sum(into->regretted_bytes, row->regretted_bytes);
	into->useful_drops = sum(into->useful_drops, row->useful_drops);
}

static size_t rows_nr(const struct pt_pool_detail *d, enum pt_pool_part part)
{
	switch (part) {
	case PT_POOL_SHARDS:
		return d->shards_nr;
	case PT_POOL_THREADS:
		return d->threads_nr;
	case PT_POOL_CPUS:
		return d->cpus_nr;
	default:
		return d->sites_nr;
	}
}

static const struct pt_pool_row *row_of(const struct pt_pool_detail *d, enum pt_pool_part part,
					size_t i)
{
	switch (part) {
	case PT_POOL_SHARDS:
		return &d->shards[i].row;
	case PT_POOL_THREADS:
		return &d->threads[i].row;
	case PT_POOL_CPUS:
		return &d->cpus[i].row;
	default:
		return &d->sites[i].row;
	}
}

int pt_pool_rank(const struct pt_pool_detail *d, enum pt_pool_part part, enum pt_pool_key key,
		 struct pt_pool_ranked **out, size_t *out_nr)
{
	size_t nr = rows_nr(d, part);
	struct ordered *all = malloc((nr + 1) * sizeof(*all));
	struct pt_pool_ranked *ranked = malloc((nr + 1) * sizeof(*ranked));

	if (!all || !ranked) {
		free(all);
		free(ranked);
		return -PT_ENOMEM;
	}
	for (size_t i = 0; i < nr; i++) {
		const struct pt_pool_row *row = row_of(d, part, i);

		all[i] = (struct ordered){ { row, (uint32_t)i },
					   pt_pool_row_value(row, key),
					   second_value(row, key) };
	}
	qsort(all, nr, sizeof(*all), by_value);
	for (size_t i = 0; i < nr; i++)
		ranked[i] = all[i].ranked;
	free(all);
	*out = ranked;
	*out_nr = nr;
	return 0;
}

/* A site of a pool and what a digest shows of it. */
struct shown {
	const struct pt_report_site *look;
	const struct pt_pool_site *site;
};

static int by_look(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	int order = pt_sites_compare_shown(x->look, y->look);

	return order ? order : (x->site > y->site) - (x->site < y->site);
}

static int by_site(const void *a, const void *b)
{
	const struct pt_pool_site *x = a, *y = b;

	return (x->site > y->site) - (x->site < y->site);
}

int pt_pool_sites_fold(const struct pt_report *r, const struct pt_pool_detail *d,
		       struct pt_pool_site **out, size_t *out_nr)
{
	struct shown *shown = malloc((d->sites_nr + 1) * sizeof(*shown));
	struct pt_pool_site *sites = malloc((d->sites_nr + 1) * sizeof(*sites));
	size_t shown_nr = 0, sites_nr = 0;

	if (!shown || !sites) {
		free(shown);
		free(sites);
		return -PT_ENOMEM;
	}
	for (size_t i = 0; i < d->sites_nr; i++)
		if (d->sites[i].site < r->pool_sites_nr)
			shown[shown_nr++] =
				(struct shown){ &r->pool_sites[d->sites[i].site], &d->sites[i] };
	qsort(shown, shown_nr, sizeof(*shown), by_look);
	for (size_t i = 0; i < shown_nr; i++) {
		if (i && !pt_sites_compare_shown(shown[i - 1].look, shown[i].look))
			pt_pool_row_add(&sites[sites_nr - 1].row, &shown[i].site->row);
		else
			sites[sites_nr++] = *shown[i].site;
	}
	qsort(sites, sites_nr, sizeof(*sites), by_site);
	free(shown);
	*out = sites;
	*out_nr = sites_nr;
	return 0;
}

static void choose(const struct pt_report *r, bool *chosen, uint32_t site)
{
	if (site < r->pool_sites_nr)
		chosen[site] = true;
}

/* Those of one pool. 0 or -PT_ENOMEM. */
static int choose_of_pool(const struct pt_report *r, const struct pt_pool_detail *d, size_t top,
			  bool *chosen)
{
	for (int key = 0; key < PT_POOL_KEY_NR; key++) {
		struct pt_pool_ranked *rows;
		size_t nr;
		int rc = pt_pool_rank(d, PT_POOL_SITES, (enum pt_pool_key)key, &rows, &nr);

		if (rc)
			return rc;
		for (size_t i = 0; i < nr && (!top || i < top); i++)
			choose(r, chosen, d->sites[rows[i].index].site);
		free(rows);
	}
	for (size_t i = 0; i < d->leaks_nr && (!top || i < top); i++)
		choose(r, chosen, d->leaks[i].site);
	for (size_t i = 0; i < d->misuse_nr; i++) {
		choose(r, chosen, d->misuse[i].site);
		if (d->misuse[i].other_known)
			choose(r, chosen, d->misuse[i].other_site);
	}
	return 0;
}

bool *pt_pool_sites_choose(const struct pt_report *r, size_t top)
{
	bool *chosen = calloc(r->pool_sites_nr + 1, sizeof(*chosen));

	for (size_t i = 0; chosen && i < r->pools_nr; i++) {
		if (r->pools[i].detail && choose_of_pool(r, r->pools[i].detail, top, chosen)) {
			free(chosen);
			chosen = NULL;
		}
	}
	return chosen;
}

const struct pt_report_site *pt_pool_site_worst(const struct pt_report *r,
						const struct pt_pool_detail *d,
						enum pt_pool_key key, struct pt_pool_row *row)
{
	const struct pt_report_site *worst = NULL;
	double most = 0;

	for (size_t i = 0; i < d->sites_nr; i++) {
		double value = pt_pool_row_value(&d->sites[i].row, key);

		if (value > most && d->sites[i].site < r->pool_sites_nr &&
		    r->pool_sites[d->sites[i].site].frames_nr) {
			most = value;
			worst = &r->pool_sites[d->sites[i].site];
		}
	}
	memset(row, 0, sizeof(*row));
	for (size_t i = 0; worst && i < d->sites_nr; i++)
		if (d->sites[i].site < r->pool_sites_nr &&
		    r->pool_sites[d->sites[i].site].frames_nr &&
		    pt_sites_same_line(&r->pool_sites[d->sites[i].site], worst))
			pt_pool_row_add(row, &d->sites[i].row);
	return worst;
}
