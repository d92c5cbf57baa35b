// SPDX-License-Identifier: MIT
/*
 * brute_model_script.c - random events on a few pools, and on the memory below them.
 */
#include "brute_model.h"

#include <string.h>

#include "../../format/layout.h"

#define ADDRS 14u

struct script {
	uint64_t random;
	bool live[ADDRS]; /* malloc's blocks */
	struct pt_event *out;
	size_t nr;
	uint64_t now_ns;
	uint64_t sizes; /* how the pools' sizes are said */
};

static uint64_t roll(struct script *s, uint64_t limit)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random * 0x2545f4914f6cdd1dull >> 20) % limit;
}

static uint64_t addr(uint64_t i)
{
	return 0x10000 + i * 0x1000;
}

static struct pt_event *event(struct script *s, uint8_t kind)
{
	struct pt_event *ev = &s->out[s->nr++];

	s->now_ns += roll(s, 3) ? roll(s, 1000) : 0;
	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->time_ns = s->now_ns;
	ev->thread = (uint32_t)roll(s, BM_THREADS);
	ev->cpu = roll(s, 4) ? ev->thread % BM_CPUS : (uint32_t)roll(s, BM_CPUS);
	ev->stack = (uint32_t)roll(s, BM_STACKS);
	ev->addr = addr(roll(s, ADDRS));
	return ev;
}

/* Valid events of malloc: a realloc is whole, so that nothing comes between. */
static void of_malloc(struct script *s)
{
	uint64_t from = roll(s, ADDRS), to = roll(s, ADDRS);
	struct pt_event *ev = event(s, s->live[from] ? PT_EV_FREE : PT_EV_ALLOC), *end;

	ev->addr = addr(from);
	ev->size_bytes = 100;
	if (ev->kind == PT_EV_ALLOC || roll(s, 2) || (s->live[to] && to != from)) {
		s->live[from] = !s->live[from];
		return;
	}
	ev->kind = PT_EV_REALLOC_BEGIN;
	end = event(s, roll(s, 6) ? PT_EV_REALLOC_END : PT_EV_REALLOC_FREED);
	end->thread = ev->thread;
	end->old_addr = addr(from);
	end->addr = end->kind == PT_EV_REALLOC_END ? addr(to) : 0;
	end->size_bytes = 120;
	s->live[from] = false;
	s->live[to] = end->kind == PT_EV_REALLOC_END;
	if (end->kind == PT_EV_REALLOC_FREED)
		s->live[to] = to == from ? false : s->live[to];
}

static void of_pool(struct script *s)
{
	static const uint8_t kinds[] = { PT_EV_POOL_GET,  PT_EV_POOL_GET,   PT_EV_POOL_GET,    PT_EV_POOL_GET,
					 PT_EV_POOL_PUT,  PT_EV_POOL_PUT,   PT_EV_POOL_PUT,    PT_EV_POOL_PUT,
					 PT_EV_POOL_PUT,  PT_EV_POOL_STOCK, PT_EV_POOL_STOCK,  PT_EV_POOL_DROP,
					 PT_EV_POOL_MOVE, PT_EV_POOL_MISS,  PT_EV_POOL_RESIZE, PT_EV_POOL_PURGE };
	struct pt_event *ev = event(s, kinds[roll(s, sizeof(kinds))]), *get;

	ev->pool = 0x900000 + roll(s, BM_POOLS);
	ev->shard = roll(s, 4) ? roll(s, 3) : PT_SHARD_THREAD;
	if (ev->kind == PT_EV_POOL_GET || ev->kind == PT_EV_POOL_STOCK)
		ev->size_bytes = s->sizes ? 0 : 50 * roll(s, 5);
	if (ev->kind == PT_EV_POOL_PURGE && roll(s, 2))
		ev->shard = PT_SHARD_ALL;
	if (ev->kind == PT_EV_POOL_RESIZE) {
		ev->size_bytes = 40 * roll(s, 6);
		ev->new_addr = roll(s, 2) ? ev->addr : addr(roll(s, ADDRS));
	}
	if (ev->kind != PT_EV_POOL_MISS || !roll(s, 4))
		return;
	get = event(s, PT_EV_POOL_GET);
	get->pool = ev->pool;
	get->shard = ev->shard;
	get->thread = ev->thread;
	get->cpu = roll(s, 3) ? ev->cpu : get->cpu;
}

static void of_life(struct script *s)
{
	struct pt_event *ev = event(s, roll(s, 3) ? PT_EV_POOL_CREATE : PT_EV_POOL_DESTROY);

	ev->pool = 0x900000 + roll(s, BM_POOLS);
	if (ev->kind == PT_EV_POOL_DESTROY)
		return;
	ev->text = roll(s, 3) ? "a" : "b";
	ev->size_bytes = s->sizes == 1 ? 64 : s->sizes == 2 && roll(s, 2) ? 64 : 100 * roll(s, 2);
}

size_t bm_script(uint64_t seed, struct pt_event out[BM_EVENTS])
{
	struct script s = { .random = seed * 0x9e3779b97f4a7c15ull + 1, .out = out, .sizes = seed % 3 };
	size_t wanted = 100 + roll(&s, BM_EVENTS - 102);

	for (uint32_t i = 0; i < 4; i++)
		of_life(&s);
	while (s.nr < wanted) {
		uint64_t what = roll(&s, 100);

		if (what < 2)
			of_life(&s);
		else if (what < 15)
			of_malloc(&s);
		else
			of_pool(&s);
	}
	return s.nr;
}
