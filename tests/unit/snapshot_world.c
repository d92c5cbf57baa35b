/* SPDX-License-Identifier: MIT */
/*
 * snapshot_world.c - see snapshot_world.h.
 */
#include "snapshot_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct pt_trace *opened(const void *bytes, size_t nr)
{
	char *path = tb_save_bytes(bytes, nr);
	struct pt_trace *t;

	assert_int_equal(pt_trace_open(&t, path), 0);
	unlink(path);
	free(path);
	return t;
}

struct pt_trace *built(struct tb *b)
{
	size_t nr;
	const uint8_t *bytes = tb_bytes(b, &nr);
	struct pt_trace *t = opened(bytes, nr);

	tb_close(b);
	return t;
}

int read_edges(struct pt_snapshot *s, struct pt_snap_edge *out, uint32_t max)
{
	uint32_t nr = 0;
	int r;

	while ((r = pt_snapshot_edges(s, out + nr, max - nr < 7 ? max - nr : 7)) > 0)
		nr += (uint32_t)r;
	return r < 0 ? r : (int)nr;
}

int read_all(struct pt_trace *t)
{
	struct pt_snap_edge edges[64];
	struct pt_snapshot *s;
	int r = pt_snapshot_open(&s, t, 1);

	if (r)
		return r;
	r = read_edges(s, edges, 64);
	if (r < 0)
		assert_int_equal(pt_snapshot_edges(s, edges, 64), r); /* and it stays so */
	pt_snapshot_close(s);
	return r;
}

int built_reads(struct tb *b)
{
	struct pt_trace *t = built(b);
	int r = read_all(t);

	pt_trace_close(t);
	return r;
}

void small(struct tb *b, uint32_t number)
{
	tb_snapshot(b, number);
	tb_snap_region(b, DATA, 0x2000, PT_REGION_FILE);
	tb_snap_region(b, DATA + 0x2000, 0x1000, PT_REGION_OWN);
	tb_snap_region(b, HEAP, 0x4000, PT_REGION_HEAP);
	tb_snap_static(b, DATA, 0x1234, 0x300000, "/usr/bin/built");
	tb_snap_static(b, DATA + 0x1234, 8, 0, "");
	tb_snap_thread(b, 100, HEAP + 0x3f00, PT_SNAP_THREAD_CALLER);
	tb_snap_thread(b, 101, 0, 0);
	tb_snap_register(b, 100, 3, HEAP + 24);
	tb_snap_register(b, 100, 17, UINT64_MAX);
	tb_snap_edge(b, DATA, HEAP + 1);
	tb_snap_chunk(b, 1);
	tb_snap_edge(b, DATA + 0x1ff8, HEAP);
	tb_snap_edge(b, HEAP, DATA + 0x2000);
	tb_snap_edge(b, HEAP + 0x3ff8, HEAP + 0x3ff8);
	tb_snap_end(b, PT_SNAP_END_REGISTERS | PT_SNAP_END_UNKNOWN_THREADS);
}
