// SPDX-License-Identifier: MIT
/*
 * counted_rows.c - see counted_rows.h.
 *
 * Each block adds its rows behind the others; rows of one key are put together when all are there. No more of them than
 * the file has room for.
 */
#include "counted_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../trace/counts.h"

/* A pool's entry, before it has a name. */
struct entry {
	uint64_t pool;
	uint64_t shard;
	bool others;
	struct pt_report_count_calls calls;
};

struct rows {
	struct pt_report_counts *out;
	size_t threads_max, cpus_max, entries_max, entries_nr;
	struct entry *entries;
	struct pt_count classes[PT_COUNT_CLASSES];
};

static void add(uint64_t *into, uint64_t number)
{
	*into = number < PT_UNKNOWN - 1 - *into ? *into + number : PT_UNKNOWN - 1;
}

static void add_count(struct pt_report_count *into, const struct pt_count *c)
{
	add(&into->allocations, c->allocs);
	add(&into->allocated_bytes, c->alloc_bytes);
	add(&into->frees, c->frees);
	add(&into->freed_bytes, c->free_bytes);
}

static void add_counts(struct pt_report_count *into, const struct pt_report_count *c)
{
	add(&into->allocations, c->allocations);
	add(&into->allocated_bytes, c->allocated_bytes);
	add(&into->frees, c->frees);
	add(&into->freed_bytes, c->freed_bytes);
}

static void add_calls(struct pt_report_count_calls *into, const struct pt_report_count_calls *c)
{
	add(&into->gets, c->gets);
	add(&into->get_bytes, c->get_bytes);
	add(&into->misses, c->misses);
	add(&into->puts, c->puts);
	add(&into->stocked, c->stocked);
	add(&into->stocked_bytes, c->stocked_bytes);
	add(&into->drops, c->drops);
	add(&into->purges, c->purges);
}

/* Room for one more; it is all zero. NULL: no memory. */
static void *one_more(void *array, size_t nr, size_t *max, size_t bytes)
{
	if (nr == *max) {
		size_t size = *max ? 2 * *max : 16;
		void *more = reallocarray(array, size, bytes);

		if (!more)
			return NULL;
		array = more;
		*max = size;
	}
	memset((char *)array + nr * bytes, 0, bytes);
	return array;
}

static int take_thread(struct rows *rows, const struct pt_count_block *b)
{
	struct pt_report_counts *out = rows->out;
	struct pt_report_count_thread *t = one_more(out->by_thread, out->by_thread_nr, &rows->threads_max, sizeof(*t));

	if (!t)
		return -PT_ENOMEM;
	out->by_thread = t;
	t += out->by_thread_nr++;
	memcpy(t->name, b->name, sizeof(t->name));
	t->threads = b->threads < UINT32_MAX ? b->threads : UINT32_MAX;
	t->living = b->state == PT_COUNT_LIVE;
	t->requested_bytes = b->requested_bytes;
	t->reallocs = b->reallocs;
	for (size_t i = 0; i < PT_COUNT_CLASSES; i++)
		add_count(&t->count, &b->classes[i]);
	add(&out->threads, t->threads);
	add(&out->requested_bytes, t->requested_bytes);
	add(&out->reallocs, t->reallocs);
	add_counts(&out->all, &t->count);
	return 0;
}

static bool is_used(const struct pt_count *c)
{
	return c->allocs || c->alloc_bytes || c->frees || c->free_bytes;
}

static int take_cpus(struct rows *rows, const struct pt_count_block *b)
{
	struct pt_report_counts *out = rows->out;

	for (size_t i = 0; i < PT_COUNT_CPUS; i++) {
		const struct pt_count_cpu *from = &b->cpus[i];
		struct pt_report_count_cpu *cpu;

		if (!is_used(&from->count))
			continue;
		cpu = one_more(out->cpus, out->cpus_nr, &rows->cpus_max, sizeof(*cpu));
		if (!cpu)
			return -PT_ENOMEM;
		out->cpus = cpu;
		cpu += out->cpus_nr++;
		cpu->cpu = PT_COUNT_CPU_OTHERS;
		if (i + 1 < PT_COUNT_CPUS && from->cpu && from->cpu <= PT_COUNT_CPU_OTHERS)
			cpu->cpu = (uint32_t)(from->cpu - 1);
		add_count(&cpu->count, &from->count);
	}
	return 0;
}

