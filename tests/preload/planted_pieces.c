/* SPDX-License-Identifier: MIT */
/*
 * planted_pieces.c - random graphs of blocks and pooled objects, and the truth about them.
 *
 * A piece is what pointers are put into and point at: a block; an object that is a block, is in one, or in
 * mapped memory; an object in an object. Objects are in use, idle, in two pools, dropped, grown, without a
 * size, or overlap. Blocks are freed with their words and moved by realloc. Lines of the truth:
 * "block ADDR BYTES", "object ADDR BYTES POOL STATE ORDER" (BYTES 0: not told; ORDER: of its last change), "word PLACE
 * VALUE". What the program itself remembers is stored inverted.
 */
#include "planted_pieces.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define PIECES_MAX  16000u
#define WORDS_MAX   40000u
#define GRAPH_MAX   24u /* pieces asked for; a slab makes more */
#define NO_BLOCK    UINT32_MAX
#define CONN_BYTES  64u

enum pool { CONN, MSG, MSG_TOO, ROW, GONE, POOLS_NR };

static char pool_ids[POOLS_NR];
static const char *const pool_names[POOLS_NR] = { "conn", "msg", "msg", "row", "gone" };

struct piece {
	uint64_t hidden;
	size_t bytes;	/* words may be put there */
	uint32_t block; /* that it lies in, or NO_BLOCK */
	bool pure;	/* it is a block, and holds no object */
};

struct block {
	uint64_t hidden;
	size_t bytes;
	bool freed;
};

struct object {
	uint64_t hidden;
	size_t bytes;
	enum pool pool;
	bool idle;
	uint32_t order;
};

struct word {
	uint64_t hidden_place, hidden_value;
	uint32_t block;
};

static struct piece pieces[PIECES_MAX];
static struct block blocks[PIECES_MAX];
static struct object objects[2 * PIECES_MAX];
static struct word words[WORDS_MAX];
static uint32_t pieces_nr, blocks_nr, objects_nr, words_nr, graph_first, changes;
static uint64_t state, hidden_mapped;
static size_t mapped_left, last_mapped_bytes;

