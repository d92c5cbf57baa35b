/* SPDX-License-Identifier: MIT */
/*
 * pooltrace_valgrind.h - pools that are annotated for Valgrind already, told to pooltrace too.
 *
 * Include it after <valgrind/valgrind.h> or <valgrind/memcheck.h>: each request of theirs for a
 * memory pool then goes to Valgrind as before, and to the recorder. Without them it defines these
 * requests alone, for the recorder. Included before them it is undone: their definitions win.
 * Costs, weak symbols and rules are those of pooltrace.h. Each argument is evaluated once.
 *
 *	VALGRIND_CREATE_MEMPOOL(pool, rzB, is_zeroed)      the pool begins
 *	VALGRIND_CREATE_MEMPOOL_EXT(pool, rzB, is_zeroed, flags)
 *	VALGRIND_DESTROY_MEMPOOL(pool)                     it ends, with its idle objects
 *	VALGRIND_MEMPOOL_ALLOC(pool, addr, size)           a get
 *	VALGRIND_MEMPOOL_FREE(pool, addr)                  a put
 *	VALGRIND_MEMPOOL_CHANGE(pool, addrA, addrB, size)  a resize
 *	VALGRIND_MEMPOOL_TRIM(pool, addr, size)            a purge of all shards if size is 0, else nothing
 *	VALGRIND_MOVE_MEMPOOL(poolA, poolB)                A ends, B begins
 *	VALGRIND_MEMPOOL_EXISTS(pool)                      Valgrind's answer; 0 without Valgrind
 *
 * Valgrind's words say less than ours, so:
 * - A pool is called what the source calls it: the argument of VALGRIND_CREATE_MEMPOOL as it is
 *   spelled, without a leading "&". POOLTRACE_MEMPOOL_NAME, defined before this header is
 *   included, calls it otherwise.
 * - To Valgrind a freed piece has left; here it is idle in its pool until it is handed out again at
 *   the same address, its memory is freed with free(), or the pool is destroyed. A pool that cuts
 *   its memory anew after each round (an arena) shows idle objects that nobody could be given:
 *   annotate such a pool with pooltrace.h, which has pooltrace_drop() and pooltrace_purge().
 * - There are no shards: an object sits where its last user put it (POOLTRACE_SHARD_THREAD).
 * - Red zones are not part of an object.
 * - A trim that keeps a part would have to name what it takes, and there is no list of it here: what
 *   is idle stays idle. What is in use when it is trimmed, fully or in part, stays in use; its
 *   next get is a finding then (get_of_in_use). VALGRIND_MEMPOOL_FREE it before.
 * - A pool that moves leaves its objects behind: B makes or takes in each of them anew (a put is
 *   the finding put_of_foreign).
 */
#ifndef POOLTRACE_VALGRIND_H
#define POOLTRACE_VALGRIND_H

#include "pooltrace.h"

/*
 * POOLTRACE_MEMPOOL_NAME() - name of the pool that VALGRIND_CREATE_MEMPOOL begins.
 *
 * pool: the address, as const void *. text: the spelling of the argument. For example, where all
 * pools begin in one function: #define POOLTRACE_MEMPOOL_NAME(pool, text) (((const struct pool *)(pool))->name)
 */
#ifndef POOLTRACE_MEMPOOL_NAME
#define POOLTRACE_MEMPOOL_NAME(pool, text) (text)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One function a request. Its body still has Valgrind's own macro where there is one; the macros
 * below take the names over. Always inline, so that neither tool sees a frame of ours.
 */
#define POOLTRACE_REQUEST_ static inline __attribute__((always_inline, unused))

POOLTRACE_REQUEST_ void pooltrace_valgrind_create_(const void *pool, const char *text, unsigned long red_zone_bytes,
						   int is_zeroed, int flags)
{
#if defined(VALGRIND_CREATE_MEMPOOL_EXT)
	VALGRIND_CREATE_MEMPOOL_EXT(pool, red_zone_bytes, is_zeroed, flags);
#elif defined(VALGRIND_CREATE_MEMPOOL)
	VALGRIND_CREATE_MEMPOOL(pool, red_zone_bytes, is_zeroed);
#endif
	(void)red_zone_bytes;
	(void)is_zeroed;
	(void)flags;
	text += *text == '&';
	pooltrace_pool_create(pool, POOLTRACE_MEMPOOL_NAME(pool, text), 0, 0);
}

POOLTRACE_REQUEST_ void pooltrace_valgrind_destroy_(const void *pool)
{
#ifdef VALGRIND_DESTROY_MEMPOOL
	VALGRIND_DESTROY_MEMPOOL(pool);
#endif
	pooltrace_pool_destroy(pool);
}

POOLTRACE_REQUEST_ void pooltrace_valgrind_alloc_(const void *pool, const void *object, size_t bytes)
{
#ifdef VALGRIND_MEMPOOL_ALLOC
	VALGRIND_MEMPOOL_ALLOC(pool, object, bytes);
#endif
	pooltrace_get(pool, object, bytes, POOLTRACE_SHARD_THREAD);
}

