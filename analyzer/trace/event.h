/* SPDX-License-Identifier: MIT */
/*
 * event.h - one decoded event, as every room above trace/ sees it.
 *
 * Threads, stacks and modules are dense indexes into the tables of struct pt_trace
 * (trace/trace.h), so that a model can keep plain arrays. No pointer into the file leaves
 * trace/, except `text`, which lives until the next event.
 */
#ifndef PT_EVENT_H
#define PT_EVENT_H

#include <stdint.h>

enum pt_event_kind {
	PT_EV_ALLOC = 1,     /* addr, size_bytes, stack, fn (never a realloc) */
	PT_EV_FREE,	     /* addr, fn */
	PT_EV_REALLOC_BEGIN, /* addr: the old block may be given back from now on */
	PT_EV_REALLOC_END,   /* addr, size_bytes, stack; old_addr: of its begin, 0 if realloc(NULL, n) */
	PT_EV_REALLOC_FAILED, /* old_addr lives on as it was */
	PT_EV_REALLOC_FREED, /* realloc(p, 0) freed old_addr and returned NULL */
	PT_EV_MMAP,	     /* addr, size_bytes, stack, flags */
	PT_EV_MUNMAP,	     /* addr, size_bytes */
	PT_EV_MREMAP,	     /* old_addr, old_size_bytes, addr, size_bytes, stack */
	PT_EV_GONE,	     /* addr, size_bytes, flags = enum pt_gone: pages went back to the system */
	PT_EV_USABLE,	     /* size_bytes -> old_size_bytes: usable bytes the allocator gave for that size */
	PT_EV_RSS,	     /* size_bytes resident, old_size_bytes of them anonymous, addr = program break; old_addr = most ever, 0 = not told */
	PT_EV_THREAD_START,  /* addr = tid, new_addr = thread pointer, 0 = not known */
	PT_EV_THREAD_NAME,   /* text */
	PT_EV_THREAD_EXIT,
	PT_EV_CPU,	     /* the thread runs on `cpu` from here on */
	PT_EV_MODULE,	     /* text = path; addr, size_bytes = mapping (details in pt_trace.modules) */
	PT_EV_MODULE_GONE,   /* addr, size_bytes */
	PT_EV_NOTE,	     /* text */
	/* Annotated pools; `pool` is the pool's address. */
	PT_EV_POOL_GET,	    /* addr = object, size_bytes (0 = as the pool says), shard, stack */
	PT_EV_POOL_PUT,	    /* addr, shard, stack */
	PT_EV_POOL_MISS,    /* shard */
	PT_EV_POOL_STOCK,   /* addr, size_bytes, shard, stack */
	PT_EV_POOL_DROP,    /* addr, stack */
	PT_EV_POOL_PURGE,   /* shard, or PT_SHARD_ALL; stack */
	PT_EV_POOL_MOVE,    /* addr, shard */
	PT_EV_POOL_RESIZE,  /* addr, new_addr, size_bytes, stack */
	PT_EV_POOL_CREATE,  /* size_bytes (0 = they vary), shard = how many (0 = not known), text, stack */
	PT_EV_POOL_DESTROY, /* stack */
	PT_EV_SHARD_NAME,   /* shard, text */
	PT_EV_MARK,	    /* text, stack; not of a pool */
	PT_EV_PAUSE,	    /* no event of any thread until PT_EV_RESUME */
	PT_EV_RESUME,
	PT_EV_SNAPSHOT,	       /* size_bytes = number, flags = enum pt_snap_why: the cut (trace/snapshot.h) */
	PT_EV_SNAPSHOT_COPIED, /* size_bytes = number, flags = 0 or enum pt_snap_lost + 1 */
	PT_EV_MODE, /* flags = enum pt_mode, size_bytes = bytes from one sampled allocation to the next: from here on */
};
#define PT_EV_POOL_FIRST PT_EV_POOL_GET
#define PT_EV_POOL_LAST PT_EV_SHARD_NAME

#define PT_CPU_MAX 65535u /* a larger number, which no kernel has, becomes this */

struct pt_event {
	uint8_t kind; /* enum pt_event_kind */
	uint8_t fn;   /* enum pt_fn */
	uint8_t repaired; /* 1: its place was moved so that alternation on its address holds (decision 3) */
	uint8_t flags;
	uint32_t cpu;
	uint32_t thread; /* index into pt_trace.threads */
	uint32_t stack;	 /* index into pt_trace.stacks; 0 = none known */
	uint64_t time_ns; /* since the start of the trace; non-decreasing except for `repaired` events */
	uint64_t addr;
	uint64_t size_bytes; /* as requested */
	union {
		uint64_t old_addr;
		uint64_t pool; /* PT_EV_POOL_FIRST to PT_EV_POOL_LAST */
	};
	union {
		uint64_t old_size_bytes;
		uint64_t sample_bytes; /* ALLOC, REALLOC_END: of the sample it is in (docs/format.md); 0 = every one is there */
		uint64_t shard; /* the same kinds; PT_SHARD_THREAD: the thread's own */
	};
	union {
		const char *text;  /* NUL-terminated */
		uint64_t new_addr; /* PT_EV_POOL_RESIZE, PT_EV_THREAD_START */
	};
};

#endif
