/* SPDX-License-Identifier: MIT */
/* truth.c - counters of what happened in a pool. */
#include "truth.h"

#include <stdlib.h>

#include "mempool.h"

int truth_init(struct truth *t, uint32_t shards_nr, bool sizes_vary, bool keep_list)
{
	t->shards_nr = shards_nr;
	t->sizes_vary = sizes_vary;
	t->keep_list = keep_list;
	t->shards = calloc(shards_nr, sizeof(*t->shards));
	return t->shards ? 0 : -1;
}

void truth_fini(struct truth *t)
{
	free(t->shards);
}

static void raise_peak(_Atomic int64_t *peak, int64_t now)
{
	int64_t was = atomic_load(peak);

	while (was < now && !atomic_compare_exchange_weak(peak, &was, now))
		;
}

static size_t class_of(size_t bytes)
{
	if (bytes / TRUTH_CLASS_BYTES >= TRUTH_CLASSES)
		abort();
	return bytes / TRUTH_CLASS_BYTES;
}

static void idle_more(struct truth *t, uint32_t shard, size_t bytes)
{
	struct truth_shard *s = &t->shards[shard];

	raise_peak(&s->peak_idle_objects, atomic_fetch_add(&s->idle_objects, 1) + 1);
	atomic_fetch_add(&s->idle_bytes, (int64_t)bytes);
	if (t->sizes_vary)
		atomic_fetch_add(&s->idle_of_class[class_of(bytes)], 1);
}

static void idle_less(struct truth *t, uint32_t shard, size_t bytes)
{
	struct truth_shard *s = &t->shards[shard];

	atomic_fetch_sub(&s->idle_objects, 1);
	atomic_fetch_sub(&s->idle_bytes, (int64_t)bytes);
	if (t->sizes_vary)
		atomic_fetch_sub(&s->idle_of_class[class_of(bytes)], 1);
}

static void list_add(struct truth *t, struct mempool_object *o)
{
	if (!t->keep_list)
		return;
	o->prev = NULL;
	o->next = t->idle;
	if (t->idle)
		t->idle->prev = o;
	t->idle = o;
}

static void list_del(struct truth *t, struct mempool_object *o)
{
	if (!t->keep_list)
		return;
	if (o->prev)
		o->prev->next = o->next;
	else
		t->idle = o->next;
	if (o->next)
		o->next->prev = o->prev;
}

static void use_more(struct truth *t, size_t bytes)
{
	atomic_fetch_add(&t->in_use_objects, 1);
	raise_peak(&t->peak_in_use_bytes,
		   atomic_fetch_add(&t->in_use_bytes, (int64_t)bytes) + (int64_t)bytes);
}

static void use_less(struct truth *t, size_t bytes)
{
	atomic_fetch_sub(&t->in_use_objects, 1);
	atomic_fetch_sub(&t->in_use_bytes, (int64_t)bytes);
}

static void held_more(struct truth *t, size_t bytes)
{
	atomic_fetch_add(&t->held_objects, 1);
	raise_peak(&t->peak_held_bytes,
		   atomic_fetch_add(&t->held_bytes, (int64_t)bytes) + (int64_t)bytes);
}

static void held_less(struct truth *t, size_t bytes)
{
	atomic_fetch_sub(&t->held_objects, 1);
	atomic_fetch_sub(&t->held_bytes, (int64_t)bytes);
}

/* One idle object of at least so many bytes; any object will do where all have one size. */
static bool fits_in(const struct truth *t, const struct truth_shard *s, size_t bytes)
{
	if (!t->sizes_vary)
		return atomic_load(&s->idle_objects) > 0;
	for (size_t c = class_of(bytes); c < TRUTH_CLASSES; c++)
		if (atomic_load(&s->idle_of_class[c]) > 0)
			return true;
	return false;
}

void truth_miss(struct truth *t, uint32_t shard, size_t bytes)
{
	for (uint32_t i = 0; i < t->shards_nr; i++) {
		if (i != shard && fits_in(t, &t->shards[i], bytes)) {
			atomic_fetch_add(&t->shards[shard].stranded_misses, 1);
			return;
		}
	}
}

