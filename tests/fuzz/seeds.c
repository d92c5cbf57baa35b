// SPDX-License-Identifier: MIT
/*
 * seeds.c TARGET FOLDER - inputs to start from that nobody has to record: small traces by hand, and a baseline.
 *
 * seeds.sh adds those of real programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/budget/baseline.h"
#include "../../analyzer/trace/pack.h"
#include "../unit/modes_world.h"
#include "fuzz.h"

#define X 0x7f0000001000u

/* As it is, and packed. */
static void save(struct tb *b, const char *folder, const char *name)
{
	char path[4096], packed[4096 + 8];
	struct pt_packing done;
	const uint8_t *bytes;
	size_t nr;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	bytes = tb_bytes(b, &nr);
	if (!f || fwrite(bytes, nr, 1, f) != 1 || fclose(f)) {
		perror(path);
		exit(1);
	}
	snprintf(packed, sizeof(packed), "%s.packed", path);
	f = fopen(packed, "w");
	if (!f || pt_pack(path, f, PT_PACK_LEVEL, &done) || fclose(f)) {
		perror(packed);
		exit(1);
	}
	tb_close(b);
}

static void every_kind(struct tb *b, uint32_t w, uint64_t t)
{
	uint32_t n;

	TB_EXT(b, w, PT_EXT_THREAD, t, w, 4000 + w);
	tb_text(b, w, PT_EXT_THREAD_NAME, t, "worker");
	tb_module(b, w, t, 0x400000, 0x10000, 0x400000, "\1\2\3\4", 4, "/usr/bin/built");
	n = tb_frame(b, w, t, 0, 0x400100);
	n = tb_frame(b, w, t, n, 0x400200);
	tb_alloc(b, w, t + 16, X * w, 100, n);
	tb_alloc_fn(b, w, PT_API_POSIX_MEMALIGN, t + 16, X * w + 128, 100, n);
	tb_free_fn(b, w, PT_API_REALLOC, t + 32, X * w);
	TB_EXT(b, w, PT_EXT_CPU, t + 32, 3);
	tb_alloc_fn(b, w, PT_API_REALLOC, t + 48, X * w + 256, 200, n);
	TB_EXT(b, w, PT_EXT_MMAP, t + 48, X << 8, 1u << 20, n, 0);
	TB_EXT(b, w, PT_EXT_MREMAP, t + 48, X << 8, 1u << 20, X << 9, 2u << 20, n);
	TB_EXT(b, w, PT_EXT_MUNMAP, t + 48, X << 9, 2u << 20);
	TB_EXT(b, w, PT_EXT_GONE, t + 48, X * w, 4096, PT_GONE_PROBE);
	TB_EXT(b, w, PT_EXT_USABLE, t + 48, 100, 104);
	TB_EXT(b, w, PT_EXT_RSS, t + 48, 5000, 4000, 0x555500000000);
	tb_free(b, w, t + 64, X * (w == 1 ? 2 : 1) + 256);
	tb_chunk(b, w, t + 80, 1);
	tb_alloc(b, w, t + 80, X * w, 100, n);
	TB_EXT(b, w, PT_EXT_STACK_RESET, t + 96);
	TB_EXT(b, w, PT_EXT_MODULE_GONE, t + 96, 0x400000, 0x10000);
	tb_text(b, w, PT_EXT_NOTE, t + 96, "a note");
	TB_EXT(b, w, PT_EXT_THREAD_EXIT, t + 112);
}

static void named(struct tb *b, uint32_t w, enum pt_ext kind, uint64_t t, const uint64_t *numbers, size_t nr)
{
	tb_ext(b, w, kind, t, numbers, nr, "a name", 6);
}

