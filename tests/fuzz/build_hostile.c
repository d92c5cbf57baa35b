/* SPDX-License-Identifier: MIT */
/*
 * build_hostile.c KIND OUT - a trace of some MB made to cost its reader memory or time.
 *
 * Without arguments it lists the kinds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/trace_builder.h"

#define HEAP 0x7f0000000000ull
#define CODE 0x400000ull

/* Each with a page of its own and open for the whole time. */
static void writers(struct tb *b)
{
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		uint32_t w = tb_writer(b, 0, i + 1, 0);

		tb_alloc(b, w, 16, HEAP + 16 * i, 8, 0);
		tb_alloc(b, w, 1600000, HEAP * 2 + 16 * i, 8, 0);
	}
}

static uint32_t one_writer(struct tb *b)
{
	uint32_t w = tb_writer(b, 0, 1, 0);

	tb_chunk(b, w, 0, PT_CHUNK_PAGES_MAX);
	return w;
}

static void stacks(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 1000000; i++)
		tb_frame(b, w, 0, 0, CODE + 3 * i);
}

static void deep_stacks(struct tb *b)
{
	uint32_t w = one_writer(b), node = 0, i;

	for (i = 0; i < 300000; i++) {
		node = tb_frame(b, w, 16 * i, node, CODE + 3 * i);
		tb_alloc(b, w, 16 * i, HEAP + 16 * i, 8, node);
	}
}

static void threads(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 600000; i++)
		TB_EXT(b, w, PT_EXT_THREAD, 0, i + 2, 1);
}

static void modules(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 300000; i++)
		tb_module(b, w, 0, (uint64_t)(i * 7919ull % 300000) * 4096, 4096, 0, "a", 1, "x");
}

/* As of a forked child that frees its parent's blocks, faster than any program. */
static void unknown_frees(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 500000; i++)
		tb_free(b, w, 16 * (i / 100), HEAP + 16 * i);
}

static void one_live_address(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 500000; i++)
		tb_alloc(b, w, 16 * (i / 100), HEAP, 8, 0);
}

static void notes(struct tb *b)
{
	static char text[1900];
	uint32_t w = one_writer(b), i;

	memset(text, 'n', sizeof(text) - 1);
	for (i = 0; i < 5000; i++)
		tb_text(b, w, PT_EXT_NOTE, 16 * i, text);
}

static void cpus(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 500000; i++) {
		TB_EXT(b, w, PT_EXT_CPU, 16 * i, i * 8191ull);
		tb_alloc(b, w, 16 * i, HEAP + 16 * i, 8, 0);
	}
}

/* Packs to nearly nothing: what a packed file may make of itself. */
static void monotony(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 2000000; i++) {
		tb_alloc(b, w, 16 * i, HEAP, 8, 0);
		tb_free(b, w, 16 * i, HEAP);
	}
}

/* One get each of another shard of one pool. */
static void shards(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 200000; i++)
		tb_get(b, w, 16 * i, HEAP, HEAP + 16 * i, 64, i, 0);
}

/* A call site each, which also is one of a pool. */
static void pool_sites(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 200000; i++)
		tb_get(b, w, 16 * i, HEAP, HEAP + 16 * i, 64, 0, tb_frame(b, w, 16 * i, 0, CODE + 3 * i));
}

static void pool_threads(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 200000; i++) {
		TB_EXT(b, w, PT_EXT_THREAD, 16 * i, i + 2, 1);
		tb_get(b, w, 16 * i, HEAP, HEAP + 16 * i, 64, PT_SHARD_THREAD, 0);
	}
}

/* A pool each, and then marks: between two marks each pool has a row. */
static void pools(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 100000; i++)
		tb_get(b, w, 16 * i, HEAP + 16 * i, HEAP * 2 + 16 * i, 64, 0, 0);
	for (i = 0; i < 20000; i++)
		TB_EXT(b, w, PT_EXT_MARK, 16 * (100000 + i), 0);
}

/* Pools by CPUs. */
static void pool_cpus(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 200000; i++) {
		TB_EXT(b, w, PT_EXT_CPU, 16 * i, i / 20);
		tb_get(b, w, 16 * i, HEAP + 16 * (i % 20), HEAP * 2 + 16 * i, 64, 0, 0);
	}
}

/* Objects that are put twice, each pair of stacks another. */
static void misuses(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 100000; i++) {
		uint32_t stack = tb_frame(b, w, 16 * i, 0, CODE + 3 * i);

		tb_put(b, w, 16 * i, HEAP, HEAP + 16 * (i % 2), 0, stack);
	}
}

