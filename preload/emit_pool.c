/* SPDX-License-Identifier: MIT */
/* emit_pool.c - events of annotated pools. See emit_pool.h for the rules. */
#include "emit_pool.h"

#include <string.h>

#include "boot.h"
#include "config.h"
#include "emit.h"
#include "mode.h"
#include "snapshot.h"

static inline uint64_t tick_fenced(void)
{
	_mm_lfence();
	return pt_tick_now();
}

/* An event under way: its writer, with room for one record, and what all of them have. */
struct event {
	struct pt_writer *w;
	uint64_t tick;
	uint32_t stack;
};

/* With room for `bytes`. False: nothing to write to. Counted as lost where it is a loss, else counted where that is all
 * that is done. */
static inline __attribute__((always_inline)) bool enter(struct event *e, const struct pt_light_event *ev,
							const struct pt_entry *at, bool with_stack, size_t bytes)
{
	struct pt_writer *w;
	uint32_t cpu;
	bool slow;

	if (pt_unlikely(!pt_process) && !pt_boot())
		return false;
	w = pt_emit_enter_fast(at, PT_CLASS_POOL, &slow);
	if (pt_unlikely(slow))
		w = pt_light_pool(ev, at) ? NULL : pt_emit_enter_slow(at->sp, PT_CLASS_POOL);
	if (pt_unlikely(!w))
		return false;
	e->w = w;
	e->stack = with_stack && w->depth ? pt_stack_id(&w->stacks, at, w->depth) : 0;
	e->tick = tick_fenced();
	cpu = pt_cpu_now();
	if (pt_unlikely(cpu != w->cpu || e->tick >= w->sample_tick) && pt_emit_asides(w, cpu, e->tick))
		e->stack = PT_STACK_NO_ROOM;
	else if (pt_unlikely(w->stacks.nodes_nr != w->stacks.written_nr))
		e->stack = pt_emit_frames(w, e->stack, bytes);
	if (pt_likely(e->stack != PT_STACK_NO_ROOM))
		return true;
	pt_emit_abandon(w, PT_CLASS_POOL);
	return false;
}

static void leave(struct event *e, int written)
{
	if (pt_unlikely(written))
		pt_emit_abandon(e->w, PT_CLASS_POOL);
	else
		pt_emit_leave(e->w);
}

void pt_pool_get(const void *pool, const void *object, size_t bytes, uint32_t shard, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_GET, PT_SHARD_CODE(shard), (uint64_t)pool, bytes };
	struct event e;
	uint8_t *end, head;

	if (!enter(&e, &ev, at, true, PT_RECORD_BYTES_MAX))
		return;
	end = pt_put_get(&e.w->codec, e.w->pos, e.tick, (uint64_t)object, bytes, e.stack, (uint64_t)pool, shard,
			 &head);
	pt_record_commit(e.w, end, head);
	leave(&e, 0);
}

void pt_pool_put(const void *pool, const void *object, uint32_t shard, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_PUT, PT_SHARD_CODE(shard), (uint64_t)pool, 0 };
	struct event e;
	uint8_t *end, head;

	if (!enter(&e, &ev, at, true, PT_RECORD_BYTES_MAX))
		return;
	end = pt_put_put(&e.w->codec, e.w->pos, e.tick, (uint64_t)object, e.stack, (uint64_t)pool, shard, &head);
	pt_record_commit(e.w, end, head);
	leave(&e, 0);
}

/* The rarer ones: numbers, and the stack as the last of them when the kind has one. */
static void small(enum pt_ext ext, const struct pt_light_event *ev, uint64_t *fields, unsigned int nr, bool with_stack,
		  const struct pt_entry *at)
{
	struct event e;

	if (!enter(&e, ev, at, with_stack, PT_RECORD_BYTES_MAX))
		return;
	if (with_stack)
		fields[nr++] = e.stack;
	leave(&e, pt_record_small(e.w, ext, e.tick, fields, nr));
}

/* Those that end in a name. In a ring the names of pools are pinned, and then without the stack, which is not. */
static const struct pt_light_event definition = { .what = PT_LIGHT_DEFINE };

static void named(enum pt_ext ext, uint64_t *fields, unsigned int nr, bool with_stack, const char *name,
		  size_t bytes_max, const struct pt_entry *at)
{
	struct pt_pin pin = { .pinned = false };
	struct event e;
	int written;

	if (!name)
		name = "";
	if (!enter(&e, &definition, at, with_stack, PT_RECORD_LARGE_BYTES_MAX))
		return;
	if (ext != PT_EXT_MARK)
		pin = pt_pin_begin(e.w, PT_RECORD_LARGE_BYTES_MAX);
	if (with_stack)
		fields[nr++] = pin.pinned ? 0 : e.stack;
	written = pt_record_large(e.w, ext, fields, nr, NULL, 0, name, strnlen(name, bytes_max));
	pt_pin_end(e.w, &pin);
	leave(&e, written);
}

