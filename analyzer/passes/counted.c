// SPDX-License-Identifier: MIT
/* counted.c - see counted.h. */
#include "counted.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/unknown.h"
#include "../trace/counts.h"
#include "counted_rows.h"

/* Names take at most a quarter of the file's length, or this many. */
#define NAMES_MIN 4096u
#define BYTES_PER_NAME 512u

void pt_counted_fini(struct pt_counted *c)
{
	free(c->names);
	memset(c, 0, sizeof(*c));
}

void pt_counted_start(struct pt_counted *c, const struct pt_trace *t)
{
	const uint64_t names = t->state.used_bytes / BYTES_PER_NAME;

	if (pt_counts_nr(t))
		c->limit = names > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)names + NAMES_MIN;
}

int pt_counted_named(struct pt_counted *c, const struct pt_event *ev)
{
	struct pt_counted_name *name;

	if (c->nr >= c->limit || !ev->text || (ev->kind != PT_EV_POOL_CREATE && ev->kind != PT_EV_SHARD_NAME))
		return 0;
	if (c->nr == c->max) {
		uint32_t max = c->max ? 2 * c->max : 16;
		struct pt_counted_name *names = reallocarray(c->names, max, sizeof(*names));

		if (!names)
			return -PT_ENOMEM;
		c->names = names;
		c->max = max;
	}
	name = &c->names[c->nr];
	*name = (struct pt_counted_name){ .pool = ev->pool, .nr = c->nr,
					  .shard = ev->kind == PT_EV_POOL_CREATE ? PT_SHARD_ALL : ev->shard };
	memcpy(name->name, ev->text, strnlen(ev->text, sizeof(name->name) - 1));
	c->nr++;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct pt_counted_name *a = left, *b = right;

	if (a->pool != b->pool)
		return a->pool < b->pool ? -1 : 1;
	return (a->shard > b->shard) - (a->shard < b->shard);
}

static int by_key(const void *left, const void *right)
{
	const struct pt_counted_name *a = left, *b = right;
	int order = compare(a, b);

	return order ? order : (a->nr > b->nr) - (a->nr < b->nr);
}

void pt_counted_settle(struct pt_counted *c)
{
	uint32_t kept = 0;

	if (!c->nr)
		return;
	qsort(c->names, c->nr, sizeof(*c->names), by_key);
	for (uint32_t i = 1; i < c->nr; i++) {
		struct pt_counted_name *name = &c->names[i], *last = &c->names[kept];

		if (compare(last, name))
			kept++;
		else
			name->several = last->several || strcmp(last->name, name->name) != 0;
		c->names[kept] = *name;
	}
	c->nr = kept + 1;
}

const struct pt_counted_name *pt_counted_name(const struct pt_counted *c, uint64_t pool, uint64_t shard)
{
	const struct pt_counted_name key = { .pool = pool, .shard = shard };

	return c->nr ? bsearch(&key, c->names, c->nr, sizeof(key), compare) : NULL;
}

/* Annotated pools have no event: what their rows would say is not known. */
static void forget_pools(struct pt_report *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->pools_nr; i++) {
		if (out->pools[i].detail)
			pt_report_pool_fini(&out->pools[i]);
		else
			out->pools[kept++] = out->pools[i];
	}
	out->pools_nr = kept;
	for (size_t i = 0; i < out->phases_nr; i++)
		out->phases[i].pools_nr = 0;
	for (size_t i = 0; i < out->marks_nr; i++)
		out->marks[i].pool_idle_bytes = PT_UNKNOWN;
}

/* Counters are all there is. */
static void fill_totals(struct pt_report *out)
{
	const struct pt_report_counts *c = out->counts;
	struct pt_report_totals *t = &out->totals;
	struct pt_tally *tally;

	pt_report_forget(out);
	for (size_t i = 0; i < out->threads_nr; i++)
		pt_tally_forget(&out->threads[i].tally);
	for (size_t i = 0; i < out->cpus_nr; i++)
		pt_tally_forget(&out->cpus[i].tally);
	for (size_t i = 0; i < out->sites_nr; i++)
		pt_tally_forget(&out->sites[i].tally);
	forget_pools(out);
	t->allocations = c->all.allocations;
	t->allocated_bytes = c->requested_bytes;
	t->in_use_at_end_objects = pt_counts_in_use(c, c->all.allocations, c->all.frees);
	for (size_t i = 0; i < out->pools_nr; i++) {
		tally = &out->pools[i].tally;
		tally->allocations = t->allocations;
		tally->allocated_bytes = t->allocated_bytes;
		tally->in_use_objects = t->in_use_at_end_objects;
	}
}

int pt_counted_finish(struct pt_counted *c, const struct pt_trace *t, struct pt_report *out)
{
	const struct pt_file_header *h = &t->header;
	const bool only = h->first_mode == PT_MODE_COUNTERS && !h->modes_changed && h->mode == PT_MODE_COUNTERS;
	int r = 0;

	out->modes.now = h->mode < PT_MODE_NR ? (uint8_t)h->mode : PT_MODE_FULL;
	out->modes.changes_nr = h->modes_changed;
	out->modes.sample_bytes = t->state.sample_bytes ? t->state.sample_bytes : h->sample_bytes;
	out->modes.explained_nr = t->state.explained_nr;
	if (only || pt_counts_nr(t)) {
		out->counts = calloc(1, sizeof(*out->counts));
		r = out->counts ? pt_counted_rows(c, t, out->counts) : -PT_ENOMEM;
	}
	if (!r && out->counts)
		out->counts->from_start = only;
	if (!r && only) {
		out->modes.told = PT_TOLD_COUNTS;
		fill_totals(out);
	}
	if (!r && out->modes.told != PT_TOLD_EVENTS)
		pt_report_forget_steps(out);
	return r;
}
