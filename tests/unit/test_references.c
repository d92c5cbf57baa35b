// SPDX-License-Identifier: MIT
/*
 * test_references.c - words, as a snapshot tells them, become edges and roots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/model/resolve.h"

static int no_change(void *arg, const struct pt_change *c, size_t nr)
{
	(void)arg, (void)c, (void)nr;
	return 0;
}

static void heap_event(struct pt_heap *h, uint8_t kind, uint64_t addr, uint64_t bytes, uint8_t flags)
{
	struct pt_event ev = { .kind = kind, .addr = addr, .size_bytes = bytes, .flags = flags };

	assert_int_equal(pt_heap_apply(h, &ev, pt_heap_find(h, addr)), 0);
}

static char libc_path[] = "/lib/libc.so.6", own_path[] = "/x/libpooltrace.so", exe_path[] = "/bin/x";

/* Blocks: node 1 [0x10000, +24), node 2 [0x10020, +64), in region 0x10000. */
static void words_are_edges_and_roots_by_the_table(void **state)
{
	struct pt_snap_area areas[] = {
		{ 0x1000, 0x4000, PT_REGION_FILE },    { 0x10000, 0x20000, PT_REGION_ANON },
		{ 0x30000, 0x60000, PT_REGION_ANON },  { 0x70000, 0x80000, PT_REGION_ANON },
		{ 0x90000, 0xa0000, PT_REGION_ANON },  { 0xb0000, 0xc0000, PT_REGION_ANON },
		{ 0x200000, 0x210000, PT_REGION_STACK },
	};
	struct pt_snap_static statics[] = {
		{ 0x1000, 0x2000, 0, exe_path }, { 0x2000, 0x3000, 0, libc_path }, { 0x3000, 0x4000, 0, own_path },
	};
	struct pt_snap_thread told[] = { { 7, 0, 0x208000 }, { 8, PT_SNAP_THREAD_ANSWERED, 0x50000 } };
	struct pt_snap_register regs[] = { { 8, 3, 0x10021 } };
	struct pt_thread_info threads[] = {
		{ .serial = 1, .tid = 8, .pointer = 0x5f000 },
		{ .serial = 2, .tid = 9, .pointer = 0x7f000, .exited = true },
	};
	struct pt_snapshot s = { .areas = areas, .statics = statics, .threads = told, .registers = regs, .areas_nr = 7,
				 .statics_nr = 3, .threads_nr = 2, .registers_nr = 1, .registers_asked = true };
	static struct pt_trace t;
	const struct pt_snap_edge words[] = {
		{ 0x1008, 0x10010 },			      /* static, interior */
		{ 0x2008, 0x10010 },			      /* a bin of the C library */
		{ 0x2010, 0x10020 },			      /* static of the C library */
		{ 0x3008, 0x10000 },			      /* the recorder's */
		{ 0x10008, 0x10020 }, { 0x10010, 0x10000 },   /* an edge, and one to itself */
		{ 0x10028, 0x10001 }, { 0x18000, 0x10000 },   /* an interior one; the allocator's */
		{ 0x40000, 0x10000 }, { 0x4ff80, 0x10000 },   /* below the red zone; in it */
		{ 0x5e000, 0x10000 }, { 0x70008, 0x10000 },   /* TLS; of a thread that has exited */
		{ 0x7f008, 0x10000 },			      /* its dtv, which libc keeps */
		{ 0x90008, 0x10000 }, { 0xb0008, 0x10000 },   /* an allocator's mapping; unknown */
		{ 0x200008, 0x10000 }, { 0x208000, 0x20000 }, /* stale; at nothing */
	};
	const uint32_t kinds[] = { PT_ROOT_WORD_REGISTER, PT_ROOT_WORD_STATIC, PT_ROOT_WORD_STATIC, PT_ROOT_WORD_STACK,
				   PT_ROOT_WORD_TLS,	  PT_ROOT_WORD_TLS,    PT_ROOT_WORD_MAPPED, PT_ROOT_WORD_STALE };
	const uint64_t places[] = { 3, 0x1008, 0x2010, 0x4ff80, 0x5e000, 0x7f008, 0xb0008, 0x200008 };
	struct pt_references r;
	struct pt_resolve x;
	struct pt_heap h;
	struct pt_cut c;

	(void)state;
	t.threads = threads;
	t.threads_nr = 2;
	t.header.pid = 7;
	assert_int_equal(pt_heap_init(&h, 0, no_change, NULL), 0);
	heap_event(&h, PT_EV_ALLOC, 0x10000, 24, 0);
	heap_event(&h, PT_EV_ALLOC, 0x10020, 64, 0);
	heap_event(&h, PT_EV_MMAP, 0x90000, 0x10000, PT_MAP_BY_ALLOCATOR);
	assert_int_equal(pt_cut_take(&c, &h, NULL, 0), 0);
	assert_int_equal(pt_resolve_begin(&x, &r, &c, &s, &t, &h), 0);
	assert_int_equal(pt_resolve_edges(&x, words, 5), 0);
	assert_int_equal(pt_resolve_edges(&x, words + 5, 12), 0);
	assert_int_equal(pt_resolve_end(&x, 0), 0);
	assert_int_equal(r.words, 17);
	assert_int_equal(r.roots_nr, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(r.roots[i].kind, kinds[i]);
		assert_int_equal(r.roots[i].place, places[i]);
	}
	assert_int_equal(r.roots[2].statics, 1);
	assert_int_equal(r.roots[3].tid, 8);
	assert_int_equal(r.edges_nr, 10);
	assert_int_equal(r.interior_nr, 3);
	assert_int_equal(r.silent_nr, 1);
	assert_int_equal(r.graph.shallow_bytes[2], 64);
	assert_int_equal(pt_graph_offset_bytes(r.graph.edges[r.graph.start[1]]), 8);
	assert_int_equal(r.graph.edges[r.graph.start[1]].to, 2);
	assert_int_equal(r.graph.start[2] - r.graph.start[1], 1);
	assert_true(pt_graph_interior(r.graph.edges[r.graph.start[2]]));
	pt_references_fini(&r);
	pt_cut_fini(&c);
	pt_heap_fini(&h);
}

