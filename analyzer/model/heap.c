/* SPDX-License-Identifier: MIT */
/*
 * heap.c - what each event does to blocks.
 *
 * The way of nearly all events: a free turns a block idle in place; an allocation finds an idle
 * block at its very address that is at least as long. Neither needs the address index: a range
 * inside an idle block overlaps nothing else and is not fresh.
 */
#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../../format/layout.h"

#define CPU_MAX	      65534u /* CPUs from here on are one; dense numbers fit 16 bits */
#define LOOKUPS_AHEAD 8u

int pt_heap_init(struct pt_heap *h, uint16_t pool, pt_change_fn *sink, void *arg)
{
	memset(h, 0, sizeof(*h));
	h->pool = pool;
	h->sink = sink;
	h->sink_arg = arg;
	h->cpu_key = UINT32_MAX;
	if (!pt_index_init(&h->index) && !pt_classes_init(&h->classes))
		return 0;
	pt_heap_fini(h);
	return -PT_ENOMEM;
}

void pt_heap_fini(struct pt_heap *h)
{
	pt_index_fini(&h->index);
	pt_classes_fini(&h->classes);
	pt_mapped_fini(&h->mapped);
	pt_dense_fini(&h->cpus);
	pt_dense_fini(&h->sites);
	free(h->moves);
	free(h->last_got);
	memset(h, 0, sizeof(*h));
}

static void fail(struct pt_heap *h, int error)
{
	if (!h->error)
		h->error = error;
}

static void flush(struct pt_heap *h)
{
	if (h->changes_nr && !h->error)
		fail(h, h->sink(h->sink_arg, h->changes, h->changes_nr));
	h->changes_nr = 0;
}

/* The next change of the batch, with what all kinds have in common. */
static inline struct pt_change *publish(struct pt_heap *h, enum pt_change_kind kind, uint64_t addr,
					uint64_t size_bytes)
{
	struct pt_change *c;

	if (__builtin_expect(h->changes_nr == PT_BATCH_CHANGES, 0))
		flush(h);
	c = &h->changes[h->changes_nr++];
	c->kind = (uint8_t)kind;
	c->flags = 0;
	c->pool = h->pool;
	c->epoch = h->epoch;
	c->time_ns = h->now_ns;
	c->addr = addr;
	c->size_bytes = size_bytes;
	return c;
}

static uint32_t class_of(struct pt_heap *h, uint64_t size_bytes)
{
	uint32_t class = pt_classes_of(&h->classes, size_bytes);

	if (__builtin_expect(class == PT_CLASS_NONE, 0))
		fail(h, -PT_ENOMEM);
	return class;
}

static void forget(struct pt_heap *h, struct pt_block *b)
{
	pt_index_del(&h->index, b);
}

/* An idle block ends: REUSED, GONE; or is found at the end: LEFT. The table is not changed. */
static inline void publish_idle(struct pt_heap *h, enum pt_change_kind kind, const struct pt_block *b)
{
	struct pt_change *c = publish(h, kind, b->addr, b->size_bytes);

	c->thread = c->owner_thread = b->thread;
	c->cpu = c->owner_cpu = b->cpu;
	c->site = b->site;
	c->since_ns = b->since_ns;
	c->class = class_of(h, b->size_bytes);
	if (kind != PT_CHANGE_LEFT)
		h->idle_bytes -= b->size_bytes;
}

/* A block in use ends: PUT, RESIZED, TAKEN, MISSED. The table is not changed. */
static inline struct pt_change *publish_used(struct pt_heap *h, enum pt_change_kind kind,
					     const struct pt_block *b, uint32_t thread, uint16_t cpu)
{
	struct pt_change *c = publish(h, kind, b->addr, b->size_bytes);

	c->thread = thread;
	c->cpu = cpu;
	c->owner_thread = b->thread;
	c->owner_cpu = b->cpu;
	c->site = b->site;
	h->in_use_bytes -= b->size_bytes;
	return c;
}

static inline void put(struct pt_heap *h, struct pt_block *b, uint32_t thread, uint16_t cpu,
		       uint64_t since_ns, uint8_t flags)
{
	struct pt_change *c = publish_used(h, PT_CHANGE_PUT, b, thread, cpu);

	c->flags = flags;
	c->since_ns = since_ns;
	c->class = class_of(h, b->size_bytes);
	h->idle_bytes += b->size_bytes;
	if (h->idle_bytes > h->peak_idle_bytes)
		h->peak_idle_bytes = h->idle_bytes;
	b->state = PT_BLOCK_IDLE;
	b->since_ns = since_ns;
	b->thread = thread;
	b->cpu = cpu;
}

