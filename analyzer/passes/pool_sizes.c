// SPDX-License-Identifier: MIT
/*
 * pool_sizes.c - a sorted multiset of sizes: how many are at least so large?
 *
 * Runs of up to RUN_MAX different sizes, each with its sum: putting one in moves at most a run, a
 * question adds up whole runs. Pools have a few sizes; growing buffers have many.
 */
#include "pool_holders.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "pool_rows.h"

#define RUN_MAX 64u

struct sized {
	uint64_t bytes, objects;
};

struct pt_size_run {
	uint64_t first;	   /* all[0].bytes */
	struct sized *all; /* ascending; never empty */
	uint32_t nr, max;
	uint64_t objects;
};

void pt_pool_sizes_fini(struct pt_pool_sizes *s)
{
	for (uint32_t i = 0; i < s->nr; i++)
		free(s->runs[i].all);
	free(s->runs);
	memset(s, 0, sizeof(*s));
}

/* The last run that starts at or below `bytes`; the first if none does. */
static uint32_t run_of(const struct pt_pool_sizes *s, uint64_t bytes)
{
	uint32_t low = 0, high = s->nr;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (s->runs[middle].first <= bytes)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first size of the run that is at least `bytes`; nr if there is none. */
static uint32_t place_in(const struct pt_size_run *run, uint64_t bytes)
{
	uint32_t low = 0, high = run->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (run->all[middle].bytes < bytes)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A new run at place `i`; what it has is the caller's to say. */
static struct pt_size_run *open_run(struct pt_pool_sizes *s, uint32_t i)
{
	struct pt_size_run *runs = pt_pool_grown(s->runs, &s->max, s->nr, sizeof(*runs));

	if (!runs)
		return NULL;
	s->runs = runs;
	memmove(&runs[i + 1], &runs[i], (s->nr - i) * sizeof(*runs));
	memset(&runs[i], 0, sizeof(*runs));
	s->nr++;
	return &runs[i];
}

/* The upper half of run `i` becomes a run of its own. */
static int split(struct pt_pool_sizes *s, uint32_t i)
{
	uint32_t half = RUN_MAX / 2;
	struct sized *all = calloc(RUN_MAX, sizeof(*all));
	struct pt_size_run *upper = all ? open_run(s, i + 1) : NULL;
	struct pt_size_run *lower = &s->runs[i];

	if (!upper) {
		free(all);
		return -PT_ENOMEM;
	}
	memcpy(all, lower->all + half, half * sizeof(*all));
	*upper = (struct pt_size_run){ .first = all[0].bytes, .all = all, .nr = half, .max = RUN_MAX };
	for (uint32_t k = 0; k < half; k++)
		upper->objects += all[k].objects;
	lower->nr = half;
	lower->objects -= upper->objects;
	return 0;
}

int pt_pool_sizes_add(struct pt_pool_sizes *s, uint64_t bytes)
{
	uint32_t i = run_of(s, bytes), at;
	struct pt_size_run *run;
	struct sized *all;

	if (!s->nr && !open_run(s, 0))
		return -PT_ENOMEM;
	run = &s->runs[i];
	at = place_in(run, bytes);
	if (at < run->nr && run->all[at].bytes == bytes) {
		run->all[at].objects++;
		run->objects++;
		return 0;
	}
	if (run->nr == RUN_MAX) {
		if (split(s, i))
			return -PT_ENOMEM;
		run = &s->runs[run_of(s, bytes)];
		at = place_in(run, bytes);
	}
	all = pt_pool_grown(run->all, &run->max, run->nr, sizeof(*all));
	if (!all) {
		if (!run->nr)
			s->nr = 0; /* no run is ever empty */
		return -PT_ENOMEM;
	}
	run->all = all;
	memmove(&all[at + 1], &all[at], (run->nr - at) * sizeof(*all));
	all[at] = (struct sized){ bytes, 1 };
	run->first = all[0].bytes;
	run->nr++;
	run->objects++;
	return 0;
}

void pt_pool_sizes_del(struct pt_pool_sizes *s, uint64_t bytes)
{
	uint32_t i = run_of(s, bytes);
	struct pt_size_run *run = &s->runs[i];
	uint32_t at = place_in(run, bytes);

	run->objects--;
	if (--run->all[at].objects || (run->nr == 1 && s->nr == 1))
		return; /* the only size there is will come back */
	memmove(&run->all[at], &run->all[at + 1], (run->nr - at - 1) * sizeof(*run->all));
	run->first = run->all[0].bytes;
	if (--run->nr)
		return;
	free(run->all);
	memmove(run, run + 1, (s->nr - i - 1) * sizeof(*run));
	s->nr--;
}

uint64_t pt_pool_sizes_from(const struct pt_pool_sizes *s, uint64_t bytes)
{
	uint32_t i = run_of(s, bytes);
	uint64_t objects = 0;

	if (!s->nr)
		return 0;
	for (uint32_t at = place_in(&s->runs[i], bytes); at < s->runs[i].nr; at++)
		objects += s->runs[i].all[at].objects;
	while (++i < s->nr)
		objects += s->runs[i].objects;
	return objects;
}

uint64_t pt_pool_sizes_top(const struct pt_pool_sizes *s)
{
	const struct pt_size_run *last = s->nr ? &s->runs[s->nr - 1] : NULL;

	return last ? last->all[last->nr - 1].bytes : 0;
}
