/* SPDX-License-Identifier: MIT */
/*
 * build_odd_trace.c OUT - a trace with one of everything, for info_dump.sh.
 *
 * Two threads; thread 2's name and a module's path hold control characters. One allocation is
 * stamped early, one block is freed twice, one was never seen, one is allocated twice.
 */
#include <stdio.h>
#include <stdlib.h>

#include "trace_builder.h"

#define X 0x7f0000001000u
#define MS 1000000u

static void blocks(struct tb *b, uint32_t one, uint32_t two, uint32_t stack)
{
	tb_alloc(b, one, 160, X, 100, stack);
	tb_alloc(b, two, 1600, X, 50, 0); /* early: thread 1 frees it at 1616 */
	tb_free(b, one, 1616, X);
	tb_free_fn(b, two, PT_API_REALLOC, 3200, X);
	tb_alloc_fn(b, two, PT_API_REALLOC, 3216, X + 4096, 200, 0);
	tb_free_fn(b, two, PT_API_REALLOC, 4800, X + 4096);
	TB_EXT(b, two, PT_EXT_REALLOC_DONE, 4816, 0);
	tb_free_fn(b, two, PT_API_REALLOC, 6400, X + 4096);
	TB_EXT(b, two, PT_EXT_REALLOC_DONE, 6416, 1);
	tb_free(b, one, 8000, X + 4096); /* twice */
	tb_free(b, one, 8016, X + 8192); /* never seen */
	tb_alloc_fn(b, one, PT_API_ALIGNED_ALLOC, 1 * MS, X, 64, stack);
	tb_alloc(b, one, 1 * MS + 16, X, 32, stack); /* its free is missing */
}

/* One of each event of an annotated pool; the object vanishes from no `malloc` block. */
static void pool(struct tb *b, uint32_t w, uint64_t t, uint32_t stack)
{
	const uint64_t create[] = { X, 64, 4, stack }, shard[] = { X, PT_SHARD_CODE(3) }, mark[] = { stack };

	tb_ext(b, w, PT_EXT_POOL_CREATE, t, create, 4, "msg\nbuf", 7);
	tb_ext(b, w, PT_EXT_SHARD_NAME, t, shard, 2, "three", 5);
	TB_EXT(b, w, PT_EXT_POOL_MISS, t, X, PT_SHARD_CODE(3));
	tb_get(b, w, t, X, X << 4, 64, 3, stack);
	TB_EXT(b, w, PT_EXT_POOL_RESIZE, t, X, X << 4, X << 5, 128, stack);
	tb_put(b, w, t, X, X << 5, PT_SHARD_THREAD, stack);
	TB_EXT(b, w, PT_EXT_POOL_MOVE, t, X, X << 5, PT_SHARD_CODE(2));
	TB_EXT(b, w, PT_EXT_POOL_STOCK, t, X, X << 6, 64, PT_SHARD_CODE(0), stack);
	TB_EXT(b, w, PT_EXT_POOL_DROP, t, X, X << 6, stack);
	TB_EXT(b, w, PT_EXT_POOL_PURGE, t, X, PT_SHARD_CODE(PT_SHARD_ALL), stack);
	tb_ext(b, w, PT_EXT_MARK, t, mark, 1, "load done", 9);
	TB_EXT(b, w, PT_EXT_PAUSE, t);
	TB_EXT(b, w, PT_EXT_RESUME, t);
	TB_EXT(b, w, PT_EXT_MODE, t, PT_MODE_FULL, 0);
	TB_EXT(b, w, PT_EXT_POOL_DESTROY, t, X, stack);
}

/* Number 1 is whole, number 2 was lost. */
static void snapshot(struct tb *b)
{
	tb_snapshot(b, 1);
	tb_snap_region(b, 0x400000, 0x1000, PT_REGION_FILE);
	tb_snap_region(b, X, 0x2000, PT_REGION_ANON);
	tb_snap_static(b, 0x400000, 0x800, 0x400000, "/nowhere/\033]0;built");
	tb_snap_thread(b, 100, X + 0x1f00, PT_SNAP_THREAD_CALLER);
	tb_snap_register(b, 100, 3, X + 16);
	tb_snap_edge(b, 0x400010, X);
	tb_snap_edge(b, X, X + 0x1008);
	tb_snap_end(b, PT_SNAP_END_REGISTERS);
	tb_skip(b, 5);
	tb_header(b)->snaps_returned_pages = 3;
	tb_header(b)->snaps_begun = 2;
	tb_header(b)->snaps_lost[PT_SNAP_LOST_BUSY] = 1;
}

int main(int argc, char **argv)
{
	struct tb *b = tb_open();
	uint32_t one, two, stack;
	char *path;

	if (argc != 2)
		return 2;
	tb_header(b)->parent_id[15] = 0xab;
	tb_header(b)->lost[1].allocs[PT_LOST_NESTED] = 3;
	tb_header(b)->lost[9].frees[PT_LOST_LIMIT] = 4;
	tb_header(b)->lost_pools[PT_LOST_DISK] = 5;
	tb_header(b)->lost_others[PT_LOST_DISK] = 6;
	one = tb_writer(b, 0, 1, 0);
	two = tb_writer(b, 0, 2, 1);
	TB_EXT(b, one, PT_EXT_THREAD, 0, 1, 100);
	TB_EXT(b, two, PT_EXT_THREAD, 0, 2, 101);
	tb_text(b, one, PT_EXT_THREAD_NAME, 0, "main");
	tb_text(b, two, PT_EXT_THREAD_NAME, 0, "evil\033[31m\n\"\xff\\");
	tb_module(b, one, 0, 0x400000, 0x10000, 0x400000, "\xde\xad\xbe\xef", 4, "/nowhere/\033]0;built");
	stack = tb_frame(b, one, 0, 0, 0x400123);
	stack = tb_frame(b, one, 0, stack, 0x400456);
	blocks(b, one, two, stack);
	TB_EXT(b, one, PT_EXT_MMAP, 2 * MS, X << 8, 1u << 20, stack, 0);
	TB_EXT(b, one, PT_EXT_MREMAP, 2 * MS, X << 8, 1u << 20, X << 9, 2u << 20, stack);
	TB_EXT(b, one, PT_EXT_MUNMAP, 2 * MS, X << 9, 2u << 20);
	TB_EXT(b, one, PT_EXT_GONE, 2 * MS, X, 4096, PT_GONE_MADVISE);
	TB_EXT(b, one, PT_EXT_USABLE, 2 * MS, 100, 104);
	TB_EXT(b, one, PT_EXT_RSS, 2 * MS, 5000, 4000, 0x555500000000);
	TB_EXT(b, one, PT_EXT_CPU, 2 * MS, 7);
	pool(b, one, 2 * MS, stack);
	TB_EXT(b, one, PT_EXT_MODULE_GONE, 2 * MS, 0x400000, 0x10000);
	tb_text(b, one, PT_EXT_NOTE, 2 * MS, "POOLTRACE_STACK_DEPTH: 'x' is not a number");
	TB_EXT(b, two, PT_EXT_THREAD_EXIT, 3 * MS);
	TB_EXT(b, one, PT_EXT_SNAPSHOT, 3 * MS, 1, PT_SNAP_MARK);
	TB_EXT(b, one, PT_EXT_SNAPSHOT_COPIED, 3 * MS, 1, 0);
	snapshot(b);
	path = tb_save(b);
	tb_close(b);
	if (rename(path, argv[1])) {
		perror(argv[1]);
		return 1;
	}
	free(path);
	return 0;
}