static int move_begin(struct pt_heap *h, struct pt_block *b, uint32_t thread, uint8_t flags)
{
	struct pt_move *m;
	uint32_t nr = h->free_move - 1;

	if (!h->free_move) {
		if (h->moves_nr == h->moves_max) {
			uint32_t max = h->moves_max ? 2 * h->moves_max : 16;
			struct pt_move *moves = realloc(h->moves, max * sizeof(*moves));

			if (!moves)
				return -PT_ENOMEM;
			h->moves = moves;
			h->moves_max = max;
		}
		nr = h->moves_nr++;
	} else {
		h->free_move = h->moves[nr].next;
	}
	m = &h->moves[nr];
	*m = (struct pt_move){ .begin_ns = h->now_ns,
			       .got_ns = b->since_ns,
			       .gone_ns = PT_NOT_GONE,
			       .thread = thread,
			       .cpu = (uint16_t)h->cpu,
			       .flags = flags };
	b->state = PT_BLOCK_MOVING;
	b->since_ns = nr;
	return 0;
}

/* The realloc of a MOVING block is over, one way or another; returns what was known of it. */
static struct pt_move move_end(struct pt_heap *h, struct pt_block *b)
{
	uint32_t nr = (uint32_t)b->since_ns;
	struct pt_move m = h->moves[nr];

	h->moves[nr].next = h->free_move;
	h->free_move = nr + 1;
	b->state = PT_BLOCK_IN_USE;
	b->since_ns = m.got_ns;
	return m;
}

/* The old block of a realloc was freed at the begin and has already ended since. */
static void taken(struct pt_heap *h, struct pt_block *b, const struct pt_move *m, uint8_t flags)
{
	struct pt_change *c = publish_used(h, PT_CHANGE_TAKEN, b, m->thread, m->cpu);

	c->flags = flags;
	c->since_ns = m->begin_ns;
	if (m->gone_ns != PT_NOT_GONE) {
		c->flags |= PT_CHANGE_UNMAPPED;
		c->time_ns = m->gone_ns;
	}
	forget(h, b);
}

/* A new block lies over this one, wholly or in part. */
static void end_overlapped(struct pt_heap *h, struct pt_block *b, const struct pt_event *ev)
{
	struct pt_move m;

	switch (b->state) {
	case PT_BLOCK_IDLE:
		publish_idle(h, PT_CHANGE_REUSED, b);
		forget(h, b);
		break;
	case PT_BLOCK_MOVING:
		m = move_end(h, b);
		taken(h, b, &m, 0);
		break;
	default:
		publish_used(h, PT_CHANGE_MISSED, b, ev->thread, (uint16_t)h->cpu);
		forget(h, b);
	}
}

/* A block starts at `addr`, just behind this one: what room it had beyond that is taken. */
static void limit_room(struct pt_block *b, uint64_t addr)
{
	uint64_t end_word = (pt_extent_end(b->addr, b->size_bytes) + 7) / 8;

	if (end_word + b->room > addr / 8)
		b->room = (addr / 8 > end_word ? addr / 8 - end_word : 0) & PT_BLOCK_ROOM_MAX;
}

static void end_all_overlapped(struct pt_heap *h, uint64_t addr, uint64_t end,
			       const struct pt_event *ev)
{
	uint64_t below[2], starts[LOOKUPS_AHEAD], at = addr;
	unsigned int nr = pt_index_below(&h->index, addr, below);

	for (unsigned int i = 0; i < nr; i++) {
		struct pt_block *b = pt_heap_find(h, below[i]);

		if (pt_extent_end(b->addr, b->size_bytes) > addr)
			end_overlapped(h, b, ev);
		else if (b->room)
			limit_room(b, addr);
	}
	do { /* all blocks of a batch are on their way into the cache before the first is touched */
		for (nr = 0; nr < LOOKUPS_AHEAD && pt_index_next(&h->index, at, end, &at); nr++) {
			pt_heap_prefetch(h, at);
			starts[nr] = at++;
		}
		for (unsigned int i = 0; i < nr; i++)
			end_overlapped(h, pt_heap_find(h, starts[i]), ev);
	} while (nr == LOOKUPS_AHEAD);
}

/*
 * Whether a block at the address of `b` can take its slot as it is: it lies inside the words
 * that `b` has, or had and nobody took since. So it overlaps no other block, it is not fresh, and the
 * address index need not know.
 */