static int take_pools(struct rows *rows, const struct pt_count_block *b)
{
	for (size_t i = 0; i < PT_COUNT_POOLS; i++) {
		const struct pt_count_pool *p = &b->pools[i];
		struct entry *e;

		if (!p->used)
			continue;
		e = one_more(rows->entries, rows->entries_nr, &rows->entries_max, sizeof(*e));
		if (!e)
			return -PT_ENOMEM;
		rows->entries = e;
		e += rows->entries_nr++;
		*e = (struct entry){ .calls = { p->gets, p->get_bytes, p->misses, p->puts, p->stocked, p->stocked_bytes,
						p->drops, p->purges } };
		e->others = i + 1 == PT_COUNT_POOLS;
		if (e->others)
			continue;
		e->pool = p->pool;
		e->shard = PT_SHARD_OF((uint64_t)p->shard_code);
	}
	return 0;
}

static void forget(struct rows *rows)
{
	free(rows->entries);
	free(rows->out->by_thread);
	free(rows->out->cpus);
	memset(rows->out, 0, sizeof(*rows->out));
	*rows = (struct rows){ .out = rows->out };
}

static int take(void *arg, const struct pt_count_block *b)
{
	struct rows *rows = arg;
	int err;

	if (!b) {
		forget(rows);
		return 0;
	}
	rows->out->blocks_nr++;
	for (size_t i = 0; i < PT_COUNT_CLASSES; i++) {
		struct pt_count *c = &rows->classes[i];

		add(&c->allocs, b->classes[i].allocs);
		add(&c->alloc_bytes, b->classes[i].alloc_bytes);
		add(&c->frees, b->classes[i].frees);
		add(&c->free_bytes, b->classes[i].free_bytes);
	}
	err = take_thread(rows, b);
	if (!err)
		err = take_cpus(rows, b);
	return err ? err : take_pools(rows, b);
}

static int by_name(const void *left, const void *right)
{
	const struct pt_report_count_thread *a = left, *b = right;

	return memcmp(a->name, b->name, sizeof(a->name));
}

static int by_bytes(const void *left, const void *right)
{
	const struct pt_report_count_thread *a = left, *b = right;

	if (a->count.allocated_bytes != b->count.allocated_bytes)
		return a->count.allocated_bytes < b->count.allocated_bytes ? 1 : -1;
	return by_name(left, right);
}

static void join_threads(struct pt_report_counts *out)
{
	struct pt_report_count_thread *t = out->by_thread;
	size_t kept = 0;

	if (!out->by_thread_nr)
		return;
	qsort(t, out->by_thread_nr, sizeof(*t), by_name);
	for (size_t i = 1; i < out->by_thread_nr; i++) {
		if (by_name(&t[kept], &t[i])) {
			t[++kept] = t[i];
			continue;
		}
		add(&t[kept].threads, t[i].threads);
		t[kept].living += t[i].living;
		add(&t[kept].requested_bytes, t[i].requested_bytes);
		add(&t[kept].reallocs, t[i].reallocs);
		add_counts(&t[kept].count, &t[i].count);
	}
	out->by_thread_nr = kept + 1;
	qsort(t, out->by_thread_nr, sizeof(*t), by_bytes);
}

static int by_cpu(const void *left, const void *right)
{
	const struct pt_report_count_cpu *a = left, *b = right;

	return (a->cpu > b->cpu) - (a->cpu < b->cpu);
}

