// SPDX-License-Identifier: MIT
/*
 * figures_threads.c - figures of threads by name and of CPUs, of the process and of annotated pools.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../format/error.h"
#include "figures_rows.h"

const char *pt_rows_thread_class(const char *name, char out[PT_ROWS_THREAD_BYTES])
{
	size_t length = strnlen(name, PT_ROWS_THREAD_BYTES - 2);

	memcpy(out, name, length);
	out[length] = '\0';
	if (!length)
		return strcpy(out, "?");
	while (length && out[length - 1] >= '0' && out[length - 1] <= '9')
		length--;
	if (out[length])
		strcpy(out + length, "*");
	return out;
}

static int of_process(struct pt_rows *b)
{
	double values[PT_METRIC_NR];
	char name[PT_ROWS_THREAD_BYTES];
	struct pt_figures_row *row;

	for (size_t i = 0; i < b->r->threads_nr; i++) {
		const struct pt_report_thread *t = &b->r->threads[i];

		pt_rows_of_tally(b, &t->tally, values);
		row = pt_rows_add(b, PT_SCOPE_THREAD, NULL, pt_rows_thread_class(t->name, name), values);
		if (!row)
			return -PT_ENOMEM;
		pt_rows_estimated(b, row, &t->tally.errors);
	}
	for (size_t i = 0; i < b->r->cpus_nr; i++) {
		pt_rows_of_tally(b, &b->r->cpus[i].tally, values);
		snprintf(name, sizeof(name), "%" PRIu32, b->r->cpus[i].cpu);
		row = pt_rows_add(b, PT_SCOPE_CPU, NULL, name, values);
		if (!row)
			return -PT_ENOMEM;
		pt_rows_estimated(b, row, &b->r->cpus[i].tally.errors);
	}
	return 0;
}

static int of_pool_thread(struct pt_rows *b, const struct pt_report_pool *p, uint32_t thread,
			  const struct pt_pool_row *row)
{
	uint64_t leaked_objects = 0, leaked_bytes = 0;
	double values[PT_METRIC_NR];
	char name[PT_ROWS_THREAD_BYTES] = "?";

	for (size_t i = 0; i < p->detail->leaks_nr; i++) {
		const struct pt_pool_leak *l = &p->detail->leaks[i];

		leaked_objects += l->thread == thread ? l->objects : 0;
		leaked_bytes += l->thread == thread ? l->bytes : 0;
	}
	pt_rows_of_pool_row(b, row, values);
	values[PT_METRIC_LEAKED_OBJECTS] = (double)leaked_objects;
	values[PT_METRIC_LEAKED_BYTES] = (double)leaked_bytes;
	if (thread < b->r->threads_nr)
		pt_rows_thread_class(b->r->threads[thread].name, name);
	return pt_rows_add(b, PT_SCOPE_POOL_THREAD, p->name, name, values) ? 0 : -PT_ENOMEM;
}

static int of_pool(struct pt_rows *b, const struct pt_report_pool *p)
{
	const struct pt_pool_detail *d = p->detail;
	double values[PT_METRIC_NR];
	char name[PT_ROWS_THREAD_BYTES];
	int err = 0;

	for (size_t i = 0; i < d->threads_nr && !err; i++)
		err = of_pool_thread(b, p, d->threads[i].thread, &d->threads[i].row);
	for (size_t i = 0; i < d->cpus_nr && !err; i++) {
		pt_rows_of_pool_row(b, &d->cpus[i].row, values);
		snprintf(name, sizeof(name), "%" PRIu32, d->cpus[i].cpu);
		if (!pt_rows_add(b, PT_SCOPE_POOL_CPU, p->name, name, values))
			err = -PT_ENOMEM;
	}
	return err;
}

int pt_figures_of_threads(struct pt_rows *b)
{
	int err = b->r->modes.told == PT_TOLD_COUNTS ? pt_figures_of_counts(b) : of_process(b);

	for (size_t i = 0; i < b->r->pools_nr && !err; i++)
		if (b->r->pools[i].detail)
			err = of_pool(b, &b->r->pools[i]);
	return err;
}
