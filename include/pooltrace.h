/* SPDX-License-Identifier: MIT */
/*
 * pooltrace.h - a program's own pools, told to the recorder that watches it.
 *
 * Header-only and weak: a program that includes it links to nothing. Without
 * LD_PRELOAD=libpooltrace.so, or with an older library that lacks a function, a call costs one
 * load and a branch. C11 and C++. Under the recorder each call keeps errno, never fails, never
 * blocks, allocates nothing from the program's heap, and may be made anywhere, in signal handlers
 * too; calls before libc is up (.preinit_array) are not recorded.
 *
 * The life of an object: in use (got) -> idle (put) -> in use -> ... -> gone (dropped).
 *
 *	pooltrace_pool_create(&pool, "msgbuf", 4096, 32);
 *	...
 *	b = take_from_cache(shard);                        // get
 *	if (!b) {
 *		pooltrace_miss(&pool, shard);
 *		b = malloc(4096);
 *	}
 *	pooltrace_get(&pool, b, 4096, shard);              // after it was taken
 *	...
 *	pooltrace_put(&pool, b, shard);                    // before it is given back
 *	give_to_cache(shard, b);
 *	...
 *	b = evict_from_cache(shard);                       // trim
 *	pooltrace_drop(&pool, b);                          // before its memory is freed
 *	free(b);
 *
 * Order is all that is asked for: tell a get, a move and a stolen object after it was taken, a put
 * before others can take it, a drop before the memory is given back. Then every event is in the
 * order in which it happened, whichever thread ran it.
 *
 * pool:   any address that names the pool for as long as it lives, such as that of its struct. Never read.
 * object: address of the object. Never read. One address may be in several pools at once, for
 *         pools that lie on top of one another.
 * bytes:  size of the object as it is now; 0 = the size given to pooltrace_pool_create().
 * shard:  number of the cache inside the pool: a processor, a ring, a stripe; or
 *         POOLTRACE_SHARD_THREAD when each thread has its own.
 *
 * Misuse (put twice, put of an object of somebody else, get of an object in use) harms nothing. It
 * is a finding in the report, with the stacks of both calls.
 */
#ifndef POOLTRACE_H
#define POOLTRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POOLTRACE_VERSION_MAJOR 0
#define POOLTRACE_VERSION_MINOR 2

#define POOLTRACE_SHARD_THREAD UINT32_MAX      /* the cache of the calling thread */
#define POOLTRACE_ALL_SHARDS (UINT32_MAX - 1u) /* pooltrace_purge() only */

/* What is recorded: pooltrace_mode(). */
#define POOLTRACE_FULL 0     /* every event */
#define POOLTRACE_COUNTERS 1 /* none: they are counted */
#define POOLTRACE_SAMPLE 2   /* of malloc a sample by bytes, of pools every event */

/*
 * An address is told before anything was written there, and once more after realloc() moved it. gcc takes
 * a pointer to const for a read, and would warn of both.
 */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#define POOLTRACE_UNREAD_1_ __attribute__((access(none, 1)))
#define POOLTRACE_UNREAD_2_ __attribute__((access(none, 1), access(none, 2)))
#define POOLTRACE_UNREAD_3_ __attribute__((access(none, 1), access(none, 2), access(none, 3)))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuse-after-free"
#else
#define POOLTRACE_UNREAD_1_
#define POOLTRACE_UNREAD_2_
#define POOLTRACE_UNREAD_3_
#endif

/* The recorder's side; each is NULL without the preload. */
#define POOLTRACE_WEAK_(...) extern __VA_ARGS__ __attribute__((weak))
POOLTRACE_WEAK_(int pooltrace_is_recording_(void));
POOLTRACE_WEAK_(void pooltrace_pool_create_(const void *pool, const char *name, size_t bytes, uint32_t shards));
POOLTRACE_WEAK_(void pooltrace_pool_destroy_(const void *pool));
POOLTRACE_WEAK_(void pooltrace_shard_name_(const void *pool, uint32_t shard, const char *name));
POOLTRACE_WEAK_(void pooltrace_get_(const void *pool, const void *object, size_t bytes, uint32_t shard));
POOLTRACE_WEAK_(void pooltrace_put_(const void *pool, const void *object, uint32_t shard));
POOLTRACE_WEAK_(void pooltrace_miss_(const void *pool, uint32_t shard));
POOLTRACE_WEAK_(void pooltrace_stock_(const void *pool, const void *object, size_t bytes, uint32_t shard));
POOLTRACE_WEAK_(void pooltrace_drop_(const void *pool, const void *object));
POOLTRACE_WEAK_(void pooltrace_purge_(const void *pool, uint32_t shard));
POOLTRACE_WEAK_(void pooltrace_move_(const void *pool, const void *object, uint32_t shard));
POOLTRACE_WEAK_(void pooltrace_resize_(const void *pool, const void *object, const void *now, size_t bytes));
POOLTRACE_WEAK_(void pooltrace_mark_(const char *name));
POOLTRACE_WEAK_(uint32_t pooltrace_snapshot_(void));
POOLTRACE_WEAK_(void pooltrace_pause_(void));
POOLTRACE_WEAK_(void pooltrace_resume_(void));
POOLTRACE_WEAK_(int pooltrace_mode_(int mode, size_t sample_bytes));

