/* SPDX-License-Identifier: MIT */
/* light_settle.c - a thread is set up for what is recorded now. See light_parts.h. */
#include "light_parts.h"

#include <string.h>

#include "emit.h"
#include "mode.h"
#include "process.h"
#include "sys.h"

#define NAME_TICKS (1ull << 22)

void pt_light_lose(enum pt_event_class class)
{
	struct pt_process *pr = pt_process;
	uint32_t stopped = atomic_load(&pr->stopped);

	pt_segment_lose(pr, (uint32_t)pt_light->serial,
			atomic_load(&pt_quiet) ? PT_LOST_SANDBOX :
			stopped		       ? (enum pt_lost)(stopped - 1) :
						 PT_LOST_MEMORY,
			class);
}

static struct pt_light *of_leaver(struct pt_leaver *l)
{
	return (struct pt_light *)((unsigned char *)l - offsetof(struct pt_light, leaver));
}

/* What a thread that is gone left, its counts put away. */
static struct pt_light *take_over(struct pt_process *pr, uint32_t tid)
{
	struct pt_leaver *leaver = pt_leaver_take(&pr->light_exited, tid);
	struct pt_light *l = leaver ? of_leaver(leaver) : NULL;

	if (l && l->counter.begun && !pt_count_fold(pr, l->counter.block)) {
		pt_leaver_push(&pr->light_exited, leaver);
		return NULL;
	}
	return l;
}

/* No handler runs meanwhile: one that jumps out would leave counts half folded, and a block without a thread. */
static struct pt_light *attach(struct pt_process *pr, uint32_t opened)
{
	uint64_t before = 0;
	uint32_t tid;
	struct pt_light *l;
	struct pt_count_block *block;

	if (atomic_load(&pt_quiet) || !pt_sys_block(&before))
		return NULL;
	tid = pt_sys_gettid();
	l = take_over(pr, tid);
	if (!l)
		l = pt_pages_alloc(sizeof(*l));
	if (l) {
		block = l->counter.block;
		memset(l, 0, sizeof(*l));
		l->mode = UINT64_MAX; /* of none, until it could be set up: 0 is what a process has that is paused or tells every event */
		l->counter.block = block;
		l->opened = opened;
		l->tid = l->leaver.tid = tid;
		l->serial = pt_mine && pt_mine->opened == opened ? pt_mine->serial : atomic_fetch_add(&pr->serials, 1) + 1;
		l->draw.random = __rdtsc() ^ l->serial << 32 ^ (uint64_t)l;
		l->looked_tick = pt_tick_now();
		l->name_tick = l->looked_tick + NAME_TICKS;
		l->look_every = 1;
		l->sampling = UINT64_MAX;
		pt_count_here.where = PT_COUNT_NOWHERE; /* what is there is of another trace */
		pt_count_until_look = 0;
		pt_light = l;
		pt_thread_told();
	}
	pt_sys_unblock(&before);
	return l;
}

/* Counters at 0. Those that another thread left are nobody's until then. */
static bool begin_counting(struct pt_process *pr, struct pt_light *l)
{
	const struct pt_count_owner owner = { l->serial, l->tid };
	uint64_t before = 0;
	bool done;

	if (l->counter.begun)
		return true;
	if (atomic_load(&pt_quiet) || !pt_sys_block(&before))
		return false;
	done = l->counter.begun || pt_count_begin(pr, &l->counter, &owner);
	pt_sys_unblock(&before);
	return done;
}

struct pt_light *pt_light_settle(const struct pt_entry *at, enum pt_light_way *way)
{
	struct pt_process *pr = pt_process;
	struct pt_light *l;
	uint64_t mode;
	uint32_t opened;

	*way = PT_LIGHT_NOT_TAKEN;
	if (pt_internal || !pt_emit_going(at->sp))
		return NULL;
	opened = *(volatile uint32_t *)&pr->opened;
	if (!opened) /* forked since, by a handler */
		return NULL;
	*way = PT_LIGHT_TOLD;
	mode = *(volatile uint64_t *)&pr->light;
	if (!mode)
		return NULL;
	*way = PT_LIGHT_HERE;
	pt_self = NULL;
	l = pt_light;
	if (l->opened != opened)
		l = attach(pr, opened);
	if (!l || l->mode == mode)
		return l;
	if (pt_mode_kind(mode) == PT_MODE_COUNTERS && !begin_counting(pr, l))
		return NULL;
	if (pt_mode_kind(mode) == PT_MODE_SAMPLE) {
		if (!pt_drawn_make())
			return NULL;
		l->look_every = 1;
		pt_draw_begin(&l->draw, pt_mode_bytes(mode), pt_light_look_bytes(l));
		l->sampling = mode;
	}
	l->mode = mode;
	return l;
}
