// SPDX-License-Identifier: MIT
/*
 * test_torn.c - a trace of 64 KiB and a little, cut at every byte: exactly the records before the cut are read, and no error
 * (from the header's version on; before it nothing says that it is a trace).
 *
 * Two writers, chunks of one page and of several, every frequent kind of record, pools, a snapshot. Each record has a
 * time of its own; where it ends in the file is seen while it is written. Sanitised builds, which take ten times
 * as long, cut at every 13th byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../analyzer/passes/analyse.h"
#include "../../analyzer/passes/graph.h"
#include "../../analyzer/trace/pack.h"
#include "../../analyzer/trace/snapshot.h"
#include "../../analyzer/trace/trace.h"
#include "../../format/error.h"
#include "trace_builder.h"

#define FILE_BYTES 65536u
#define RECORDS_MAX 8000u
#define EDGES 300u
#define X 0x7f0000001000ull

#if defined(__SANITIZE_ADDRESS__)
#define STEP 13u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STEP 13u
#endif
#endif
#ifndef STEP
#define STEP 1u
#endif
#define WHOLE_STEP 499u /* a report takes longer */

static struct world {
	struct tb *b;
	uint64_t now;		     /* of the record written last */
	uint32_t ends[RECORDS_MAX];  /* by time in ticks: offset behind the record; 0 = none at this time */
	uint32_t snapshot_end;	     /* offset behind PT_SNAP_END */
	uint8_t before[2 * FILE_BYTES];
	size_t before_nr, file_bytes;
	struct pt_event *events; /* of the whole file */
	size_t events_nr;
	char path[64];
	int fd;
} w;

/* The next record's time. What there is before it is remembered. */
static uint64_t next(void)
{
	const uint8_t *bytes = tb_bytes(w.b, &w.before_nr);

	memcpy(w.before, bytes, w.before_nr);
	w.now += TB_TICK_NS;
	return w.now;
}

/* Where what was written since next() ends. */
static uint32_t written(void)
{
	size_t nr;
	const uint8_t *bytes = tb_bytes(w.b, &nr);

	while (nr && bytes[nr - 1] == (nr <= w.before_nr ? w.before[nr - 1] : 0))
		nr--;
	return (uint32_t)nr;
}

static void record_end(void)
{
	assert_true(w.now / TB_TICK_NS < RECORDS_MAX);
	w.ends[w.now / TB_TICK_NS] = written();
}

#define RECORD(call) (next(), (void)(call), record_end())

static void one_round(uint32_t writer, uint32_t i)
{
	uint64_t a = X + 64ull * i, pool = X << 4;
	uint32_t stack;

	RECORD(stack = tb_frame(w.b, writer, w.now, 0, 0x400000 + 16 * i));
	RECORD(tb_alloc(w.b, writer, w.now, a, 40 + i, stack));
	RECORD(tb_alloc_fn(w.b, writer, PT_API_MEMALIGN, w.now, a + 32, 400 + i, stack));
	RECORD(tb_get(w.b, writer, w.now, pool, a + 1, 100 + i, i % 5, stack));
	RECORD(tb_put(w.b, writer, w.now, pool, a + 1, i % 7, stack));
	RECORD(TB_EXT(w.b, writer, PT_EXT_POOL_STOCK, w.now, pool, a + 9, 64, PT_SHARD_CODE(1), 1));
	RECORD(TB_EXT(w.b, writer, PT_EXT_MMAP, w.now, X << 8 | (uint64_t)i << 16, 4096, 1, 1));
	RECORD(tb_free(w.b, writer, w.now, pt_addr_slot(a + 32) ? a + 32 : a)); /* a slot of 0 would be no end to see */
	if (i % 16 == 3)
		RECORD(tb_text(w.b, writer, PT_EXT_NOTE, w.now, "a note"));
	if (i % 16 == 5)
		RECORD(tb_text(w.b, writer, PT_EXT_THREAD_NAME, w.now, "worker"));
}

static void write_snapshot(void)
{
	RECORD(TB_EXT(w.b, 1, PT_EXT_SNAPSHOT, w.now, 1, PT_SNAP_CALL));
	RECORD(TB_EXT(w.b, 1, PT_EXT_SNAPSHOT_COPIED, w.now, 1, 1));
	next();
	tb_snapshot(w.b, 1);
	tb_snap_region(w.b, X & ~0xfffull, 1u << 20, PT_REGION_ANON);
	tb_snap_static(w.b, 0x400000, 0x1800, 0x400000, "/usr/bin/built");
	tb_snap_thread(w.b, 4001, X + 8, PT_SNAP_THREAD_CALLER);
	for (uint32_t i = 0; i < EDGES; i++)
		tb_snap_edge(w.b, X + 64ull * i, X + 64ull * (i * 7 % EDGES) + 1);
	next();
	tb_snap_end(w.b, PT_SNAP_END_REGISTERS | PT_SNAP_END_UNKNOWN_THREADS);
	w.snapshot_end = written();
}

