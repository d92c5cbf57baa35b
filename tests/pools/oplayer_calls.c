/* SPDX-License-Identifier: MIT */
/* oplayer_calls.c - the annotations of oplayer, each from several call sites. */
#include "oplayer.h"
#include "include/pooltrace.h"

static inline __attribute__((always_inline)) void perform(const struct call *c)
{
	switch (c->op) {
	case GET:
		pooltrace_get(c->pool, c->object, c->bytes, c->shard);
		break;
	case PUT:
		pooltrace_put(c->pool, c->object, c->shard);
		break;
	case MISS:
		pooltrace_miss(c->pool, c->shard);
		break;
	case STOCK:
		pooltrace_stock(c->pool, c->object, c->bytes, c->shard);
		break;
	case DROP:
		pooltrace_drop(c->pool, c->object);
		break;
	case PURGE:
		pooltrace_purge(c->pool, c->shard);
		break;
	case MOVE:
		pooltrace_move(c->pool, c->object, c->shard);
		break;
	case RESIZE:
		pooltrace_resize(c->pool, c->object, c->now, c->bytes);
		break;
	case CREATE:
		pooltrace_pool_create(c->pool, c->name, c->bytes, c->shard);
		break;
	case DESTROY:
		pooltrace_pool_destroy(c->pool);
		break;
	case SHARD_NAME:
		pooltrace_shard_name(c->pool, c->shard, c->name);
		break;
	}
	__asm__ volatile("" ::: "memory"); /* the call above is not the last: a frame of its own */
}

#define SITE(name)                                                       \
	static __attribute__((noinline)) void name(const struct call *c) \
	{                                                                \
		perform(c);                                              \
	}
SITE(site_a)
SITE(site_b)
SITE(site_c)

#define WAY(name, site)                                                  \
	static __attribute__((noinline)) void name(const struct call *c) \
	{                                                                \
		site(c);                                                 \
		__asm__ volatile("" ::: "memory");                       \
	}
WAY(by_one_way, site_a)
WAY(by_another_way, site_a)

void tell(struct call c)
{
	static void (*const ways[])(const struct call *) = { by_one_way, by_another_way, site_b, site_c };

	ways[below(4)](&c);
}