uint32_t pieces_below(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

static void add_piece(uint64_t addr, size_t bytes, uint32_t block, bool pure)
{
	if (pieces_nr == PIECES_MAX)
		_exit(3);
	pieces[pieces_nr++] = (struct piece){ ~addr, bytes, block, pure };
}

static uint64_t make_block(size_t bytes)
{
	void *p = calloc(1, bytes);

	if (!p || blocks_nr == PIECES_MAX)
		_exit(3);
	blocks[blocks_nr++] = (struct block){ ~(uint64_t)(uintptr_t)p, bytes, false };
	return (uint64_t)(uintptr_t)p;
}

/* Gets, and perhaps puts, `addr`; `told` bytes at last. */
static void run_object(const void *pool, const void *addr, size_t told, bool idle, bool dropped)
{
	bool grown = told >= 32 && !pieces_below(5);

	if (pieces_below(4) || grown) {
		pooltrace_get(pool, addr, grown ? told / 2 : told, 0);
		if (grown)
			pooltrace_resize(pool, addr, addr, told);
		pooltrace_put(pool, addr, 0);
	} else {
		pooltrace_stock(pool, addr, told, 0);
	}
	if (!idle)
		pooltrace_get(pool, addr, told, 0);
	if (dropped)
		pooltrace_drop(pool, addr);
}

/* An object with `bytes` at addr; those of ROW tell no size. */
static void make_object(uint64_t addr, size_t bytes, enum pool pool)
{
	size_t told = pool == CONN || pool == ROW ? 0 : bytes;
	bool idle = pool == GONE || pieces_below(2), dropped = pool != GONE && !pieces_below(10);

	run_object(&pool_ids[pool], (const void *)(uintptr_t)addr, told, idle, dropped);
	if (!dropped && pool != GONE)
		objects[objects_nr++] =
			(struct object){ ~addr, pool == CONN ? CONN_BYTES : told, pool, idle, ++changes };
}

static enum pool some_pool(size_t bytes)
{
	static const enum pool any[] = { MSG, MSG, MSG_TOO, MSG_TOO, ROW, GONE };

	return bytes == CONN_BYTES ? CONN : any[pieces_below(sizeof(any) / sizeof(any[0]))];
}

static void plant_block(void)
{
	size_t bytes = 16 + pieces_below(400);

	if (!pieces_below(60))
		bytes = 150000;
	else if (!pieces_below(12))
		bytes = 4000;
	else if (!pieces_below(40))
		bytes = 0;
	add_piece(make_block(bytes), bytes, blocks_nr, true);
	pieces[pieces_nr - 1].block = blocks_nr - 1;
}

/* A block that is an object, of two pools at times. */
static void plant_pooled_block(void)
{
	size_t bytes = pieces_below(3) ? CONN_BYTES : 32 + 16 * pieces_below(12), told = bytes;
	uint64_t addr = make_block(bytes);
	enum pool pool = some_pool(bytes);

	if (pool != CONN && !pieces_below(4))
		told = pieces_below(2) ? bytes + 8 : bytes - 8; /* malloc gives 8 more than these sizes */
	make_object(addr, told, pool);
	if (!pieces_below(5)) {
		enum pool other = pool == MSG ? ROW : MSG;

		if (other != pool)
			make_object(addr, bytes, other);
	}
	add_piece(addr, told > bytes ? told : bytes, blocks_nr - 1, false);
}

/* Objects side by side in a block, with a head and gaps at times, and objects in them. */
static void plant_slab(void)
{
	static const size_t sizes[] = { 32, CONN_BYTES, CONN_BYTES, 104 };
	size_t at = 8 * pieces_below(5), bytes = 256 + 8 * pieces_below(64);
	uint64_t addr = make_block(bytes);
	uint32_t block = blocks_nr - 1;

	add_piece(addr, bytes, block, false);
	while (pieces_below(8)) {
		size_t size = sizes[pieces_below(4)];
		enum pool pool = some_pool(size);

		if (at + size > bytes)
			break;
		make_object(addr + at, size, pool);
		add_piece(addr + at, size, block, false);
		if (pool != ROW && !pieces_below(3)) {
			make_object(addr + at + 16, 16, pool == MSG ? MSG_TOO : MSG);
			add_piece(addr + at + 16, 16, block, false);
		}
		at += size + 8 * pieces_below(3);
	}
}

/* An object in no block; it may begin in the last one, and at an odd address. */
static void plant_mapped(void)
{
	size_t bytes = 48 + 8 * pieces_below(8), back = 0;
	uint64_t addr;
	enum pool pool;

	if (last_mapped_bytes >= 48 && !pieces_below(4))
		back = 16;
	addr = ~hidden_mapped + 8 * pieces_below(3) - back;
	if (!back && !pieces_below(8))
		addr += 4;
	if (mapped_left < bytes + 64)
		return;
	pool = some_pool(bytes);
	make_object(addr, bytes, pool);
	add_piece(addr, bytes, NO_BLOCK, false);
	last_mapped_bytes = pool == MSG || pool == MSG_TOO ? bytes : 0;
	mapped_left -= addr + bytes - ~hidden_mapped;
	hidden_mapped = ~(addr + bytes);
}

static uint64_t pointer_to(uint32_t i)
{
	uint64_t addr = ~pieces[i].hidden;
	uint32_t bytes = (uint32_t)pieces[i].bytes;

	switch (pieces_below(bytes >= 8 ? 16 : 1)) {
	case 1:
	case 2:
	case 3:
		return addr + pieces_below(bytes / 8) * 8;
	case 4:
	case 5:
		return addr + pieces_below(bytes);
	case 6:
		return addr + bytes; /* behind it */
	default:
		return addr;
	}
}

static void tell_word(uint64_t place, uint64_t value, uint32_t block)
{
	if (words_nr == WORDS_MAX)
		_exit(3);
	words[words_nr++] = (struct word){ ~place, ~value, block };
}

void pieces_tell_word(uint64_t place, uint64_t value)
{
	tell_word(place, value, NO_BLOCK);
}

static bool is_gone(uint32_t i)
{
	return pieces[i].block != NO_BLOCK && blocks[pieces[i].block].freed;
}

/* A word in one piece that points at another: half of them at one of a few offsets. */
static void plant_word(uint32_t from, uint32_t to)
{
	static const uint32_t offsets[] = { 0, 8, 0x28, 0x38 };
	uint64_t addr = (~pieces[from].hidden + 7) & ~7ull, value;
	size_t bytes = pieces[from].bytes;

	if (bytes < 16 || is_gone(from) || is_gone(to))
		return;
	for (uint32_t tries = 0; tries < 8; tries++) {
		uint32_t at = pieces_below(2) ? offsets[pieces_below(4)] : 8 * pieces_below((uint32_t)bytes / 8 - 1);
		uint64_t *place = (uint64_t *)(uintptr_t)(addr + at);

		if (at + 8 > bytes - 7 || *place)
			continue;
		value = pointer_to(to);
		*place = value;
		tell_word(addr + at, value, pieces[from].block);
		return;
	}
}

/* A list, a ring, a tree; or more ways than a tree has, forwards, or any. */
static void connect(uint32_t first, uint32_t nr, uint32_t shape)
{
	for (uint32_t i = 1; i < nr; i++) {
		plant_word(first + (shape < 2 ? i - 1 : pieces_below(i)), first + i);
		if (shape >= 3)
			plant_word(first + pieces_below(shape == 3 ? i : nr), first + i);
	}
	if (shape == 1)
		plant_word(first + nr - 1, first);
	for (uint32_t i = 0; first && i < 2 && !pieces_below(3); i++) /* with graphs before */
		plant_word(pieces_below(first), first + pieces_below(nr));
	for (uint32_t i = 0; first && i < 2 && !pieces_below(3); i++)
		plant_word(first + pieces_below(nr), pieces_below(first));
}

/* A block is freed, and pointers to it stay; or grows, and its words move along. */
static void disturb(uint32_t i)
{
	struct block *b = &blocks[pieces[i].block];
	uint64_t addr = ~pieces[i].hidden, now;

	if (!pieces[i].pure || b->freed)
		return;
	if (pieces_below(2)) {
		free((void *)(uintptr_t)addr);
		b->freed = true;
		return;
	}
	now = (uint64_t)(uintptr_t)realloc((void *)(uintptr_t)addr, b->bytes + 64);
	if (!now)
		_exit(3);
	memset((void *)(uintptr_t)(now + b->bytes), 0, 64);
	for (uint32_t w = 0; w < words_nr; w++)
		if (words[w].block == pieces[i].block)
			words[w].hidden_place = ~(~words[w].hidden_place - addr + now);
	b->bytes += 64;
	b->hidden = pieces[i].hidden = ~now;
	pieces[i].bytes = b->bytes;
}

void pieces_open(uint64_t seed, void *mapped, size_t mapped_bytes)
{
	state = seed;
	hidden_mapped = ~(uint64_t)(uintptr_t)mapped;
	mapped_left = mapped_bytes;
	for (uint32_t i = 0; i < POOLS_NR; i++)
		pooltrace_pool_create(&pool_ids[i], pool_names[i], i == CONN ? CONN_BYTES : 0, 1);
}

void pieces_graph(void)
{
	static void (*const plant[])(void) = { plant_block, plant_block, plant_block, plant_pooled_block,
					       plant_pooled_block, plant_slab, plant_mapped };
	uint32_t nr = 2 + pieces_below(GRAPH_MAX);

	graph_first = pieces_nr;
	while (pieces_nr < graph_first + 2 || nr--)
		plant[pieces_below(sizeof(plant) / sizeof(plant[0]))]();
	connect(graph_first, pieces_nr - graph_first, pieces_below(5));
	if (!pieces_below(2))
		disturb(graph_first + pieces_below(pieces_nr - graph_first));
}

uint64_t pieces_pointer(void)
{
	uint32_t nr = pieces_nr - graph_first;

	return pointer_to(graph_first + pieces_below(nr < 3 ? nr : 3));
}

void pieces_close(FILE *out)
{
	if (pieces_below(2))
		pooltrace_purge(&pool_ids[GONE], POOLTRACE_ALL_SHARDS);
	else
		pooltrace_pool_destroy(&pool_ids[GONE]);
	for (uint32_t i = 0; i < blocks_nr; i++)
		if (!blocks[i].freed)
			fprintf(out, "block 0x%" PRIx64 " %zu\n", ~blocks[i].hidden, blocks[i].bytes);
	for (uint32_t i = 0; i < objects_nr; i++)
		fprintf(out, "object 0x%" PRIx64 " %zu %s %s %u\n", ~objects[i].hidden, objects[i].bytes,
			pool_names[objects[i].pool], objects[i].idle ? "idle" : "in_use", objects[i].order);
	for (uint32_t i = 0; i < words_nr; i++)
		if (words[i].block == NO_BLOCK || !blocks[words[i].block].freed)
			fprintf(out, "word 0x%" PRIx64 " 0x%" PRIx64 "\n", ~words[i].hidden_place, ~words[i].hidden_value);
}