/* Rounds until the file has 16 pages; the snapshot in the middle. Chunks of 1, 3 and 2 pages. */
static void build(void)
{
	size_t nr;
	uint32_t writers[2], i;

	w.b = tb_open();
	for (i = 0; i < 2; i++)
		writers[i] = tb_writer(w.b, 0, i + 1, i);
	for (i = 0; tb_bytes(w.b, &nr) && nr < FILE_BYTES; i++) {
		if (i == 40)
			tb_chunk(w.b, writers[0], w.now, 3);
		if (i == 80)
			write_snapshot();
		if (i == 90)
			tb_chunk(w.b, writers[1], w.now, 2);
		one_round(writers[i % 2], i);
	}
	assert_in_range(nr, FILE_BYTES, FILE_BYTES + 3 * PT_PAGE_BYTES);
	w.file_bytes = nr;
}

static int open_file(void **state)
{
	const uint8_t *bytes;
	struct pt_trace *t;
	size_t nr;

	(void)state;
	build();
	bytes = tb_bytes(w.b, &nr);
	w.fd = memfd_create("torn", MFD_CLOEXEC);
	snprintf(w.path, sizeof(w.path), "/proc/self/fd/%d", w.fd);
	w.events = calloc(RECORDS_MAX, sizeof(*w.events));
	if (w.fd < 0 || !w.events || write(w.fd, bytes, nr) != (ssize_t)nr || pt_trace_open(&t, w.path))
		return -1;
	while (w.events_nr < RECORDS_MAX && pt_trace_next(t, &w.events[w.events_nr]) > 0)
		w.events_nr++;
	pt_trace_close(t);
	return 0;
}

static int close_file(void **state)
{
	(void)state;
	close(w.fd);
	free(w.events);
	tb_close(w.b);
	return 0;
}

/* The file with all of its bytes again, but cut at `cut`. */
static void cut_at(size_t cut)
{
	const uint8_t *bytes;
	size_t nr;

	bytes = tb_bytes(w.b, &nr);
	assert_int_equal(ftruncate(w.fd, 0), 0);
	assert_int_equal(pwrite(w.fd, bytes, cut, 0), cut);
}

static bool same_text(const struct pt_event *a, const struct pt_event *b)
{
	return a->kind == b->kind && a->time_ns == b->time_ns && a->addr == b->addr &&
	       a->size_bytes == b->size_bytes && a->old_addr == b->old_addr && a->old_size_bytes == b->old_size_bytes;
}

/* The events of the whole file whose records lie before the cut, in their order, and no other. */
static size_t expect_prefix(struct pt_trace *t, size_t cut)
{
	struct pt_event ev;
	size_t i = 0, nr = 0;
	int r;

	while ((r = pt_trace_next(t, &ev)) > 0) {
		if (ev.kind == PT_EV_THREAD_START)
			continue;
		while (i < w.events_nr && (w.events[i].kind == PT_EV_THREAD_START ||
					   w.ends[w.events[i].time_ns / TB_TICK_NS] > cut))
			i++;
		if (i == w.events_nr || !same_text(&w.events[i], &ev))
			fail_msg("cut at %zu: event of %llu ns is not the next one", cut, (unsigned long long)ev.time_ns);
		i++;
		nr++;
	}
	assert_int_equal(r, 0);
	for (; i < w.events_nr; i++)
		if (w.events[i].kind != PT_EV_THREAD_START && w.ends[w.events[i].time_ns / TB_TICK_NS] <= cut)
			fail_msg("cut at %zu: the event of %llu ns, kind %u, is missing", cut,
				 (unsigned long long)w.events[i].time_ns, w.events[i].kind);
	return nr;
}

static void expect_snapshot(struct pt_trace *t, size_t cut)
{
	struct pt_snap_edge edges[EDGES + 1];
	struct pt_snapshot *s;

	assert_int_equal(pt_snapshot_whole(t, 1), cut >= w.snapshot_end);
	if (cut < w.snapshot_end)
		return;
	assert_int_equal(pt_snapshot_open(&s, t, 1), 0);
	assert_int_equal(s->edges_nr, EDGES);
	assert_int_equal(pt_snapshot_edges(s, edges, EDGES + 1), EDGES);
	assert_int_equal(edges[EDGES - 1].place, X + 64ull * (EDGES - 1));
	pt_snapshot_close(s);
}

