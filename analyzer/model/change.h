/* SPDX-License-Identifier: MIT */
/*
 * change.h - what events did to blocks: the only thing a pass sees.
 *
 * The heap turns each event into none, one or several changes and hands them out in batches, in
 * order. A pass is a fold over them. One cache line each; everything a pass needs is in it.
 *
 * Of one event come first what ended (MISSED, TAKEN, REUSED, RESIZED), then PUT, then GOT: so no
 * sum passes through a value that it did not have between two events, and a running maximum is
 * right.
 */
#ifndef PT_CHANGE_H
#define PT_CHANGE_H

#include <stddef.h>
#include <stdint.h>

enum pt_change_kind {
	PT_CHANGE_GOT = 1, /* nothing -> in use */
	PT_CHANGE_PUT,	   /* in use -> idle */
	PT_CHANGE_REUSED,  /* idle -> nothing: its range, or a part, is handed out again */
	PT_CHANGE_GONE,	   /* idle -> nothing: its pages went back to the system */
	PT_CHANGE_RESIZED, /* in use -> nothing: realloc in place, a GOT over its range follows */
	PT_CHANGE_TAKEN,   /* in use -> nothing, idle from since_ns to time_ns: the old block of a
			    * realloc that was reused, or gone, before the realloc returned */
	PT_CHANGE_MISSED, /* in use -> nothing: handed out again although no free was recorded */
	PT_CHANGE_STRAY,  /* a free of an address where no block in use starts */
	PT_CHANGE_LEFT,	  /* still idle when the trace ends; no transition */
	PT_CHANGE_RSS,	  /* size_bytes resident, anon_bytes of them anonymous, while in_use_bytes were in use */
	PT_CHANGE_RSS_PEAK, /* size_bytes: the most that ever was resident, by the kernel */
	PT_CHANGE_MAPPED, /* size_bytes = all that the program itself has mapped now */
	PT_CHANGE_SAMPLED, /* the first of all: some that follow are a sample (GOT) */
	PT_CHANGE_CLASS,  /* a size class, before the first change of it: class; size_bytes = its usable bytes */
	PT_CHANGE_CPU,	  /* the same of a CPU: cpu; size_bytes = its own number */
	PT_CHANGE_PLAIN,  /* `flags` of the small changes in plain[], all by `thread` on `cpu` to blocks of those two */
};

enum pt_change_flags {
	PT_CHANGE_FRESH = 1,	 /* GOT: from words that were never handed out before */
	PT_CHANGE_BY_FREE = 2,	 /* PUT, TAKEN: by a free or realloc(p, 0), not by moving on */
	PT_CHANGE_TEMPORARY = 4, /* PUT, TAKEN: next allocation event of the thread that got it */
	PT_CHANGE_UNMAPPED = 8,	 /* TAKEN: ended because its pages went back to the system */
};

/*
 * What nearly all events do, in a third of the room: a small block is put, or one that lies idle is got again at its very
 * address, which is REUSED and GOT in one.
 */
struct pt_plain {
	uint8_t kind;	     /* PT_CHANGE_PUT: BY_FREE; or PT_CHANGE_GOT */
	uint8_t flags;	     /* PT_CHANGE_TEMPORARY */
	uint16_t size_bytes; /* that is put, or got */
	uint16_t idle_bytes; /* GOT: of the block that was idle */
	uint16_t class;	     /* of the block that is, or was, idle */
	uint32_t site;
	uint32_t idle_site; /* GOT: where the idle block had been allocated */
	uint64_t idle_ns;   /* GOT: how long it was idle */
};
#define PT_PLAIN_MAX 2u

/*
 * thread, cpu: who did it; of REUSED, GONE and LEFT: who held it (who put it).
 * owner_thread, owner_cpu: of PUT, RESIZED, TAKEN and MISSED: who had got it.
 * Threads are indexes into pt_trace.threads; CPUs and sites are dense numbers of the heap.
 */
struct pt_change {
	uint8_t kind;
	uint8_t flags;
	uint16_t cpu;
	uint32_t thread;
	uint64_t epoch; /* nth time the pool's held bytes made a new peak, before this change */
	union {
		struct {
			uint16_t pool; /* 0 = malloc */
			uint16_t owner_cpu;
			uint32_t owner_thread;
			uint32_t site;	/* where the block was allocated; no meaning in STRAY */
			uint32_t class; /* PUT, REUSED, GONE: size class (classes.h) */
			uint64_t time_ns;
			union {
				uint64_t since_ns;     /* REUSED, GONE, TAKEN, LEFT: idle since */
				uint64_t in_use_bytes; /* RSS */
				uint64_t sample_bytes; /* GOT: mean distance of the sample it is in; 0 = it stands for itself */
			};
			union {
				uint64_t addr;
				uint64_t anon_bytes; /* RSS */
			};
			uint64_t size_bytes; /* as requested */
		};
		struct pt_plain plain[PT_PLAIN_MAX];
	};
};
_Static_assert(sizeof(struct pt_change) == 64, "one cache line");

/* A batch. 0, or a negative PT_E* that stops the work. */
typedef int pt_change_fn(void *arg, const struct pt_change *changes, size_t nr);

#endif