void pt_pool_create(const void *pool, const char *name, size_t bytes, uint32_t shards, const struct pt_entry *at)
{
	uint64_t fields[4] = { (uint64_t)pool, bytes, shards };

	named(PT_EXT_POOL_CREATE, fields, 3, true, name, PT_POOL_NAME_BYTES_MAX, at);
}

void pt_pool_destroy(const void *pool, const struct pt_entry *at)
{
	uint64_t fields[2] = { (uint64_t)pool };

	small(PT_EXT_POOL_DESTROY, &definition, fields, 1, true, at);
}

void pt_pool_shard_name(const void *pool, uint32_t shard, const char *name, const struct pt_entry *at)
{
	uint64_t fields[2] = { (uint64_t)pool, PT_SHARD_CODE(shard) };

	named(PT_EXT_SHARD_NAME, fields, 2, false, name, PT_POOL_NAME_BYTES_MAX, at);
}

void pt_pool_miss(const void *pool, uint32_t shard, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_MISS, PT_SHARD_CODE(shard), (uint64_t)pool, 0 };
	uint64_t fields[2] = { (uint64_t)pool, PT_SHARD_CODE(shard) };

	small(PT_EXT_POOL_MISS, &ev, fields, 2, false, at);
}

void pt_pool_stock(const void *pool, const void *object, size_t bytes, uint32_t shard, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_STOCK, PT_SHARD_CODE(shard), (uint64_t)pool, bytes };
	uint64_t fields[5] = { (uint64_t)pool, (uint64_t)object, bytes, PT_SHARD_CODE(shard) };

	small(PT_EXT_POOL_STOCK, &ev, fields, 4, true, at);
}

void pt_pool_drop(const void *pool, const void *object, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_DROP, 0, (uint64_t)pool, 0 };
	uint64_t fields[3] = { (uint64_t)pool, (uint64_t)object };

	small(PT_EXT_POOL_DROP, &ev, fields, 2, true, at);
}

void pt_pool_purge(const void *pool, uint32_t shard, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_PURGE, PT_SHARD_CODE(shard), (uint64_t)pool, 0 };
	uint64_t fields[3] = { (uint64_t)pool, PT_SHARD_CODE(shard) };

	small(PT_EXT_POOL_PURGE, &ev, fields, 2, true, at);
}

void pt_pool_move(const void *pool, const void *object, uint32_t shard, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_CHANGE, 0, (uint64_t)pool, 0 };
	uint64_t fields[3] = { (uint64_t)pool, (uint64_t)object, PT_SHARD_CODE(shard) };

	small(PT_EXT_POOL_MOVE, &ev, fields, 3, false, at);
}

void pt_pool_resize(const void *pool, const void *object, const void *now, size_t bytes, const struct pt_entry *at)
{
	const struct pt_light_event ev = { PT_LIGHT_CHANGE, 0, (uint64_t)pool, 0 };
	uint64_t fields[5] = { (uint64_t)pool, (uint64_t)object, (uint64_t)now, bytes };

	small(PT_EXT_POOL_RESIZE, &ev, fields, 4, true, at);
}

void pt_pool_mark(const char *name, const struct pt_entry *at)
{
	uint64_t fields[1];

	named(PT_EXT_MARK, fields, 0, true, name, PT_MARK_BYTES_MAX, at);
	if (pt_config.snapshot_mark)
		pt_snapshot_take(PT_SNAP_MARK, at);
}

void pt_pool_pause(const struct pt_entry *at)
{
	if (!atomic_load(&pt_paused)) {
		pt_emit_last(at);
		small(PT_EXT_PAUSE, &definition, NULL, 0, false, at);
	}
	pt_process_pause(true);
}

void pt_pool_resume(const struct pt_entry *at)
{
	if (!atomic_load(&pt_paused))
		return;
	pt_process_pause(false);
	small(PT_EXT_RESUME, &definition, NULL, 0, false, at);
}

int pt_pool_mode(uint64_t kind, uint64_t sample_bytes, const struct pt_entry *at)
{
	uint64_t bytes = sample_bytes ? sample_bytes : PT_SAMPLE_BYTES_DEFAULT;
	struct pt_writer *w;

	if ((!pt_process && !pt_boot()) || !pt_process_start() || !pt_mode_possible(kind, bytes))
		return -1;
	w = pt_emit_enter(at, PT_CLASS_OTHER);
	if (pt_mode_change(pt_process, w, (enum pt_mode)kind, (uint32_t)bytes))
		pt_emit_abandon(w, PT_CLASS_OTHER);
	else if (w)
		pt_emit_leave(w);
	return 0;
}
