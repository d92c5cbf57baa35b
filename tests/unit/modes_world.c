// SPDX-License-Identifier: MIT
/* modes_world.c - see modes_world.h. */
#include "modes_world.h"

#include <string.h>

#define HEAP 0x7f0000100000ull
#define CODE 0x400000ull
#define MIB  (1ull << 20)
#define MS   1000000ull

static uint32_t thread(struct tb *b, uint64_t serial, const char *name)
{
	uint32_t w = tb_writer(b, 16 * serial, serial, 0);

	TB_EXT(b, w, PT_EXT_THREAD, 16 * serial, serial, 100 + serial);
	tb_text(b, w, PT_EXT_THREAD_NAME, 16 * serial, name);
	return w;
}

static void mode(struct tb *b, uint32_t w, uint64_t time_ns, enum pt_mode mode)
{
	struct pt_file_header *h;

	TB_EXT(b, w, PT_EXT_MODE, time_ns, mode, 0);
	h = tb_header(b);
	h->mode = mode;
	h->modes_changed++;
}

static void pool(struct pt_count_block *c)
{
	c->pools[0] = (struct pt_count_pool){ .pool = MW_POOL, .shard_code = PT_SHARD_CODE(0), .used = 1, .gets = 500,
					      .get_bytes = 50000, .misses = 20, .puts = 480, .stocked = 5,
					      .stocked_bytes = 500 };
	c->pools[1] = (struct pt_count_pool){ .pool = MW_POOL, .used = 1, .drops = 2 };
}

struct tb *mw_counters(void)
{
	const uint64_t create[] = { MW_POOL, 100, 1, 0 }, shard[] = { MW_POOL, PT_SHARD_CODE(0) };
	struct tb *b = tb_open();
	struct pt_count_block *c;
	uint32_t w;

	tb_header(b)->mode = tb_header(b)->first_mode = PT_MODE_COUNTERS;
	w = thread(b, 1, "main");
	tb_ext(b, w, PT_EXT_POOL_CREATE, 16, create, 4, "buffers", 7);
	tb_ext(b, w, PT_EXT_SHARD_NAME, 16, shard, 2, "near", 4);
	TB_EXT(b, w, PT_EXT_RSS, 2000 * MS, 40 * MIB, 30 * MIB, 0);
	c = tb_counts(b, 1, "main");
	tb_count(c, 0, 40, 900);
	tb_count(c, 1, 40, 100);
	tb_uncount(c, 0, 40, 400);
	tb_count(c, 1, MIB, 10);
	c->requested_bytes = 32000 + 10 * MIB - 80;
	c->reallocs = 3;
	c->cpu_now = 5ull << 32 | (0 + 1); /* it has what the others leave; its own is of an earlier time */
	c->cpus[0].count = (struct pt_count){ 1, 40, 1, 40 };
	pool(c);
	c = tb_counts(b, 0, "worker");
	c->state = PT_COUNT_ENDED;
	c->threads = 2;
	tb_count(c, 1, 24, 600);
	tb_uncount(c, 1, 24, 600);
	c->requested_bytes = 600 * 20;
	c = tb_counts(b, 3, "worker");
	tb_uncount(c, 1, 40, 100);
	c = tb_counts(b, 4, "nobody");
	c->state = PT_COUNT_FREE;
	tb_count(c, 0, 40, 1000000);
	return b;
}

struct tb *mw_sample(void)
{
	struct tb *b = tb_open();
	uint32_t one, two, big, small;

	tb_header(b)->mode = tb_header(b)->first_mode = PT_MODE_SAMPLE;
	tb_header(b)->sample_bytes = 65536;
	one = thread(b, 1, "main");
	two = thread(b, 2, "worker");
	tb_module(b, one, 32, CODE, 0x10000, CODE, NULL, 0, "/nowhere/built");
	big = tb_frame(b, one, 32, 0, CODE + 0x100);
	small = tb_frame(b, one, 32, 0, CODE + 0x200);
	tb_sample(b, one, 48, 65536);
	tb_sample(b, two, 48, 65536);
	for (uint64_t i = 0; i < 3; i++)
		tb_alloc(b, one, 64 + 16 * i, HEAP + i * 2 * MIB, MIB, big);
	tb_alloc(b, one, 128, HEAP + 8 * MIB, 1000, small);
	tb_alloc(b, one, 144, HEAP + 9 * MIB, 1000, small);
	tb_free(b, one, 160, HEAP + 9 * MIB);
	tb_alloc(b, two, 176, HEAP + 10 * MIB, 1000, 0);
	tb_free(b, two, 10 * MS, HEAP + 10 * MIB);
	return b;
}

struct tb *mw_switched(void)
{
	struct tb *b = tb_open();
	struct pt_count_block *c;
	uint32_t w = thread(b, 1, "main");

	for (uint64_t i = 0; i < 4; i++)
		tb_alloc(b, w, 32 + 16 * i, HEAP + i * 4096, 1000, 0);
	tb_free(b, w, 112, HEAP); /* A: dead, then had again and freed where all is seen */
	mode(b, w, MS, PT_MODE_COUNTERS);
	mode(b, w, 2 * MS, PT_MODE_FULL);
	tb_free(b, w, 3 * MS, HEAP);		  /* A: of what was allocated meanwhile */
	tb_alloc(b, w, 4 * MS, HEAP + 4096, 64, 0); /* B: freed meanwhile */
	tb_free(b, w, 5 * MS, HEAP + 100 * 4096); /* never seen */
	tb_alloc(b, w, 6 * MS, HEAP + 200 * 4096, 100, 0);
	c = tb_counts(b, 1, "main");
	tb_count(c, 0, 1008, 7);
	tb_uncount(c, 0, 1008, 9);
	c->requested_bytes = 7000;
	return b;
}
