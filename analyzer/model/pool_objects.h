/* SPDX-License-Identifier: MIT */
/*
 * pool_objects.h - the objects of all pools: by (instance, address), by address, and in lists.
 *
 * Three questions, each answered without looking at any other object: what does this instance know
 * at this address; what does any instance know there (a block was freed); what lies in this
 * shard (a purge), or is in use of this instance (a destroy). An object keeps its number while it
 * lives, so that lists are numbers and the two tables hold nothing else.
 *
 * Memory: 64 bytes an object and 16 to 32 of tables.
 */
#ifndef PT_POOL_OBJECTS_H
#define PT_POOL_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_POOL_BYTES_MAX ((1ull << 48) - 1)

enum pt_pool_object_state {
	PT_OBJECT_FREE = 0, /* not an object: a number to be given out */
	PT_OBJECT_IN_USE,
	PT_OBJECT_IDLE,
};

/* In use: of its get. Idle: of its put; `shard` is where it lies. */
struct pt_pool_object {
	uint64_t addr;
	uint64_t since_ns;
	uint64_t bytes : 48, cpu_row : 16;
	uint64_t created_bytes : 48, state : 8;
	uint64_t moved : 8; /* a realloc took it to its address, and nothing was told of it since */
	uint32_t instance;
	uint32_t shard;
	uint32_t thread_row, site_row;
	uint32_t next, prev; /* of its list, + 1; 0 = none */
	/* Of the same address, the one that changed last first; + 1. */
	uint32_t same_next, same_prev;
};
_Static_assert(sizeof(struct pt_pool_object) == 64, "one cache line");

/* First and last of a list, + 1; an all-zero one is empty. */
struct pt_pool_list {
	uint32_t first, last;
};

struct pt_pool_objects {
	struct pt_pool_object *all;
	uint32_t nr, max;    /* numbers given out ever; room */
	uint32_t free;	     /* a list through `next` */
	uint32_t alive_nr;
	uint32_t *by_key;    /* (instance, address) -> number + 1; open addressing */
	uint32_t *by_addr;   /* address -> number + 1 of the first of the same */
	size_t slots_nr;     /* of each; 0 or a power of two, > alive_nr * 3 / 2 */
};

/* An all-zero struct is empty. */
void pt_pool_objects_fini(struct pt_pool_objects *t);

/* pt_pool_object_make() - a new one, all else zero. NULL = no memory. May move all others. */
struct pt_pool_object *pt_pool_object_make(struct pt_pool_objects *t, uint32_t instance, uint64_t addr);

/* pt_pool_object_end() - it is in no list any more, and its number is free. */
void pt_pool_object_end(struct pt_pool_objects *t, struct pt_pool_object *o);

/* pt_pool_object_move() - to another address, where its instance knows nothing. */
void pt_pool_object_move(struct pt_pool_objects *t, struct pt_pool_object *o, uint64_t addr);

/* pt_pool_objects_at() - of all at this address the one that changed last, or NULL; the others follow
 * through same_next. */
struct pt_pool_object *pt_pool_objects_at(const struct pt_pool_objects *t, uint64_t addr);

/* pt_pool_object_changed() - it is the one of its address that changed last. */
void pt_pool_object_raise(struct pt_pool_objects *t, struct pt_pool_object *o);

static inline uint32_t pt_pool_object_nr(const struct pt_pool_objects *t, const struct pt_pool_object *o)
{
	return (uint32_t)(o - t->all);
}

static inline size_t pt_pool_objects_home(const struct pt_pool_objects *t, uint32_t instance, uint64_t addr)
{
	return (size_t)((addr ^ instance * 0xff51afd7ed558ccdull) * 0x9e3779b97f4a7c15ull >> 24) & (t->slots_nr - 1);
}

/* pt_pool_objects_find() - what the instance knows at `addr`, or NULL. */
static inline struct pt_pool_object *pt_pool_objects_find(const struct pt_pool_objects *t, uint32_t instance,
							  uint64_t addr)
{
	size_t i;

	if (!t->alive_nr)
		return NULL;
	for (i = pt_pool_objects_home(t, instance, addr); t->by_key[i]; i = (i + 1) & (t->slots_nr - 1)) {
		struct pt_pool_object *o = &t->all[t->by_key[i] - 1];

		if (o->addr == addr && o->instance == instance)
			return o;
	}
	return NULL;
}

static inline void pt_pool_object_changed(struct pt_pool_objects *t, struct pt_pool_object *o)
{
	if (__builtin_expect(o->same_prev, 0))
		pt_pool_object_raise(t, o);
}

static inline void pt_pool_list_add(struct pt_pool_objects *t, struct pt_pool_list *l, struct pt_pool_object *o)
{
	uint32_t number = pt_pool_object_nr(t, o) + 1;

	o->next = 0;
	o->prev = l->last;
	if (l->last)
		t->all[l->last - 1].next = number;
	else
		l->first = number;
	l->last = number;
}

static inline void pt_pool_list_del(struct pt_pool_objects *t, struct pt_pool_list *l, struct pt_pool_object *o)
{
	if (o->prev)
		t->all[o->prev - 1].next = o->next;
	else
		l->first = o->next;
	if (o->next)
		t->all[o->next - 1].prev = o->prev;
	else
		l->last = o->prev;
	o->next = o->prev = 0;
}

#endif