static inline bool fits_slot(struct pt_block *b, uint64_t size_bytes)
{
	uint64_t words = (size_bytes + !size_bytes + 7) / 8;
	uint64_t had = (b->size_bytes + !b->size_bytes + 7) / 8 + b->room;

	if (words > had || !pt_span_is_small(b->addr, size_bytes) ||
	    !pt_span_is_small(b->addr, b->size_bytes))
		return size_bytes <= b->size_bytes &&
		       pt_span_is_small(b->addr, size_bytes) == pt_span_is_small(b->addr, b->size_bytes);
	b->room = (had - words < PT_BLOCK_ROOM_MAX ? had - words : PT_BLOCK_ROOM_MAX) & PT_BLOCK_ROOM_MAX;
	return true;
}

/*
 * A slot for a new block, after all that it overlaps has ended; NULL = no memory. `at` is what
 * starts at its address now, or NULL.
 */
static inline struct pt_block *place(struct pt_heap *h, const struct pt_event *ev, uint64_t size_bytes,
				     struct pt_block *at, uint8_t *flags)
{
	uint64_t end;

	*flags = 0;
	if (at && at->state == PT_BLOCK_IDLE && fits_slot(at, size_bytes)) {
		publish_idle(h, PT_CHANGE_REUSED, at);
		return at;
	}
	end = pt_extent_end(ev->addr, size_bytes);
	if (pt_index_fresh(&h->index, ev->addr, end))
		*flags = PT_CHANGE_FRESH;
	else
		end_all_overlapped(h, ev->addr, end, ev);
	return pt_index_add(&h->index, ev->addr, size_bytes);
}

/* Only a GOT can make a peak: what an event ends or puts comes before it (change.h). */
static inline void watch_peaks(struct pt_heap *h)
{
	uint64_t held_bytes = h->in_use_bytes + h->idle_bytes;

	if (h->in_use_bytes > h->peak_in_use_bytes) {
		h->peak_in_use_bytes = h->in_use_bytes;
		h->peak_in_use_ns = h->now_ns;
	}
	if (held_bytes > h->peak_held_bytes) {
		h->peak_held_bytes = held_bytes;
		h->peak_held_ns = h->now_ns;
		h->idle_at_peak_bytes = h->idle_bytes;
		h->epoch++;
	}
}

static inline int got(struct pt_heap *h, struct pt_block *b, const struct pt_event *ev,
		      uint64_t size_bytes, uint8_t flags)
{
	struct pt_change *c;
	uint32_t site = pt_dense_get(&h->sites, ev->stack);

	if (site == PT_DENSE_NONE)
		return -PT_ENOMEM;
	b->since_ns = h->now_ns;
	b->state = PT_BLOCK_IN_USE;
	b->size_bytes = size_bytes & PT_BLOCK_SIZE_MAX;
	b->cpu = (uint16_t)h->cpu;
	b->thread = ev->thread;
	b->site = site;
	c = publish(h, PT_CHANGE_GOT, ev->addr, size_bytes);
	c->flags = flags;
	c->thread = c->owner_thread = ev->thread;
	c->cpu = c->owner_cpu = (uint16_t)h->cpu;
	c->site = site;
	h->in_use_bytes += size_bytes;
	watch_peaks(h);
	h->last_got[ev->thread] = ev->addr;
	return h->error;
}

static int allocate(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	uint64_t size_bytes = ev->size_bytes < PT_BLOCK_SIZE_MAX ? ev->size_bytes : PT_BLOCK_SIZE_MAX;
	uint8_t flags;

	if (!ev->addr)
		return 0;
	at = place(h, ev, size_bytes, at, &flags);
	return at ? got(h, at, ev, size_bytes, flags) : -PT_ENOMEM;
}

/* Whether the block was the last thing its owner allocated, and now `thread`, that very one, gives
 * it back. Any other allocation event of the thread in between has overwritten last_got. */
static uint8_t temporary(const struct pt_heap *h, const struct pt_block *b, uint32_t thread)
{
	return b->thread == thread && h->last_got[thread] == b->addr ? PT_CHANGE_TEMPORARY : 0;
}

static void stray(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_change *c = publish(h, PT_CHANGE_STRAY, ev->addr, 0);

	c->thread = c->owner_thread = ev->thread;
	c->cpu = c->owner_cpu = (uint16_t)h->cpu;
}

static int release(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	if (!ev->addr)
		return 0;
	if (at && at->state == PT_BLOCK_IN_USE)
		put(h, at, ev->thread, (uint16_t)h->cpu, h->now_ns,
		    PT_CHANGE_BY_FREE | temporary(h, at, ev->thread));
	else
		stray(h, ev);
	h->last_got[ev->thread] = 0;
	return h->error;
}

