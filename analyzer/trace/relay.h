/* SPDX-License-Identifier: MIT */
/*
 * relay.h - numbered slots that one thread fills and another one empties, in turn.
 *
 * What is in a slot is the caller's; here is only whose turn it is. The slots go round: the filler owns the one
 * it is given until pt_relay_put(), the emptier until pt_relay_done(). Who has nothing to do sleeps until half of
 * the slots are ready for it, or until the other side waits for it or ends.
 *
 * Two cores that write to one cache line in turn wait a microsecond for it each time on some machines. So each side
 * looks at the other's counter only when it has used up what it saw last, and what goes into a slot is best put
 * there by pt_relay_copy(), which leaves no trace in the filler's cache.
 */
#ifndef PT_RELAY_H
#define PT_RELAY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pt_relay {
	uint32_t slots_nr;
	_Alignas(64) _Atomic uint64_t put; /* slots handed over, ever; the filler's */
	uint64_t done_seen;
	_Alignas(64) _Atomic uint64_t done; /* slots given back, ever; the emptier's */
	uint64_t put_seen;
	_Alignas(64) _Atomic uint64_t wanted; /* the filler sleeps until so many are given back; 0 = it does not */
	_Atomic bool asleep;		      /* the emptier sleeps */
	_Atomic bool closed;		      /* by the filler */
	_Atomic bool stopped;		      /* by the emptier */
	pthread_mutex_t lock;		      /* to sleep and to be woken */
	pthread_cond_t to_filler, to_emptier;
};

#define PT_RELAY_NONE UINT32_MAX

/* pt_relay_init() - slots 0 to slots_nr - 1, all of them the filler's. slots_nr is at least 2. */
void pt_relay_init(struct pt_relay *r, uint32_t slots_nr);
void pt_relay_fini(struct pt_relay *r);

/* The filler: pt_relay_room() waits for the slot to fill next; PT_RELAY_NONE: nobody wants it any more. */
uint32_t pt_relay_room(struct pt_relay *r);
void pt_relay_put(struct pt_relay *r);

/* pt_relay_free() - the filler: how many slots are its own; while there is one, pt_relay_room() does not wait. */
uint32_t pt_relay_free(struct pt_relay *r);

/* pt_relay_drain() - waits until all that was put is done. False: nobody wants it any more. */
bool pt_relay_drain(struct pt_relay *r);

/* pt_relay_close() - nothing will be put any more. */
void pt_relay_close(struct pt_relay *r);

/* The emptier: pt_relay_next() waits for the slot to empty next; PT_RELAY_NONE: it was the last, and it is closed. */
uint32_t pt_relay_next(struct pt_relay *r);
void pt_relay_done(struct pt_relay *r);

/* pt_relay_ready() - the emptier: the slot to empty next, or PT_RELAY_NONE; does not wait. */
uint32_t pt_relay_ready(struct pt_relay *r);

/* pt_relay_after() - the emptier: the slot behind the one it empties now; PT_RELAY_NONE: it has not seen that put. */
static inline uint32_t pt_relay_after(const struct pt_relay *r)
{
	uint64_t next = atomic_load_explicit(&r->done, memory_order_relaxed) + 1;

	return next < r->put_seen ? (uint32_t)(next % r->slots_nr) : PT_RELAY_NONE;
}

/* pt_relay_ask() - `nr` lines of 64 bytes of that slot will be needed soon: they come from memory, or another core. */
static inline void pt_relay_ask(const void *lines, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		__builtin_prefetch((const char *)lines + 64 * i, 0, 2);
}

/* pt_relay_waiting() - the emptier: how many slots wait for it; 0 also when it would not be woken for those there are. */
uint32_t pt_relay_waiting(const struct pt_relay *r);

/* pt_relay_stop() - it wants no more. */
void pt_relay_stop(struct pt_relay *r);

/* pt_relay_pause() - between two looks, for who waits without going to sleep. */
static inline void pt_relay_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

/* pt_relay_copy() - lines of 64 bytes, both places aligned to that, past the caches; seen after pt_relay_put(). */
void pt_relay_copy(void *to, const void *from, size_t lines);

/*
 * pt_threads_wanted() - how many threads an analysis is to use, 1 to PT_THREADS_MAX.
 *
 * 1: all in one. 2: the passes have their own. 3: who reads ahead, too. One a CPU, but one alone for a trace of few
 * bytes; the environment's POOLTRACE_THREADS says otherwise. The same comes out of all of them.
 */
#define PT_THREADS_MAX 3u
unsigned int pt_threads_wanted(uint64_t trace_bytes);

#endif
