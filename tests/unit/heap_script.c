/* SPDX-License-Identifier: MIT */
/*
 * heap_script.c - scripts that make blocks overlap, coalesce, move and vanish a lot.
 *
 * The generator keeps a list of addresses it has used; most frees and reallocs name one of these,
 * so that real life cycles happen, and some name anything.
 */
#include "heap_script.h"

#include <stdbool.h>
#include <string.h>

#include "../../format/layout.h"

#define RECENT 48u

struct script {
	uint64_t random;
	unsigned int landscape;
	uint32_t threads, cpus, sites;
	uint64_t now;
	uint64_t recent[RECENT];
	uint64_t pending[8]; /* old address of each thread's realloc, 0 = none */
};

static uint64_t roll(struct script *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random * 0x2545f4914f6cdd1dull;
}

static uint64_t below(struct script *s, uint64_t limit)
{
	return (roll(s) >> 20) % limit;
}

static uint64_t any_addr(struct script *s)
{
	static const uint64_t hostile[] = { 1, 1ull << 14, 1ull << 40, 1ull << 63,
					    UINT64_MAX - (1u << 15) };

	switch (s->landscape) {
	case 0:
		return 0x10000 + below(s, 64) * 16;
	case 1:
		return 0x14000 - 256 + below(s, 64) * 8;
	case 2:
		return 0x7f0000000000 + below(s, 96) * 4096 + below(s, 2) * 16;
	case 3:
		return 0x200000 + below(s, 1536) * 24;
	default:
		return hostile[below(s, 5)] + below(s, 1u << 15) / (1 + below(s, 64));
	}
}

static uint64_t any_size(struct script *s)
{
	switch (s->landscape) {
	case 0:
		return below(s, 10) ? below(s, 72) : below(s, 400);
	case 1:
		return below(s, 4) ? below(s, 100) : 1ull << below(s, 16);
	case 2:
		return below(s, 3) ? below(s, 5) * 16384 + below(s, 40) : below(s, 90000);
	case 3:
		return below(s, 20) ? below(s, 40) : below(s, 30000);
	default:
		return below(s, 2) ? below(s, 300) : roll(s) >> below(s, 64);
	}
}

static uint64_t known_addr(struct script *s)
{
	uint64_t addr = below(s, 8) ? s->recent[below(s, RECENT)] : 0;

	return addr ? addr : any_addr(s);
}

static void new_block(struct script *s, struct pt_event *ev)
{
	ev->addr = below(s, 3) ? known_addr(s) : any_addr(s);
	ev->size_bytes = any_size(s);
	ev->stack = (uint32_t)below(s, s->sites);
	s->recent[below(s, RECENT)] = ev->addr;
}

/* The realloc that this thread has begun goes on. */
static void end_realloc(struct script *s, struct pt_event *ev)
{
	uint64_t outcome = below(s, 10);

	ev->old_addr = below(s, 20) ? s->pending[ev->thread] : known_addr(s);
	s->pending[ev->thread] = 0;
	if (outcome < 2) {
		ev->kind = outcome ? PT_EV_REALLOC_FAILED : PT_EV_REALLOC_FREED;
		return;
	}
	ev->kind = PT_EV_REALLOC_END;
	new_block(s, ev);
	if (outcome < 6)
		ev->addr = ev->old_addr;
	else if (outcome < 7)
		ev->addr = ev->old_addr + 8;
}

static void mapping(struct script *s, struct pt_event *ev)
{
	static const uint8_t kinds[] = { PT_EV_GONE, PT_EV_GONE,   PT_EV_GONE,
					 PT_EV_MMAP, PT_EV_MUNMAP, PT_EV_MREMAP };

	ev->kind = kinds[below(s, 6)];
	ev->addr = known_addr(s);
	ev->size_bytes = any_size(s) * (1 + below(s, 4));
	ev->old_addr = below(s, 3) ? known_addr(s) : ev->addr;
	ev->old_size_bytes = any_size(s);
	ev->flags = (uint8_t)(ev->kind == PT_EV_GONE ? 1 + below(s, 3) : below(s, 2));
}

static void one(struct script *s, struct pt_event *ev)
{
	uint64_t dice = below(s, 100);

	memset(ev, 0, sizeof(*ev));
	s->now += below(s, 4) ? below(s, 3000) : below(s, 1ull << below(s, 34));
	ev->time_ns = below(s, 30) ? s->now : s->now - s->now / 1000;
	ev->thread = (uint32_t)below(s, s->threads);
	ev->cpu = (uint32_t)below(s, s->cpus);
	if (s->pending[ev->thread] && dice % 3) {
		end_realloc(s, ev);
	} else if (dice < 45) {
		ev->kind = PT_EV_ALLOC;
		new_block(s, ev);
	} else if (dice < 80) {
		ev->kind = PT_EV_FREE;
		ev->addr = known_addr(s);
	} else if (dice < 90) {
		ev->kind = PT_EV_REALLOC_BEGIN;
		ev->addr = s->pending[ev->thread] = known_addr(s);
	} else if (dice < 95) {
		mapping(s, ev);
	} else if (dice < 98) {
		ev->kind = PT_EV_USABLE;
		ev->size_bytes = any_size(s);
		ev->old_size_bytes = ev->size_bytes + below(s, 24);
	} else {
		ev->kind = PT_EV_RSS;
		ev->old_size_bytes = below(s, 1u << 20);
		ev->size_bytes = ev->old_size_bytes + below(s, 1000);
	}
}

size_t heap_script(uint64_t seed, struct pt_event out[SCRIPT_EVENTS_MAX])
{
	struct script s = { .random = (seed + 1) * 0x9e3779b97f4a7c15ull,
			    .landscape = (unsigned int)(seed % SCRIPT_KINDS) };
	size_t nr = 200 + below(&s, SCRIPT_EVENTS_MAX - 199);

	s.threads = 1 + (uint32_t)below(&s, 6);
	s.cpus = 1 + (uint32_t)below(&s, 4);
	s.sites = 1 + (uint32_t)below(&s, 10);
	for (size_t i = 0; i < nr; i++)
		one(&s, &out[i]);
	return nr;
}
