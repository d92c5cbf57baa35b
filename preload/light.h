/* SPDX-License-Identifier: MIT */
/*
 * light.h - events that are counted or sampled instead of told: the light modes (mode.h).
 *
 * The way of an event that is told is the same as ever: it finds pt_self NULL, or a process that takes nothing, and goes
 * the slow way; that leads here first. Runs inside malloc() and in signal handlers: no locks, no malloc; errno kept.
 */
#ifndef PT_LIGHT_H
#define PT_LIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/layout.h"
#include "count.h"
#include "draw.h"
#include "thread.h"

struct pt_entry;

/* A thread's. Stays when every event is told again; taken over by another when the thread has ended. */
struct pt_light {
	/* What every event of PT_MODE_SAMPLE touches, in one line of the cache; of PT_MODE_COUNTERS: pt_count_here. */
	uint64_t sampling; /* the last `mode` of that kind: its draw was made then */
	struct pt_draw draw;
	/* The rest. */
	uint32_t look_every; /* PT_MODE_SAMPLE: KiB, at first 1 */
	struct pt_counter counter;
	uint64_t mode; /* pt_process.light that this is set up for */
	uint64_t looked_tick, name_tick;
	uint32_t opened; /* pt_process.opened of its trace; 0: nobody's */
	uint32_t tid;
	uint64_t serial;
	struct pt_leaver leaver;
};

/* pt_light_boot() - the allocator is known. Once, at start-up. */
void pt_light_boot(void);

/* pt_light_open() - the process counts, samples, or neither (PT_MODE_FULL) from now on. */
void pt_light_open(enum pt_mode kind);

/* pt_light_look() - what is looked at once in a while, and when to do it next. */
void pt_light_look(struct pt_light *l);

/* An event that is counted: is it time? */
static inline bool pt_light_is_due(void)
{
	bool due;

	__asm__ volatile("subl $1, %1" : "=@ccle"(due), "+m"(pt_count_until_look));
	return __builtin_expect(due, 0);
}

static inline void pt_light_count_event(struct pt_light *l)
{
	if (pt_light_is_due())
		pt_light_look(l);
}

/* pt_light_reached() - pt_draw_spend() said so: is a block of that size drawn? */
bool pt_light_reached(size_t size_bytes);

/* pt_light_drawn() - `p` is, with the rate of `mode`: it is noted. A writer to tell it, or NULL: lost. */
struct pt_writer *pt_light_drawn(uint64_t mode, void *p, const struct pt_entry *at);

/* pt_light_alloc() - an allocation, on the slow way. A writer with room when it is to be told, busy. NULL: it is
 * counted, not drawn, lost or not taken. */
struct pt_writer *pt_light_alloc(enum pt_fn fn, void *p, size_t size_bytes, const struct pt_entry *at);

/* pt_light_free() - the same of a free. */
struct pt_writer *pt_light_free(void *p, const struct pt_entry *at);

/* A reallocation from its begin to its end. */
struct pt_light_change {
	struct pt_light *light; /* NULL: lost, or not taken */
	uint64_t mode;
	enum pt_fn fn;
	void *p;
	uint64_t old_bytes; /* usable */
	bool lost, was_drawn, told;
};

/* pt_light_begin() - before the real call. False: the process tells every event; nothing was done. */
bool pt_light_begin(struct pt_light_change *c, enum pt_fn fn, void *p, const struct pt_entry *at);

/* pt_light_end() - after it. q: the block now, or NULL; freed: then the old one was. */
void pt_light_end(struct pt_light_change *c, void *q, size_t size_bytes, bool freed, const struct pt_entry *at);

/*
 * pt_light_late() - the new block of a reallocation whose begin was told as every event is, on the slow way. A writer to tell
 * it with. NULL: it was counted, lost, or not drawn, and the begin is said to have been a free.
 */
struct pt_writer *pt_light_late(enum pt_fn fn, void *q, size_t size_bytes, const struct pt_entry *at);

/* What happened in an annotated pool. */
enum pt_light_what {
	PT_LIGHT_GET,
	PT_LIGHT_PUT,
	PT_LIGHT_MISS,
	PT_LIGHT_STOCK,
	PT_LIGHT_DROP,
	PT_LIGHT_PURGE,
	PT_LIGHT_CHANGE, /* not counted */
	PT_LIGHT_DEFINE, /* nor this, but told in all modes */
};
struct pt_light_event {
	enum pt_light_what what;
	uint32_t shard_code;
	uint64_t pool, bytes;
};

/* pt_light_pool() - on the slow way. False: it is to be told. */
bool pt_light_pool(const struct pt_light_event *ev, const struct pt_entry *at);

/* pt_light_prepare() - the calling thread's counters, as long as they can still be had. */
void pt_light_prepare(const struct pt_entry *at);

/* pt_light_exit() - the calling thread ends. */
void pt_light_exit(struct pt_light *l);

#endif