/*
 * By way of the GOT, even in a program that is not position-independent: there a linker takes the
 * plain address of a missing weak function for 0 once and for all, and no preload could change it.
 */
#if defined(__x86_64__) && defined(__LP64__)
#define POOLTRACE_LOAD_(f, name) \
	__asm__(".weak " #name "\n\tmov{q " #name "@GOTPCREL(%%rip), %0| %0, " #name "@GOTPCREL[rip]}" : "=r"(f))
#else
#define POOLTRACE_LOAD_(f, name) (f = name)
#endif
#define POOLTRACE_CALL_(name, args)         \
	do {                                \
		__typeof__(&name) call_;    \
		POOLTRACE_LOAD_(call_, name); \
		if (__builtin_expect(!!call_, 0)) \
			call_ args;         \
	} while (0)

/*
 * pooltrace_is_recording() - is this process being recorded right now?
 *
 * Returns 1 while events go into a trace; 0 without the preload, in a process that
 * POOLTRACE_CHILDREN leaves out, when the trace could not be opened, once it is full, and while
 * recording is paused.
 */
static inline int pooltrace_is_recording(void)
{
	__typeof__(&pooltrace_is_recording_) call;

	POOLTRACE_LOAD_(call, pooltrace_is_recording_);
	return call ? call() : 0;
}

/*
 * pooltrace_pool_create() - a pool begins. Before its first other call.
 *
 * name:   shown in reports; up to 63 bytes are kept. Pools of the same name are one pool in the
 *         report, and each is a part of it: one per thread or connection is the usual case.
 * bytes:  size of every object, or 0 when sizes vary.
 * shards: how many caches it has, 0 = not known. A hint: shards beyond it are taken as they come.
 *
 * A pool that was never created is shown by its address.
 */
static inline POOLTRACE_UNREAD_1_
void pooltrace_pool_create(const void *pool, const char *name, size_t bytes, uint32_t shards)
{
	POOLTRACE_CALL_(pooltrace_pool_create_, (pool, name, bytes, shards));
}

/* pooltrace_pool_destroy() - it ends, and with it its idle objects. Objects in use count as leaked. */
static inline POOLTRACE_UNREAD_1_ void pooltrace_pool_destroy(const void *pool)
{
	POOLTRACE_CALL_(pooltrace_pool_destroy_, (pool));
}

/* pooltrace_shard_name() - what the report calls a shard; up to 63 bytes are kept. */
static inline POOLTRACE_UNREAD_1_
void pooltrace_shard_name(const void *pool, uint32_t shard, const char *name)
{
	POOLTRACE_CALL_(pooltrace_shard_name_, (pool, shard, name));
}

/*
 * pooltrace_get() - an object was handed out, on behalf of `shard`.
 *
 * Tell it after the object was taken out of the cache, or made. Whether it was idle (a hit, a steal
 * when it sat in another shard) or is new (a miss) follows from what was told before.
 */
static inline POOLTRACE_UNREAD_2_
void pooltrace_get(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	POOLTRACE_CALL_(pooltrace_get_, (pool, object, bytes, shard));
}

/* pooltrace_put() - an object comes back into `shard`. Tell it before anybody else can get it. */
static inline POOLTRACE_UNREAD_2_ void pooltrace_put(const void *pool, const void *object, uint32_t shard)
{
	POOLTRACE_CALL_(pooltrace_put_, (pool, object, shard));
}

/*
 * pooltrace_miss() - the cache had nothing; the pool will make an object now. Optional.
 *
 * The report asks who held an idle object at the moment of a miss. With this the moment is this
 * call; without it, it is the pooltrace_get() that follows, when the object is made already.
 */
static inline POOLTRACE_UNREAD_1_ void pooltrace_miss(const void *pool, uint32_t shard)
{
	POOLTRACE_CALL_(pooltrace_miss_, (pool, shard));
}

/* pooltrace_stock() - an object was made and goes straight into the cache: a pool that is filled
 * in advance. Tell it before anybody can get it. */
static inline POOLTRACE_UNREAD_2_
void pooltrace_stock(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	POOLTRACE_CALL_(pooltrace_stock_, (pool, object, bytes, shard));
}

/* pooltrace_drop() - an object leaves the pool for good: trimmed, purged, or not taken back because
 * the cache is full. Tell it before its memory is given back. */
static inline POOLTRACE_UNREAD_2_ void pooltrace_drop(const void *pool, const void *object)
{
	POOLTRACE_CALL_(pooltrace_drop_, (pool, object));
}

/* pooltrace_purge() - all that is idle in `shard`, or in POOLTRACE_ALL_SHARDS, leaves the pool. For
 * a purge that no put or get can run into; else drop the objects one by one. */
static inline POOLTRACE_UNREAD_1_ void pooltrace_purge(const void *pool, uint32_t shard)
{
	POOLTRACE_CALL_(pooltrace_purge_, (pool, shard));
}

/* pooltrace_move() - an idle object now sits in `shard`: a magazine given to the depot, a victim. */
static inline POOLTRACE_UNREAD_2_ void pooltrace_move(const void *pool, const void *object, uint32_t shard)
{
	POOLTRACE_CALL_(pooltrace_move_, (pool, object, shard));
}

/*
 * pooltrace_resize() - an object has `bytes` now, and lies at `now` (the same address when it
 * grew in place). Growth between its making and its put is what the report calls the ratchet.
 *
 *	uintptr_t was = (uintptr_t)b;      // gcc warns of a pointer that is used after realloc()
 *	b = realloc(b, bytes);
 *	pooltrace_resize(&pool, (const void *)was, b, bytes);
 */
static inline POOLTRACE_UNREAD_3_
void pooltrace_resize(const void *pool, const void *object, const void *now, size_t bytes)
{
	POOLTRACE_CALL_(pooltrace_resize_, (pool, object, now, bytes));
}

/* pooltrace_mark() - a phase of the program begins: "load done". Up to 255 bytes are kept. */
static inline void pooltrace_mark(const char *name)
{
	POOLTRACE_CALL_(pooltrace_mark_, (name));
}

/*
 * pooltrace_snapshot() - which word of the memory points where, now: for `pooltrace graph`.
 *
 * The caller stands still for a fork; a child process looks and writes, and is gone after. No
 * contents of memory are stored. Several may be taken, also from several threads, but while eight are
 * being written, or another thread is forking for one, it is dropped and counted.
 *
 * Returns its number, from 1; 0 when none was taken.
 */
static inline uint32_t pooltrace_snapshot(void)
{
	__typeof__(&pooltrace_snapshot_) call;

	POOLTRACE_LOAD_(call, pooltrace_snapshot_);
	return call ? call() : 0;
}

/*
 * pooltrace_pause(), pooltrace_resume() - no event of any thread is recorded in between.
 *
 * Not counted: two pauses end with one resume. What is allocated in between is unknown afterwards,
 * and what is freed in between stays in use for the report, which says that recording was paused.
 * A child that is forked in between is paused as well.
 */
static inline void pooltrace_pause(void)
{
	POOLTRACE_CALL_(pooltrace_pause_, ());
}

static inline void pooltrace_resume(void)
{
	POOLTRACE_CALL_(pooltrace_resume_, ());
}

/*
 * pooltrace_mode() - what is recorded from now on: POOLTRACE_FULL, POOLTRACE_COUNTERS or POOLTRACE_SAMPLE.
 *
 * sample_bytes: POOLTRACE_SAMPLE: mean bytes from one sampled allocation to the next, up to 1 GiB; 0: 512 KiB.
 *
 * Returns 0, or -1 when it stays as it was: without the preload, in a flight recorder, or for another mode. A block that
 * is allocated in one mode and freed in another may be unknown to the report, which says what was recorded when.
 */
static inline int pooltrace_mode(int mode, size_t sample_bytes)
{
	__typeof__(&pooltrace_mode_) call;

	POOLTRACE_LOAD_(call, pooltrace_mode_);
	return call ? call(mode, sample_bytes) : -1;
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic pop
#endif
#undef POOLTRACE_WEAK_
#undef POOLTRACE_UNREAD_1_
#undef POOLTRACE_UNREAD_2_
#undef POOLTRACE_UNREAD_3_
#undef POOLTRACE_LOAD_
#undef POOLTRACE_CALL_

#ifdef __cplusplus
}
#endif

#endif