POOLTRACE_REQUEST_ void pooltrace_valgrind_free_(const void *pool, const void *object)
{
#ifdef VALGRIND_MEMPOOL_FREE
	VALGRIND_MEMPOOL_FREE(pool, object);
#endif
	pooltrace_put(pool, object, POOLTRACE_SHARD_THREAD);
}

POOLTRACE_REQUEST_ void pooltrace_valgrind_trim_(const void *pool, const void *kept, size_t kept_bytes)
{
#ifdef VALGRIND_MEMPOOL_TRIM
	VALGRIND_MEMPOOL_TRIM(pool, kept, kept_bytes);
#endif
	(void)kept;
	if (!kept_bytes)
		pooltrace_purge(pool, POOLTRACE_ALL_SHARDS);
}

POOLTRACE_REQUEST_ void pooltrace_valgrind_move_(const void *from, const void *to, const char *text)
{
#ifdef VALGRIND_MOVE_MEMPOOL
	VALGRIND_MOVE_MEMPOOL(from, to);
#endif
	text += *text == '&';
	pooltrace_pool_destroy(from);
	pooltrace_pool_create(to, POOLTRACE_MEMPOOL_NAME(to, text), 0, 0);
}

POOLTRACE_REQUEST_ void pooltrace_valgrind_change_(const void *pool, const void *object, const void *now,
						   size_t bytes)
{
#ifdef VALGRIND_MEMPOOL_CHANGE
	VALGRIND_MEMPOOL_CHANGE(pool, object, now, bytes);
#endif
	pooltrace_resize(pool, object, now, bytes);
}

POOLTRACE_REQUEST_ int pooltrace_valgrind_exists_(const void *pool)
{
#ifdef VALGRIND_MEMPOOL_EXISTS
	return VALGRIND_MEMPOOL_EXISTS(pool) != 0;
#else
	(void)pool;
	return 0;
#endif
}

#undef POOLTRACE_REQUEST_

#ifdef __cplusplus
}
#endif

#undef VALGRIND_CREATE_MEMPOOL
#undef VALGRIND_CREATE_MEMPOOL_EXT
#undef VALGRIND_DESTROY_MEMPOOL
#undef VALGRIND_MEMPOOL_ALLOC
#undef VALGRIND_MEMPOOL_FREE
#undef VALGRIND_MEMPOOL_TRIM
#undef VALGRIND_MOVE_MEMPOOL
#undef VALGRIND_MEMPOOL_CHANGE
#undef VALGRIND_MEMPOOL_EXISTS

/* Flags of VALGRIND_CREATE_MEMPOOL_EXT; of no concern to the recorder. */
#ifndef VALGRIND_MEMPOOL_AUTO_FREE
#define VALGRIND_MEMPOOL_AUTO_FREE 1
#endif
#ifndef VALGRIND_MEMPOOL_METAPOOL
#define VALGRIND_MEMPOOL_METAPOOL 2
#endif

/* Valgrind takes pointers and integers alike. */
#define POOLTRACE_ADDRESS_(value) ((const void *)(uintptr_t)(value))

#define VALGRIND_CREATE_MEMPOOL(pool, rzB, is_zeroed) \
	pooltrace_valgrind_create_(POOLTRACE_ADDRESS_(pool), #pool, (rzB), (is_zeroed), 0)
#define VALGRIND_CREATE_MEMPOOL_EXT(pool, rzB, is_zeroed, flags) \
	pooltrace_valgrind_create_(POOLTRACE_ADDRESS_(pool), #pool, (rzB), (is_zeroed), (flags))
#define VALGRIND_DESTROY_MEMPOOL(pool) \
	pooltrace_valgrind_destroy_(POOLTRACE_ADDRESS_(pool))
#define VALGRIND_MEMPOOL_ALLOC(pool, addr, size) \
	pooltrace_valgrind_alloc_(POOLTRACE_ADDRESS_(pool), POOLTRACE_ADDRESS_(addr), (size))
#define VALGRIND_MEMPOOL_FREE(pool, addr) \
	pooltrace_valgrind_free_(POOLTRACE_ADDRESS_(pool), POOLTRACE_ADDRESS_(addr))
#define VALGRIND_MEMPOOL_TRIM(pool, addr, size) \
	pooltrace_valgrind_trim_(POOLTRACE_ADDRESS_(pool), POOLTRACE_ADDRESS_(addr), (size))
#define VALGRIND_MOVE_MEMPOOL(poolA, poolB) \
	pooltrace_valgrind_move_(POOLTRACE_ADDRESS_(poolA), POOLTRACE_ADDRESS_(poolB), #poolB)
#define VALGRIND_MEMPOOL_CHANGE(pool, addrA, addrB, size)                                                  \
	pooltrace_valgrind_change_(POOLTRACE_ADDRESS_(pool), POOLTRACE_ADDRESS_(addrA), POOLTRACE_ADDRESS_(addrB), \
				   (size))
#define VALGRIND_MEMPOOL_EXISTS(pool) \
	pooltrace_valgrind_exists_(POOLTRACE_ADDRESS_(pool))

#endif