/* Two shards, hits, misses, a steal, a purge, every misuse, memory freed under an object. */
static void pool_life(struct tb *b, uint32_t w, uint64_t t)
{
	const uint64_t create[] = { X, 100, 2, 0 }, shard[] = { X, PT_SHARD_CODE(1) }, mark[] = { 0 };
	uint64_t a = X * w, c = X * w + 4096;

	named(b, w, PT_EXT_POOL_CREATE, t, create, 4);
	named(b, w, PT_EXT_SHARD_NAME, t, shard, 2);
	TB_EXT(b, w, PT_EXT_POOL_MISS, t, X, PT_SHARD_CODE(0));
	tb_alloc(b, w, t, a, 100, 0);
	tb_get(b, w, t, X, a, 100, 0, 0);
	tb_get(b, w, t + 16, X, a, 0, 0, 0);
	tb_put(b, w, t + 16, X, a, 0, 0);
	tb_put(b, w, t + 32, X, a, 1, 0);
	tb_get(b, w, t + 32, X, a, 0, 1, 0);
	TB_EXT(b, w, PT_EXT_POOL_RESIZE, t + 48, X, a, c, 5000, 0);
	tb_put(b, w, t + 48, X, c, PT_SHARD_THREAD, 0);
	TB_EXT(b, w, PT_EXT_POOL_STOCK, t + 48, X, a, 64, PT_SHARD_CODE(0), 0);
	TB_EXT(b, w, PT_EXT_POOL_MOVE, t + 48, X, a, PT_SHARD_CODE(9));
	named(b, w, PT_EXT_MARK, t + 48, mark, 1);
	tb_put(b, w, t + 64, X + 8, c, 3, 0);
	TB_EXT(b, w, PT_EXT_PAUSE, t + 64);
	TB_EXT(b, w, PT_EXT_RESUME, t + 80);
	TB_EXT(b, w, PT_EXT_POOL_PURGE, t + 80, X, PT_SHARD_CODE(PT_SHARD_ALL), 0);
	tb_get(b, w, t + 80, X, c, 100, 0, 0);
	TB_EXT(b, w, PT_EXT_POOL_DROP, t + 96, X, c, 0);
	tb_get(b, w, t + 96, X, a, 100, 0, 0);
	tb_free(b, w, t + 96, a);
	TB_EXT(b, w, PT_EXT_POOL_DESTROY, t + 112, X + 8 * (w % 2), 0);
}

/* The events of a cut after `t`, and what was seen at it. */
static void snapshot(struct tb *b, uint32_t w, uint64_t t)
{
	TB_EXT(b, w, PT_EXT_SNAPSHOT, t, 1, PT_SNAP_CALL);
	TB_EXT(b, w, PT_EXT_SNAPSHOT_COPIED, t + 16, 1, 0);
	tb_snapshot(b, 1);
	tb_snap_region(b, 0x400000, 0x2000, PT_REGION_FILE);
	tb_snap_region(b, X & ~0xfffull, 0x4000, PT_REGION_ANON);
	tb_snap_static(b, 0x400000, 0x1800, 0x400000, "/usr/bin/built");
	tb_snap_thread(b, 4001, 0, PT_SNAP_THREAD_CALLER);
	tb_snap_register(b, 4001, 3, X + 128);
	tb_snap_edge(b, 0x400010, X);
	tb_snap_chunk(b, 1);
	tb_snap_edge(b, 0x401010, X + 128);
	tb_snap_edge(b, X, X + 256);
	tb_snap_end(b, PT_SNAP_END_REGISTERS);
}

static void traces(const char *folder)
{
	struct tb *b = tb_open();

	save(b, folder, "empty");
	b = tb_open();
	every_kind(b, tb_writer(b, 0, 0, 0), 0);
	save(b, folder, "one");
	b = tb_open();
	every_kind(b, tb_writer(b, 0, 0, 0), 0);
	tb_skip(b, 1);
	every_kind(b, tb_writer(b, 16, 2, 1), 16);
	save(b, folder, "two");
	b = tb_open();
	pool_life(b, tb_writer(b, 0, 0, 0), 0);
	pool_life(b, tb_writer(b, 16, 2, 1), 16);
	save(b, folder, "pools");
	b = tb_open();
	every_kind(b, tb_writer(b, 0, 0, 0), 0);
	snapshot(b, 1, 128);
	save(b, folder, "snapshot");
	save(mw_counters(), folder, "counters");
	save(mw_sample(), folder, "sample");
	save(mw_switched(), folder, "switched");
}

static void baseline(const char *folder)
{
	static struct pt_figures_row rows[3][FUZZ_ROWS_MAX];
	struct pt_baseline made;
	struct pt_figures runs[3];
	char path[4096];
	FILE *out;

	for (int i = 0; i < 3; i++)
		fuzz_figures(&runs[i], rows[i], 1000.5 * (i + 1), 1);
	snprintf(path, sizeof(path), "%s/made", folder);
	out = fopen(path, "we");
	if (!out || pt_baseline_make(runs, 3, &made) || pt_baseline_write(&made, out) || fclose(out)) {
		perror(path);
		exit(1);
	}
	pt_baseline_fini(&made);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "baseline"))
		baseline(argv[2]);
	else
		traces(argv[2]);
	return 0;
}