static void join_cpus(struct pt_report_counts *out)
{
	size_t kept = 0;

	if (!out->cpus_nr)
		return;
	qsort(out->cpus, out->cpus_nr, sizeof(*out->cpus), by_cpu);
	for (size_t i = 1; i < out->cpus_nr; i++) {
		if (by_cpu(&out->cpus[kept], &out->cpus[i]))
			out->cpus[++kept] = out->cpus[i];
		else
			add_counts(&out->cpus[kept].count, &out->cpus[i].count);
	}
	out->cpus_nr = kept + 1;
}

/* The smallest usable size of a class. */
static uint64_t class_begins(size_t class)
{
	return (4 + class % 4) << (class / 4 + 2);
}

static int make_classes(struct rows *rows)
{
	struct pt_report_counts *out = rows->out;

	out->classes = calloc(PT_COUNT_CLASSES, sizeof(*out->classes));
	if (!out->classes)
		return -PT_ENOMEM;
	for (size_t i = 0; i < PT_COUNT_CLASSES; i++) {
		struct pt_report_count_class *class = &out->classes[out->classes_nr];

		if (!is_used(&rows->classes[i]))
			continue;
		class->from_bytes = i ? class_begins(i) : 0; /* all that is smaller is there too */
		class->to_bytes = i + 1 < PT_COUNT_CLASSES ? class_begins(i + 1) - 1 : UINT64_MAX;
		add_count(&class->count, &rows->classes[i]);
		out->classes_nr++;
	}
	return 0;
}

static void name_entry(const struct pt_counted *c, const struct entry *e, struct pt_report_count_pool *out)
{
	const struct pt_counted_name *pool = e->others ? NULL : pt_counted_name(c, e->pool, PT_SHARD_ALL);
	const struct pt_counted_name *shard = e->others || e->shard == PT_SHARD_ALL ? NULL : pt_counted_name(c, e->pool, e->shard);

	out->number = e->others ? PT_SHARD_ALL : e->shard;
	out->calls = e->calls;
	if (pool && pool->several)
		snprintf(out->pool, sizeof(out->pool), "several at 0x%" PRIx64, e->pool);
	else if (pool && pool->name[0])
		memcpy(out->pool, pool->name, sizeof(out->pool));
	else if (!e->others)
		snprintf(out->pool, sizeof(out->pool), "0x%" PRIx64, e->pool);
	if (shard && !shard->several)
		memcpy(out->shard, shard->name, sizeof(out->shard));
}

static int by_pool(const void *left, const void *right)
{
	const struct pt_report_count_pool *a = left, *b = right;
	int order = strcmp(a->pool, b->pool);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static int make_pools(struct pt_counted *c, struct rows *rows)
{
	struct pt_report_counts *out = rows->out;
	size_t kept = 0;

	if (!rows->entries_nr)
		return 0;
	out->pools = calloc(rows->entries_nr, sizeof(*out->pools));
	if (!out->pools)
		return -PT_ENOMEM;
	pt_counted_settle(c);
	for (size_t i = 0; i < rows->entries_nr; i++)
		name_entry(c, &rows->entries[i], &out->pools[i]);
	qsort(out->pools, rows->entries_nr, sizeof(*out->pools), by_pool);
	for (size_t i = 1; i < rows->entries_nr; i++) {
		if (by_pool(&out->pools[kept], &out->pools[i]))
			out->pools[++kept] = out->pools[i];
		else
			add_calls(&out->pools[kept].calls, &out->pools[i].calls);
	}
	out->pools_nr = kept + 1;
	return 0;
}

int pt_counted_rows(struct pt_counted *c, const struct pt_trace *t, struct pt_report_counts *out)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	uint32_t damaged = 0;
	int err;

	if (!rows)
		return -PT_ENOMEM;
	rows->out = out;
	err = pt_counts_each(t, take, rows, &damaged);
	out->damaged_nr = damaged;
	join_threads(out);
	join_cpus(out);
	if (!err)
		err = make_classes(rows);
	if (!err)
		err = make_pools(c, rows);
	free(rows->entries);
	free(rows);
	return err;
}