static void a_trace_cut_at_any_byte_is_read_up_to_there(void **state)
{
	size_t cut, nr, most = SIZE_MAX;
	struct pt_trace *t;

	(void)state;
	assert_true(w.events_nr > 1000);
	for (cut = w.file_bytes; cut >= PT_PAGE_BYTES; cut -= STEP) {
		if (cut == w.file_bytes)
			cut_at(cut);
		else
			assert_int_equal(ftruncate(w.fd, (off_t)cut), 0);
		assert_int_equal(pt_trace_open(&t, w.path), 0);
		assert_int_equal(t->state.truncated, cut < w.file_bytes);
		nr = expect_prefix(t, cut);
		assert_true(nr <= most);
		most = nr;
		expect_snapshot(t, cut);
		pt_trace_close(t);
	}
	assert_true(most < 20 || STEP > 1);
}

/* `path` packed and unpacked again is what it was, `cut` bytes. */
static void expect_packed(size_t cut)
{
	char packed[64];
	struct pt_packing done;
	int fd = memfd_create("packed", MFD_CLOEXEC);
	FILE *out = fdopen(fd, "w");

	snprintf(packed, sizeof(packed), "/proc/self/fd/%d", fd);
	assert_int_equal(pt_pack(w.path, out, PT_PACK_LEVEL, &done), 0);
	assert_int_equal(fflush(out), 0);
	assert_int_equal(done.used_bytes, cut);
	assert_true(done.truncated);
	assert_int_equal(pt_pack_same(w.path, packed), 1);
	fclose(out);
}

/* What the header says after the version is little use without a chunk, but a killed program leaves no error either. */
static void a_trace_cut_inside_its_header_has_no_event(void **state)
{
	const uint8_t *whole = tb_bytes(w.b, &(size_t){ 0 });
	struct pt_trace *t;
	struct pt_event ev;

	(void)state;
	cut_at(PT_PAGE_BYTES);
	for (size_t cut = PT_PAGE_BYTES - 1;; cut--) {
		int r;

		assert_int_equal(ftruncate(w.fd, (off_t)cut), 0);
		r = pt_trace_open(&t, w.path);
		assert_int_equal(r, cut < 8 ? -PT_ENOTTRACE : cut < 12 ? -PT_ECORRUPT : 0);
		if (!cut)
			break;
		if (r)
			continue;
		assert_true(t->state.truncated);
		assert_int_equal(t->state.used_bytes, cut);
		assert_int_equal(t->state.chunks_nr + t->state.corrupt_chunks + t->state.missing_chunks, 0);
		/* a number is there as a whole or not at all */
		assert_true(t->header.start_mono_ns == (cut < offsetof(struct pt_file_header, start_mono_ns) + 8 ? 0 :
			((const struct pt_file_header *)whole)->start_mono_ns));
		assert_int_equal(pt_trace_next(t, &ev), 0);
		pt_trace_close(t);
		if (cut % WHOLE_STEP == 0)
			expect_packed(cut);
	}
}

static void a_report_and_a_graph_are_made_of_what_is_there(void **state)
{
	static const struct pt_graph_ask all = { .all = true };
	static struct pt_report report;
	struct pt_graph_report graph;
	struct pt_trace *t;
	size_t allocations = 0;

	(void)state;
	for (size_t cut = 12; cut <= w.file_bytes; cut += WHOLE_STEP) {
		cut_at(cut);
		assert_int_equal(pt_trace_open(&t, w.path), 0);
		assert_int_equal(pt_analyse(t, NULL, NULL, NULL, &report), 0);
		assert_true(report.totals.allocations >= allocations);
		allocations = report.totals.allocations;
		pt_report_fini(&report);
		pt_trace_close(t);
		assert_int_equal(pt_trace_open(&t, w.path), 0);
		assert_int_equal(pt_graph_analyse(t, &all, NULL, NULL, &graph), 0);
		assert_int_equal(graph.snapshots_nr > 0 && graph.snapshots[0].whole, cut >= w.snapshot_end && graph.snapshots_nr);
		pt_graph_report_fini(&graph);
		pt_trace_close(t);
	}
	assert_true(allocations > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trace_cut_at_any_byte_is_read_up_to_there),
		cmocka_unit_test(a_trace_cut_inside_its_header_has_no_event),
		cmocka_unit_test(a_report_and_a_graph_are_made_of_what_is_there),
	};

	return cmocka_run_group_tests(tests, open_file, close_file);
}
