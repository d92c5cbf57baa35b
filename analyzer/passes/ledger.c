/* SPDX-License-Identifier: MIT */
/*
 * ledger.c - what a ledger does once in a while.
 */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define DOUBLED_ROWS 16384u /* 3 MiB; beyond, what is spare counts */

void pt_ledger_fini(struct pt_ledger *l)
{
	for (uint32_t i = 0; i < l->nr; i++)
		free(l->rows[i].idle_age);
	free(l->rows);
	memset(l, 0, sizeof(*l));
}

int pt_ledger_grow(struct pt_ledger *l, uint32_t i)
{
	size_t max = l->max ? l->max : 16;
	struct pt_row *rows;

	if (i >= l->max) {
		while (max <= i)
			max += max < DOUBLED_ROWS ? max : max / 4;
		if (max > UINT32_MAX)
			return -PT_ENOMEM;
		rows = aligned_alloc(_Alignof(struct pt_row), max * sizeof(*rows));
		if (!rows)
			return -PT_ENOMEM;
		if (l->nr)
			memcpy(rows, l->rows, l->nr * sizeof(*rows));
		free(l->rows);
		l->rows = rows;
		l->max = (uint32_t)max;
	}
	memset(l->rows + l->nr, 0, (i + 1 - l->nr) * sizeof(*l->rows));
	l->nr = i + 1;
	return 0;
}

int pt_ledger_left(struct pt_row *row, const struct pt_change *c)
{
	if (!row->idle_age)
		row->idle_age = calloc(1, sizeof(*row->idle_age));
	if (!row->idle_age)
		return -PT_ENOMEM;
	row->hoard += (pt_byte_ns)c->size_bytes * (c->time_ns - c->since_ns);
	pt_age_add(row->idle_age, c->time_ns - c->since_ns, c->size_bytes);
	return 0;
}

static void to_tally(const struct pt_row *row, struct pt_tally *out)
{
	out->allocations = row->allocated[PT_BLOCKS];
	out->frees = row->frees;
	out->allocated_bytes = row->allocated[PT_BYTES];
	out->freed_bytes = row->freed[PT_BYTES];
	out->freed_by_others = row->freed_by_others[PT_BLOCKS];
	out->freed_by_others_bytes = row->freed_by_others[PT_BYTES];
	out->in_use_objects = row->in_use[PT_BLOCKS];
	out->in_use_bytes = row->in_use[PT_BYTES];
	out->idle_objects = row->idle[PT_BLOCKS];
	out->idle_bytes = row->idle[PT_BYTES];
	out->peak_in_use_bytes = row->peak_in_use_bytes;
	out->peak_idle_bytes = row->peak_idle_bytes;
	out->fresh_allocations = row->fresh_allocations;
	out->temporary_allocations = row->temporary_allocations;
	out->hoard_byte_seconds = (double)row->hoard / 1e9;
}

void pt_ledger_tally(struct pt_ledger *l, uint32_t i, uint64_t epoch, struct pt_tally *out)
{
	struct pt_row *row;

	memset(out, 0, sizeof(*out));
	if (i >= l->nr)
		return;
	row = &l->rows[i];
	to_tally(row, out);
	out->idle_at_peak_bytes = row->epoch == epoch ? row->idle_at_peak_bytes : row->idle[PT_BYTES];
	out->in_use_at_peak_bytes = row->epoch == epoch ? row->in_use_at_peak_bytes : row->in_use[PT_BYTES];
	out->idle_age = row->idle_age;
	row->idle_age = NULL;
}

void pt_ledger_total(const struct pt_ledger *l, struct pt_tally *out)
{
	struct pt_row sum = { 0 };

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < l->nr; i++) {
		const struct pt_row *row = &l->rows[i];

		sum.allocated += row->allocated;
		sum.frees += row->frees;
		sum.freed += row->freed;
		sum.freed_by_others += row->freed_by_others;
		sum.in_use += row->in_use;
		sum.idle += row->idle;
		sum.fresh_allocations += row->fresh_allocations;
		sum.temporary_allocations += row->temporary_allocations;
		sum.hoard += row->hoard;
	}
	to_tally(&sum, out);
}

pt_byte_ns pt_ledger_hoard(const struct pt_ledger *l)
{
	pt_byte_ns sum = 0;

	for (uint32_t i = 0; i < l->nr; i++)
		sum += l->rows[i].hoard;
	return sum;
}
