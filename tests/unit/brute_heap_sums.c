/* SPDX-License-Identifier: MIT */
/*
 * brute_heap_sums.c - what is in use and idle over all blocks by brute force: sums, peaks and the end.
 */
#include <math.h>

#include "brute_heap_state.h"

static void clear_now(struct pt_tally *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		rows[i].in_use_bytes = rows[i].in_use_objects = rows[i].idle_bytes =
			rows[i].idle_objects = 0;
}

/* What is in use and idle now, summed over all blocks. */
static void sum_up(struct brute *h)
{
	struct brute_report *o = h->out;

	clear_now(o->threads, BRUTE_THREADS);
	clear_now(o->cpus, BRUTE_CPUS);
	clear_now(o->sites, BRUTE_SITES);
	clear_now(&o->pool, 1);
	for (size_t i = 0; i < h->nr; i++) {
		const struct block *b = &h->blocks[i];
		bool idle = b->state == IDLE;
		struct pt_tally *rows[] = { &o->threads[idle ? b->put_thread : b->got_thread],
					    &o->cpus[idle ? b->put_cpu : b->got_cpu],
					    &o->sites[b->site], &o->pool };

		for (int k = 0; k < 4 && b->state != ENDED; k++) {
			rows[k]->idle_objects += idle;
			rows[k]->idle_bytes += idle ? b->size : 0;
			rows[k]->in_use_objects += !idle;
			rows[k]->in_use_bytes += idle ? 0 : b->size;
		}
	}
}

static void see_peaks(struct pt_tally *rows, size_t nr, bool peak_held)
{
	for (size_t i = 0; i < nr; i++) {
		rows[i].peak_in_use_bytes = larger(rows[i].peak_in_use_bytes, rows[i].in_use_bytes);
		rows[i].peak_idle_bytes = larger(rows[i].peak_idle_bytes, rows[i].idle_bytes);
		if (peak_held) {
			rows[i].idle_at_peak_bytes = rows[i].idle_bytes;
			rows[i].in_use_at_peak_bytes = rows[i].in_use_bytes;
		}
	}
}

void brute_after_event(struct brute *h)
{
	struct brute_report *o = h->out;
	struct pt_report_totals *t = &o->totals;
	uint64_t mapped = 0;
	bool peak_held;

	sum_up(h);
	peak_held = o->pool.in_use_bytes + o->pool.idle_bytes > t->peak_held_bytes;
	see_peaks(o->threads, BRUTE_THREADS, peak_held);
	see_peaks(o->cpus, BRUTE_CPUS, peak_held);
	see_peaks(o->sites, BRUTE_SITES, peak_held);
	see_peaks(&o->pool, 1, peak_held);
	if (peak_held) {
		t->peak_held_bytes = o->pool.in_use_bytes + o->pool.idle_bytes;
		t->peak_held_ns = h->now;
		t->idle_at_peak_bytes = o->pool.idle_bytes;
	}
	if (o->pool.in_use_bytes > t->peak_in_use_bytes) {
		t->peak_in_use_bytes = o->pool.in_use_bytes;
		t->peak_in_use_ns = h->now;
	}
	for (size_t i = 0; i < h->maps_nr; i++)
		mapped += h->maps[i].end - h->maps[i].start;
	t->mapped_at_end_bytes = mapped;
	t->peak_mapped_bytes = larger(t->peak_mapped_bytes, mapped);
}

static void point_to_ages(struct brute_report *o)
{
	struct pt_age_histogram *ages = o->ages;

	for (size_t i = 0; i < BRUTE_THREADS; i++)
		o->threads[i].idle_age = ages++;
	for (size_t i = 0; i < BRUTE_CPUS; i++)
		o->cpus[i].idle_age = ages++;
	for (size_t i = 0; i < BRUTE_SITES; i++)
		o->sites[i].idle_age = ages++;
	o->pool.idle_age = ages;
}

/* Each idle block that was idle at the last sample may be resident, as far as there was room for all of them; all others may. */
static uint64_t idle_resident(const struct brute *h, const struct pt_report_rss *rss)
{
	uint64_t room = rss->end_anon_bytes, sure = 0, maybe = 0;

	if (!rss->samples_nr)
		return PT_UNKNOWN;
	if (room >= h->in_use_at_rss)
		room -= h->in_use_at_rss;
	for (size_t i = 0; i < h->nr; i++) {
		const struct block *b = &h->blocks[i];

		if (b->state == IDLE && b->since >= rss->end_ns)
			sure += b->size;
		else if (b->state == IDLE)
			maybe += b->size;
	}
	if (maybe > room)
		return sure + room;
	return sure > (sure + maybe) / 10 ? PT_UNKNOWN : sure + maybe;
}

void brute_finish(struct brute *h)
{
	struct brute_report *o = h->out;
	struct pt_report_totals *t = &o->totals;

	point_to_ages(o);
	for (size_t i = 0; i < h->nr; i++) {
		const struct block *b = &h->blocks[i];

		if (b->state != IDLE)
			continue;
		brute_add_hoard(h, b, b->since, h->now);
		brute_add_age(o->threads[b->put_thread].idle_age, h->now - b->since, b->size);
		brute_add_age(o->cpus[b->put_cpu].idle_age, h->now - b->since, b->size);
		brute_add_age(o->sites[b->site].idle_age, h->now - b->since, b->size);
		brute_add_age(o->pool.idle_age, h->now - b->since, b->size);
		o->idle_sites[b->site][b->put_thread].objects++;
		o->idle_sites[b->site][b->put_thread].bytes += b->size;
	}
	for (size_t i = 0; i < BRUTE_THREADS; i++)
		o->threads[i].hoard_byte_seconds = (double)h->hoard_thread[i] / 1e9;
	for (size_t i = 0; i < BRUTE_CPUS; i++)
		o->cpus[i].hoard_byte_seconds = (double)h->hoard_cpu[i] / 1e9;
	for (size_t i = 0; i < BRUTE_SITES; i++)
		o->sites[i].hoard_byte_seconds = (double)h->hoard_site[i] / 1e9;
	o->pool.hoard_byte_seconds = t->hoard_byte_seconds = (double)h->hoard / 1e9;
	t->blowup = t->peak_in_use_bytes ? (double)t->peak_held_bytes / (double)t->peak_in_use_bytes
					 : NAN;
	t->duration_ns = h->now;
	t->idle_resident_at_most_bytes = idle_resident(h, &t->rss);
}
