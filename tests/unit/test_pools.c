// SPDX-License-Identifier: MIT
/*
 * test_pools.c - annotated pools: the model, and who gets, puts, hoards and starves, on random
 * scripts against brute_model.c. What is easily got wrong is in test_pools_by_hand.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "brute_model.h"
#include "pool_play.h"

#define SCRIPTS 1000u

static uint64_t seed;
static const char *where = "";

static void same(const char *what, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	print_message("# seed %lu, %s, %s: %lu, want %lu\n", (unsigned long)seed, where, what, (unsigned long)got,
		      (unsigned long)want);
	fail();
}

static void same_row(const struct pt_pool_row *got, const struct bm_pool *p, int by, uint32_t key)
{
	static const struct pt_pool_row none;
	const struct pt_pool_row *want = &p->row[by][key];
	double hoard = (double)p->hoard[by][key] / 1e9;

	if (!got)
		got = &none;
#define SAME(field) same(#field, got->field, want->field)
	SAME(gets);
	SAME(puts);
	SAME(hits);
	SAME(misses);
	SAME(steals);
	SAME(stolen);
	SAME(stocked);
	SAME(drops);
	SAME(purged);
	SAME(vanished);
	SAME(stranded_misses);
	SAME(stranded_bytes);
	SAME(ambiguous_misses);
	SAME(in_use_objects);
	SAME(in_use_bytes);
	SAME(idle_objects);
	SAME(idle_bytes);
	SAME(peak_in_use_bytes);
	SAME(peak_idle_bytes);
	SAME(idle_at_peak_bytes);
	SAME(in_use_at_peak_bytes);
	if (by != BM_STACK)
		SAME(peak_held_bytes);
	if (fabs(got->hoard_byte_seconds - hoard) > 1e-9 * hoard)
		same("hoard_byte_seconds * 1e9", (uint64_t)(got->hoard_byte_seconds * 1e9), (uint64_t)(hoard * 1e9));
}

static const struct pt_pool_row *row_at(const struct pt_report *r, const struct pt_pool_detail *d, int by,
					uint32_t key)
{
	for (size_t i = 0; by == BM_THREAD && i < d->threads_nr; i++)
		if (d->threads[i].thread == key)
			return &d->threads[i].row;
	for (size_t i = 0; by == BM_CPU && i < d->cpus_nr; i++)
		if (d->cpus[i].cpu == key)
			return &d->cpus[i].row;
	for (size_t i = 0; by == BM_STACK && i < d->sites_nr; i++)
		if (r->pool_sites[d->sites[i].site].stack == key)
			return &d->sites[i].row;
	if (by == BM_SHARD && key < d->shards_nr)
		return &d->shards[key].row;
	return by == BM_WHOLE && !key ? &d->row : NULL;
}

/* cpus: from and to are indexes of d->cpus[]. */
static void same_matrix(const char *name, const struct pt_pool_matrix *got, const struct pt_pool_detail *d,
			const struct bm_cell *want, size_t width, bool cpus)
{
	uint64_t cells = 0;

	where = name;
	for (size_t i = 0; i < width * width; i++)
		cells += want[i].objects > 0;
	same("cells", got->cells_nr, cells);
	for (size_t i = 0; i < got->cells_nr; i++) {
		const struct pt_pool_cell *c = &got->cells[i];
		size_t from = cpus ? d->cpus[c->from].cpu : c->from, to = cpus ? d->cpus[c->to].cpu : c->to;

		same("objects", c->objects, want[from * width + to].objects);
		same("bytes", c->bytes, want[from * width + to].bytes);
		if (i)
			assert_true(c->bytes <= c[-1].bytes);
	}
}

static void same_misuse(const struct pt_pool_detail *d, const struct bm_pool *p)
{
	uint64_t objects[PT_MISUSE_NR] = { 0 }, known = 0;

	for (size_t i = 0; i < d->misuse_nr; i++) {
		objects[d->misuse[i].kind] += d->misuse[i].objects;
		if (d->misuse[i].kind == PT_MISUSE_PUT_OF_FOREIGN && d->misuse[i].other_known)
			known += d->misuse[i].objects;
	}
	where = "misuse";
	for (int i = 0; i < PT_MISUSE_NR; i++)
		same("of a kind", objects[i], p->misuse[i]);
	same("others known", known, p->others_known);
}