static int realloc_begin(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	int r = 0;

	if (!ev->addr)
		return 0;
	if (at && at->state == PT_BLOCK_IN_USE)
		r = move_begin(h, at, ev->thread, temporary(h, at, ev->thread));
	h->last_got[ev->thread] = 0;
	return r;
}

/* The block whose realloc by this thread ends now; NULL when there is none (any more). */
static struct pt_block *moving(const struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_block *b = pt_heap_find(h, ev->old_addr);

	if (b && b->state == PT_BLOCK_MOVING && h->moves[b->since_ns].thread == ev->thread)
		return b;
	return NULL;
}

static int realloc_end(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	uint64_t size_bytes = ev->size_bytes < PT_BLOCK_SIZE_MAX ? ev->size_bytes : PT_BLOCK_SIZE_MAX;
	uint64_t end = pt_extent_end(ev->addr, size_bytes);
	struct pt_block *old = moving(h, ev);
	struct pt_move m;
	uint8_t flags;

	if (!ev->addr || !old)
		return allocate(h, ev, at);
	m = move_end(h, old);
	if (ev->addr < pt_extent_end(old->addr, old->size_bytes) && old->addr < end) {
		publish_used(h, PT_CHANGE_RESIZED, old, ev->thread, (uint16_t)h->cpu);
		if (old->addr == ev->addr && fits_slot(old, size_bytes))
			return got(h, old, ev, size_bytes, 0);
		forget(h, old);
		return allocate(h, ev, pt_heap_find(h, ev->addr));
	}
	at = place(h, ev, size_bytes, at, &flags);
	if (!at)
		return -PT_ENOMEM;
	old = pt_heap_find(h, ev->old_addr);
	if (m.gone_ns != PT_NOT_GONE)
		taken(h, old, &m, 0);
	else
		put(h, old, m.thread, m.cpu, m.begin_ns, 0);
	return got(h, pt_heap_find(h, ev->addr), ev, size_bytes, flags);
}

static void realloc_failed(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_block *old = moving(h, ev);

	if (old)
		move_end(h, old);
	h->last_got[ev->thread] = 0;
}

static void realloc_freed(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_block *old = moving(h, ev);
	struct pt_move m;

	if (!ev->old_addr)
		return;
	h->last_got[ev->thread] = 0;
	if (!old) {
		stray(h, ev);
		return;
	}
	m = move_end(h, old);
	if (m.gone_ns != PT_NOT_GONE)
		taken(h, old, &m, PT_CHANGE_BY_FREE | m.flags);
	else
		put(h, old, m.thread, m.cpu, m.begin_ns, PT_CHANGE_BY_FREE | m.flags);
}

/* The pages [start, end) went back; `whole`: only blocks wholly inside have ended. */
static void unmap_one(struct pt_heap *h, struct pt_block *b, uint64_t start, uint64_t end, bool whole)
{
	uint64_t block_end = pt_extent_end(b->addr, b->size_bytes);

	if (b->addr >= end || block_end <= start || (whole && (b->addr < start || block_end > end)))
		return;
	if (b->state == PT_BLOCK_IDLE) {
		publish_idle(h, PT_CHANGE_GONE, b);
		forget(h, b);
	} else if (b->state == PT_BLOCK_MOVING && h->moves[b->since_ns].gone_ns == PT_NOT_GONE) {
		h->moves[b->since_ns].gone_ns = h->now_ns;
	}
}

static void unmap(struct pt_heap *h, uint64_t start, uint64_t end, bool whole)
{
	uint64_t below[2], at = start;
	unsigned int nr = start < end && !whole ? pt_index_below(&h->index, start, below) : 0;

	for (unsigned int i = 0; i < nr; i++)
		unmap_one(h, pt_heap_find(h, below[i]), start, end, whole);
	while (at < end && pt_index_next(&h->index, at, end, &at)) {
		unmap_one(h, pt_heap_find(h, at), start, end, whole);
		at++;
	}
}

static uint64_t range_end(uint64_t start, uint64_t bytes)
{
	return bytes > UINT64_MAX - start ? UINT64_MAX : start + bytes;
}