/* Snapshots of nothing, of which each is whole; and a last one with many regions and edges. */
static void snapshots(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 1; i <= 500; i++)
		TB_EXT(b, w, PT_EXT_SNAPSHOT, 16 * i, i, PT_SNAP_CALL);
	for (i = 1; i <= 500; i++) {
		tb_snapshot(b, i);
		if (i < 500) {
			tb_snap_end(b, 0);
			continue;
		}
		for (uint32_t j = 0; j < 100000; j++)
			tb_snap_region(b, HEAP + 8192ull * j, 4096, PT_REGION_ANON);
		for (uint32_t j = 0; j < 100000; j++)
			tb_snap_edge(b, HEAP + 8192ull * j, HEAP + 8192ull * (j * 7919ull % 100000));
		tb_snap_end(b, 0);
	}
}

/* Blocks that point to each other in a chain, as deep as they are many. */
static void chain(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	for (i = 0; i < 200000; i++)
		tb_alloc(b, w, 16 * i, HEAP + 4096 + 16 * i, 16, 0);
	TB_EXT(b, w, PT_EXT_SNAPSHOT, 16 * i, 1, PT_SNAP_CALL);
	tb_snapshot(b, 1);
	tb_snap_region(b, HEAP, 4096ull * 1000, PT_REGION_ANON);
	tb_snap_edge(b, HEAP, HEAP + 4096);
	for (i = 0; i < 199999; i++)
		tb_snap_edge(b, HEAP + 4096 + 16 * i, HEAP + 4096 + 16 * (i + 1));
	tb_snap_end(b, 0);
}

/* Blocks of counters, each thread's, CPU's and pool's another, and pools and shards that are named again and again. */
static void counts(struct tb *b)
{
	uint32_t w = one_writer(b), i, k;

	for (i = 0; i < 20000; i++) {
		const uint64_t create[] = { HEAP + 16 * (i % 5000), 64, 1, 0 }, shard[] = { HEAP + 16 * (i % 5000), i };

		tb_ext(b, w, PT_EXT_POOL_CREATE, 16 * i, create, 4, &i, 3);
		tb_ext(b, w, PT_EXT_SHARD_NAME, 16 * i, shard, 2, &i, 3);
	}
	for (i = 0; i < 600; i++) {
		struct pt_count_block *c = tb_counts(b, i + 1, "");

		memcpy(c->name, &i, 3);
		for (k = 0; k < PT_COUNT_CPUS; k++)
			c->cpus[k] = (struct pt_count_cpu){ 64 * i + k + 1, { 1, 1, 0, 0 } };
		for (k = 0; k < PT_COUNT_POOLS; k++)
			c->pools[k] = (struct pt_count_pool){ .pool = HEAP + 16 * ((51 * i + k) % 5000), .used = 1,
							      .shard_code = 51 * i + k, .gets = UINT64_MAX };
		memset(c->small, 0xff, sizeof(c->small));
		memset(c->classes, 0xff, sizeof(c->classes));
		c->cpu_now = i % 2 ? 64 * i + 1 : 0; /* with all there is, or in contradiction */
	}
	tb_header(b)->mode = tb_header(b)->first_mode = PT_MODE_COUNTERS;
}

/* Sampled blocks, all in use, each from another call site and thread. */
static void samples(struct tb *b)
{
	uint32_t w = one_writer(b), i;

	tb_sample(b, w, 0, UINT32_MAX);
	for (i = 0; i < 300000; i++) {
		if (i % 16 == 0)
			TB_EXT(b, w, PT_EXT_THREAD, 16 * i, i / 16 + 2, 1);
		tb_alloc(b, w, 16 * i, HEAP + 16 * i, 8, i % 4 ? 0 : tb_frame(b, w, 16 * i, 0, CODE + 3 * i));
	}
}

static const struct {
	const char *name;
	void (*build)(struct tb *b);
} kinds[] = {
	{ "writers", writers },
	{ "stacks", stacks },
	{ "deep_stacks", deep_stacks },
	{ "threads", threads },
	{ "modules", modules },
	{ "unknown_frees", unknown_frees },
	{ "one_live_address", one_live_address },
	{ "notes", notes },
	{ "cpus", cpus },
	{ "monotony", monotony },
	{ "shards", shards },
	{ "pool_sites", pool_sites },
	{ "pool_threads", pool_threads },
	{ "pools", pools },
	{ "pool_cpus", pool_cpus },
	{ "misuses", misuses },
	{ "snapshots", snapshots },
	{ "chain", chain },
	{ "counts", counts },
	{ "samples", samples },
};

int main(int argc, char **argv)
{
	struct tb *b;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (argc < 3) {
			puts(kinds[i].name);
			continue;
		}
		if (strcmp(argv[1], kinds[i].name))
			continue;
		b = tb_open();
		kinds[i].build(b);
		path = tb_save(b);
		tb_close(b);
		if (rename(path, argv[2])) {
			perror(argv[2]);
			return 1;
		}
		free(path);
		return 0;
	}
	return argc < 3 ? 0 : 2;
}