static void same_pool(const struct pt_report *r, const struct pt_report_pool *got, const struct bm_pool *p)
{
	static const char *const names[] = { "shard", "thread", "cpu", "stack", "whole" };
	const struct pt_pool_detail *d = got->detail;
	char text[64];

	assert_string_equal(got->name, p->name);
	where = p->name;
	same("instances", d->instances_nr, p->instances_nr);
	same("slots", d->slots_nr, p->slots_nr);
	same("one_size", d->one_size, p->one_size);
	same("stray drops", d->stray_drops, p->stray_drops);
	same("stray moves", d->stray_moves, p->stray_moves);
	same("stray resizes", d->stray_resizes, p->stray_resizes);
	same("peak held", got->peak_held_bytes, p->peak_held);
	same("peak held ns", got->peak_held_ns, p->peak_held_ns);
	same("peak in use", got->peak_in_use_bytes, p->peak_in_use);
	same("peak in use ns", d->peak_in_use_ns, p->peak_in_use_ns);
	same("shards", d->shards_nr, p->shards_nr);
	for (uint32_t i = 0; i < p->shards_nr; i++) {
		same("slot", d->shards[i].slot, p->slot[i]);
		same("number", d->shards[i].number, p->number[i]);
		same("thread", d->shards[i].thread, p->thread[i]);
	}
	for (int by = 0; by < BM_BY; by++)
		for (uint32_t key = 0; key < BM_KEYS; key++) {
			snprintf(text, sizeof(text), "%.20s %s %u", p->name, names[by], key);
			where = text;
			same_row(row_at(r, d, by, key), p, by, key);
		}
	same_matrix("stranded", &d->stranded, d, p->stranded[BM_SHARD][0], BM_KEYS, false);
	same_matrix("stranded_thread", &d->stranded_thread, d, p->stranded[BM_THREAD][0], BM_KEYS, false);
	same_matrix("stranded_cpu", &d->stranded_cpu, d, p->stranded[BM_CPU][0], BM_KEYS, true);
	same_matrix("flow", &d->flow, d, p->flow[0], BM_SHARDS, false);
	same_matrix("flow_thread", &d->flow_thread, d, p->flow_thread[0], BM_THREADS, false);
	same_misuse(d, p);
}

static void random_scripts_agree_with_brute_force(void **state)
{
	static struct pt_event events[BM_EVENTS];
	struct bm *want = malloc(sizeof(*want));
	uint64_t stranded = 0, ambiguous = 0, steals = 0, vanished = 0, purged = 0, told = 0, slots = 0;

	(void)state;
	assert_non_null(want);
	for (seed = 0; seed < SCRIPTS; seed++) {
		size_t nr = bm_script(seed, events);
		struct pt_report got;

		play_report(events, nr, &got);
		memset(want, 0, sizeof(*want));
		bm_play(want, events, nr);
		where = "report";
		same("pools", got.pools_nr, want->pools_nr + 1);
		for (uint32_t i = 0; i < want->pools_nr; i++) {
			const struct pt_pool_row *row = &want->pools[i].row[BM_WHOLE][0];

			same_pool(&got, &got.pools[i + 1], &want->pools[i]);
			stranded += row->stranded_misses;
			ambiguous += row->ambiguous_misses;
			steals += row->steals;
			vanished += row->vanished;
			purged += row->purged;
			slots += want->pools[i].slots_nr > 1;
		}
		for (size_t i = 0; i + 1 < nr; i++)
			told += events[i].kind == PT_EV_POOL_MISS && events[i + 1].kind == PT_EV_POOL_GET;
		pt_report_fini(&got);
	}
	free(want);
	/* The scripts have what they are for. */
	assert_true(stranded > 1000 && ambiguous > 1000 && steals > 1000);
	assert_true(vanished > 1000 && purged > 1000 && told > 1000 && slots > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_scripts_agree_with_brute_force),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
