/* SPDX-License-Identifier: MIT */
/*
 * thread.h - a writer: one stream of chunks, owned by one thread at a time.
 *
 * There is no teardown: late destructors still allocate, so a writer whose thread said
 * goodbye stays usable until the kernel no longer knows the thread; then the next new thread
 * takes it over, chunk, stack nodes and all. After a fork the child sees by `opened` that its
 * writers belong to another trace.
 */
#ifndef PT_THREAD_H
#define PT_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../format/codec.h"
#include "stack.h"

#define PT_WRITER_PAGES_FIRST 2u /* 8 KiB: 32,000 short threads fit 256 MiB */

struct pt_process;
struct pt_locals;
struct pt_light;

/* What is left behind by a thread that ended, for the next new one. */
struct pt_leaver {
	struct pt_leaver *next;
	uint32_t tid;
	uint32_t left; /* it is in a list: once, though destructors of the program may have its thread say goodbye again */
};

#define PT_LEAVER_LISTS 64u

/*
 * Those of a process. Who leaves goes to the next list, who comes looks from the oldest one on: about a queue, so
 * that the kernel has had time to forget them. With one list, new threads that came at a time found it in the hands
 * of another and made a writer each: 2,946 for 200,000 threads of which 8 ran at once, and each search walked them all.
 */
struct pt_leavers {
	_Atomic(struct pt_leaver *) lists[PT_LEAVER_LISTS];
	_Atomic uint32_t pushed; /* ever */
	_Atomic uint32_t taken;	 /* list to begin with */
};

struct pt_writer {
	/* What every event touches. */
	uint8_t *pos;	      /* where the next record goes */
	uint8_t *limit;	      /* from here on PT_RECORD_BYTES_MAX no longer fit; pos >= limit: see emit.c */
	uint64_t busy_sp;     /* stack pointer of the hook that is writing right now; 0 = none */
	uint64_t sample_tick; /* next time to look at RSS and at the thread's name */
	uint64_t brk;	      /* program break when last looked at */
	uint32_t cpu;
	uint32_t depth; /* frames asked for; 0 = no stacks */
	uint32_t opened; /* pt_process.opened of its trace */
	struct pt_stacks stacks;
	struct pt_codec codec;
	/* The rest. */
	struct pt_process *process;
	struct pt_leaver leaver;  /* in pt_process.exited */
	struct pt_writer *nested; /* for events of a signal handler that interrupted this one */
	struct pt_chunk_header *chunk;
	uint32_t next_pages; /* size of the next chunk */
	uint32_t nr;
	uint32_t seq;
	uint32_t epoch_written; /* stacks.epoch that the file knows of */
	uint64_t serial;	/* of the thread */
	uint32_t tid;
	struct pt_locals *locals; /* ring: numbers of stacks in the current chunk (local.h); else NULL */
	uint32_t sample_bytes;	  /* of the current chunk, and the next */
	bool announced; /* PT_EXT_THREAD was written for this thread */
	char name[16];	/* TASK_COMM_LEN */
};

/* The thread's writer while it tells every event; NULL when it counts or samples, or has none: the slow way finds out. */
extern __thread struct pt_writer *pt_self __attribute__((tls_model("initial-exec")));

/* The thread's writer, whatever is recorded; NULL: none yet. */
extern __thread struct pt_writer *pt_mine __attribute__((tls_model("initial-exec")));

/* What the thread counts or samples with (light.h); none yet: the one that is nobody's. */
extern __thread struct pt_light *pt_light __attribute__((tls_model("initial-exec")));

extern struct pt_light pt_light_nobody;

/* pt_thread_seen() - has this thread had an event? */
static inline bool pt_thread_seen(void)
{
	return pt_mine || pt_light != &pt_light_nobody;
}

/*
 * pt_writer_attach() - give the calling thread a writer and make it pt_mine.
 *
 * opened: pt_process.opened as it was before. A handler that forks in here leaves the child a writer of
 * the parent's, of no use to it, and not one that seems to be its own.
 *
 * NULL when there is no memory. Async-signal-safe, no locks. errno kept.
 */
struct pt_writer *pt_writer_attach(uint32_t opened);

/* pt_writer_nested() - the writer for events inside `w`'s own hook, NULL when there is no memory. */
struct pt_writer *pt_writer_nested(struct pt_writer *w);

/* pt_thread_init() - once, at the boot: ask libc to tell when threads end. */
void pt_thread_init(void);

/* pt_thread_told() - tell when the calling thread ends. */
void pt_thread_told(void);

/* pt_leaver_push() - its thread has ended. pt_leaver_take() - one whose thread the kernel has forgotten, or NULL.
 * own_tid: the caller's. */
void pt_leaver_push(struct pt_leavers *leavers, struct pt_leaver *l);
struct pt_leaver *pt_leaver_take(struct pt_leavers *leavers, uint32_t own_tid);

/* pt_thread_exited - called in a thread that ends, once, before the last destructors. Set by emit.c. */
extern void (*pt_thread_exited)(struct pt_writer *w);

#endif