/* The program, or an allocator in its own library, changes its mappings. */
static int map(struct pt_heap *h, const struct pt_event *ev)
{
	uint64_t end = range_end(ev->addr, ev->size_bytes);
	uint64_t old_end = range_end(ev->old_addr, ev->old_size_bytes);
	uint64_t before = h->mapped.bytes;
	bool ours;
	int r = 0;

	switch (ev->kind) {
	case PT_EV_MMAP:
		ours = !(ev->flags & PT_MAP_BY_ALLOCATOR);
		unmap(h, ev->addr, end, false);
		r = ours ? pt_mapped_add(&h->mapped, ev->addr, end) :
			   pt_mapped_del(&h->mapped, ev->addr, end);
		break;
	case PT_EV_MUNMAP:
		unmap(h, ev->addr, end, false);
		r = pt_mapped_del(&h->mapped, ev->addr, end);
		break;
	default: /* in place, only what is cut off or added changes hands */
		ours = pt_mapped_has(&h->mapped, ev->old_addr);
		if (ev->addr != ev->old_addr) {
			unmap(h, ev->old_addr, old_end, false);
			unmap(h, ev->addr, end, false);
		} else {
			unmap(h, end < old_end ? end : old_end, end < old_end ? old_end : end, false);
		}
		r = pt_mapped_del(&h->mapped, ev->old_addr, old_end);
		if (!r)
			r = ours ? pt_mapped_add(&h->mapped, ev->addr, end) :
				   pt_mapped_del(&h->mapped, ev->addr, end);
	}
	if (h->mapped.bytes != before)
		publish(h, PT_CHANGE_MAPPED, ev->addr, h->mapped.bytes);
	return r;
}

static void rss(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_change *c = publish(h, PT_CHANGE_RSS, 0, ev->size_bytes);

	c->anon_bytes = ev->old_size_bytes;
}

static int rare(struct pt_heap *h, const struct pt_event *ev)
{
	int r = 0;

	switch (ev->kind) {
	case PT_EV_REALLOC_FAILED:
		realloc_failed(h, ev);
		break;
	case PT_EV_REALLOC_FREED:
		realloc_freed(h, ev);
		break;
	case PT_EV_MMAP:
	case PT_EV_MUNMAP:
	case PT_EV_MREMAP:
		r = map(h, ev);
		break;
	case PT_EV_GONE:
		unmap(h, ev->addr, range_end(ev->addr, ev->size_bytes), ev->flags == PT_GONE_MADVISE);
		break;
	case PT_EV_USABLE:
		r = pt_classes_tell(&h->classes, ev->size_bytes, ev->old_size_bytes);
		break;
	case PT_EV_RSS:
		rss(h, ev);
		break;
	default:
		break;
	}
	return r ? r : h->error;
}

/* A thread or a CPU that was not there at the last event. CPUs count from their first allocation
 * event on. */
static int newcomer(struct pt_heap *h, const struct pt_event *ev)
{
	if (ev->cpu != h->cpu_key && ev->kind <= PT_EV_REALLOC_FREED) {
		h->cpu = pt_dense_get(&h->cpus, ev->cpu < CPU_MAX ? ev->cpu : CPU_MAX);
		if (h->cpu == PT_DENSE_NONE)
			return -PT_ENOMEM;
		h->cpu_key = ev->cpu;
	}
	if (ev->thread >= h->threads_max) {
		size_t max = 64;
		uint64_t *last;

		while (max <= ev->thread)
			max *= 2;
		last = realloc(h->last_got, max * sizeof(*last));
		if (!last || max > UINT32_MAX)
			return -PT_ENOMEM;
		memset(last + h->threads_max, 0, (max - h->threads_max) * sizeof(*last));
		h->last_got = last;
		h->threads_max = (uint32_t)max;
	}
	return 0;
}

int pt_heap_apply(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	int r;

	if (ev->time_ns > h->now_ns)
		h->now_ns = ev->time_ns < PT_BLOCK_TIME_MAX ? ev->time_ns : PT_BLOCK_TIME_MAX;
	if (__builtin_expect(ev->cpu != h->cpu_key || ev->thread >= h->threads_max, 0)) {
		r = newcomer(h, ev);
		if (r)
			return r;
	}
	switch (ev->kind) {
	case PT_EV_ALLOC:
		return allocate(h, ev, at);
	case PT_EV_FREE:
		return release(h, ev, at);
	case PT_EV_REALLOC_BEGIN:
		return realloc_begin(h, ev, at);
	case PT_EV_REALLOC_END:
		return realloc_end(h, ev, at);
	default:
		return rare(h, ev);
	}
}

static void left(void *arg, const struct pt_block *b)
{
	if (b->state == PT_BLOCK_IDLE)
		publish_idle(arg, PT_CHANGE_LEFT, b);
}

int pt_heap_finish(struct pt_heap *h)
{
	pt_index_each(&h->index, left, h);
	flush(h);
	return h->error;
}