/*
 * Threads that never allocated: 11 runs on the stack that 9, which has exited, had before; 12 on one of its own,
 * below a block in the same region; 13, which did not answer, nobody knows where.
 */
static void a_thread_that_never_allocated_keeps_what_its_stack_points_at(void **state)
{
	struct pt_snap_area areas[] = {
		{ 0x10000, 0x20000, PT_REGION_ANON }, { 0x30000, 0x40000, PT_REGION_ANON },
		{ 0x50000, 0x60000, PT_REGION_ANON }, { 0x70000, 0x80000, PT_REGION_ANON },
	};
	struct pt_snap_thread told[] = { { 11, PT_SNAP_THREAD_ANSWERED, 0x38000 },
					 { 12, PT_SNAP_THREAD_ANSWERED, 0x58000 }, { 13, 0, 0 } };
	struct pt_thread_info threads[] = { { .serial = 1, .tid = 9, .pointer = 0x3f000, .exited = true },
					    { .serial = 2, .tid = 10, .pointer = 0x7f000, .exited = true } };
	struct pt_snapshot s = { .areas = areas, .threads = told, .areas_nr = 4, .threads_nr = 2, .registers_asked = true };
	static struct pt_trace t;
	const struct pt_snap_edge words[] = {
		{ 0x37f00, 0x10000 }, { 0x38008, 0x10000 }, /* below and above 11's stack pointer */
		{ 0x3f008, 0x10000 },			    /* its control block */
		{ 0x57f00, 0x10000 }, { 0x58008, 0x10000 }, /* 12's */
		{ 0x5e000, 0x10000 },			    /* freed memory behind a block */
		{ 0x78008, 0x10000 },			    /* of a thread that has exited */
	};
	const uint64_t places[] = { 0x38008, 0x3f008, 0x58008, 0x78008 };
	const uint32_t kinds[] = { PT_ROOT_WORD_STACK, PT_ROOT_WORD_TLS, PT_ROOT_WORD_STACK, PT_ROOT_WORD_STALE };
	struct pt_references r;
	struct pt_resolve x;
	struct pt_heap h;
	struct pt_cut c;

	(void)state;
	t.threads = threads;
	t.threads_nr = 2;
	t.header.pid = 7;
	assert_int_equal(pt_heap_init(&h, 0, no_change, NULL), 0);
	heap_event(&h, PT_EV_ALLOC, 0x10000, 24, 0);
	heap_event(&h, PT_EV_ALLOC, 0x5d000, 64, 0);
	assert_int_equal(pt_cut_take(&c, &h, NULL, 0), 0);
	for (uint32_t all = 2; all <= 3; all++) {
		s.threads_nr = all;
		assert_int_equal(pt_resolve_begin(&x, &r, &c, &s, &t, &h), 0);
		assert_int_equal(pt_resolve_edges(&x, words, 7), 0);
		assert_int_equal(pt_resolve_end(&x, 0), 0);
		assert_int_equal(r.roots_nr, all + 1); /* with 13, its words may be on the stack of 10 */
		for (uint32_t i = 0; i < r.roots_nr; i++) {
			assert_int_equal(r.roots[i].kind, kinds[i]);
			assert_int_equal(r.roots[i].place, places[i]);
		}
		pt_references_fini(&r);
	}
	pt_cut_fini(&c);
	pt_heap_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_edges_and_roots_by_the_table),
		cmocka_unit_test(a_thread_that_never_allocated_keeps_what_its_stack_points_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