void truth_got(struct truth *t, uint32_t shard, struct mempool_object *o, bool made)
{
	struct truth_shard *s = &t->shards[shard];

	atomic_fetch_add(&s->gets, 1);
	if (made) {
		atomic_fetch_add(&s->misses, 1);
		atomic_fetch_add(&t->made, 1);
		held_more(t, o->bytes);
	} else {
		atomic_fetch_add(&s->hits, 1);
		if (o->shard != shard)
			atomic_fetch_add(&s->steals, 1);
		idle_less(t, o->shard, o->bytes);
		list_del(t, o);
	}
	use_more(t, o->bytes);
	o->shard = shard;
	o->used = true;
}

void truth_put(struct truth *t, uint32_t shard, struct mempool_object *o)
{
	atomic_fetch_add(&t->shards[shard].puts, 1);
	use_less(t, o->bytes);
	idle_more(t, shard, o->bytes);
	o->shard = shard;
	o->used = false;
	list_add(t, o);
}

void truth_stock(struct truth *t, uint32_t shard, struct mempool_object *o)
{
	atomic_fetch_add(&t->stocked, 1);
	held_more(t, o->bytes);
	idle_more(t, shard, o->bytes);
	o->shard = shard;
	o->used = false;
	list_add(t, o);
}

static void gone(struct truth *t, struct mempool_object *o)
{
	held_less(t, o->bytes);
	if (o->used) {
		use_less(t, o->bytes);
	} else {
		idle_less(t, o->shard, o->bytes);
		list_del(t, o);
	}
}

void truth_drop(struct truth *t, struct mempool_object *o)
{
	atomic_fetch_add(&t->dropped, 1);
	atomic_fetch_add(&t->shards[o->shard].drops, 1);
	gone(t, o);
}

void truth_purged(struct truth *t, struct mempool_object *o)
{
	atomic_fetch_add(&t->purged, 1);
	gone(t, o);
}

void truth_move(struct truth *t, uint32_t shard, struct mempool_object *o)
{
	idle_less(t, o->shard, o->bytes);
	idle_more(t, shard, o->bytes);
	o->shard = shard;
}

void truth_resize(struct truth *t, size_t old_bytes, struct mempool_object *o)
{
	int64_t more = (int64_t)o->bytes - (int64_t)old_bytes;

	raise_peak(&t->peak_in_use_bytes, atomic_fetch_add(&t->in_use_bytes, more) + more);
	raise_peak(&t->peak_held_bytes, atomic_fetch_add(&t->held_bytes, more) + more);
}

void truth_foreign_put(struct truth *t, uint32_t shard, size_t bytes)
{
	atomic_fetch_add(&t->foreign_puts, 1);
	atomic_fetch_add(&t->shards[shard].puts, 1);
	held_more(t, bytes);
	idle_more(t, shard, bytes);
}

void truth_foreign_gone(struct truth *t, uint32_t shard, size_t bytes, bool dropped)
{
	if (dropped) {
		atomic_fetch_add(&t->dropped, 1);
		atomic_fetch_add(&t->shards[shard].drops, 1);
	} else {
		atomic_fetch_add(&t->vanished, 1);
	}
	held_less(t, bytes);
	idle_less(t, shard, bytes);
}

void truth_foreign_purged(struct truth *t, uint32_t shard, size_t bytes)
{
	atomic_fetch_add(&t->purged, 1);
	held_less(t, bytes);
	idle_less(t, shard, bytes);
}

void truth_reput(struct truth *t, uint32_t shard)
{
	atomic_fetch_add(&t->reputs, 1);
	atomic_fetch_add(&t->shards[shard].puts, 1);
}

void truth_reget(struct truth *t, uint32_t shard, struct mempool_object *o)
{
	atomic_fetch_add(&t->regets, 1);
	atomic_fetch_add(&t->shards[shard].gets, 1);
	o->shard = shard;
}

uint64_t truth_sum(const struct truth *t, size_t offset)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < t->shards_nr; i++)
		sum += atomic_load((_Atomic uint64_t *)((char *)&t->shards[i] + offset));
	return sum;
}
