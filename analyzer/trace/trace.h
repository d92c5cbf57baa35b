/* SPDX-License-Identifier: MIT */
/*
 * trace.h - one trace file as a stream of events in one order.
 *
 * source.c validates bytes and decodes one writer; merge.c puts the writers in one order;
 * trace.c is the face that the rest of the analyzer sees. Memory: O(writers * chunk + threads +
 * stack nodes + modules), never O(events).
 */
#ifndef PT_TRACE_H
#define PT_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "../../format/layout.h"

struct pt_thread_info {
	uint64_t serial; /* 1 = the first thread of the process that recorded */
	uint32_t tid;
	bool exited;
	uint64_t pointer; /* %fs: its thread control block, at the upper end of its stack; 0 = not known */
	char name[64]; /* the last name it had; "" when never known */
	uint64_t start_ns, exit_ns;
};

/* A stack is a node: one frame, called by the frame of `parent`. Walking the parents leads from
 * the innermost frame to the outermost. */
struct pt_stack_node {
	uint32_t parent; /* 0 = this is the outermost frame */
	uint32_t depth;	 /* frames, >= 1 */
	uint64_t ip;	 /* return address, or PT_FRAME_UNKNOWN / PT_FRAME_CUT */
	uint32_t module; /* index into modules, or PT_MODULE_NONE */
};
#define PT_MODULE_NONE UINT32_MAX

struct pt_module_info {
	uint64_t map_start, map_bytes, bias; /* vaddr in the ELF file = ip - bias */
	uint64_t load_ns, unload_ns;	     /* unload_ns = UINT64_MAX while loaded */
	uint8_t build_id[32];
	uint32_t build_id_bytes;
	bool in_stacks; /* a stack goes through it */
	char *path;
};

/* A flight recorder's losses: what was dropped from the ring, with what is still in the file and older than the
 * last of it. */
struct pt_trace_ring {
	uint64_t bytes;	 /* of the ring; 0 = there is none */
	uint64_t chunks; /* dropped */
	uint64_t allocs, frees, pools, others; /* events that are not handed out, by kind; complete at the end */
	uint64_t since_ns; /* from here on everything is there; 0 = from the start */
};

/* What was found in the file that is not as a recorder in good health writes it. */
struct pt_trace_state {
	uint64_t file_bytes;	  /* apparent length (sparse) */
	uint64_t used_bytes;	  /* header + chunks claimed */
	uint64_t packed_bytes;	  /* length of the packed file that these are read from; 0: not packed */
	uint64_t chunks_nr;
	uint64_t writers_nr;
	uint64_t unopened_pages;  /* claimed, never opened: a thread died or is about to write */
	uint64_t returned_pages;  /* and these, which snapshots that were dropped gave back: holes */
	uint64_t snaps_bytes;	  /* of used_bytes: chunks of snapshots, whole or not */
	uint64_t sampled_chunks;  /* of chunks_nr: their events of malloc are a sample */
	uint64_t sample_bytes;	  /* of the latest of them; 0 = there is none */
	uint64_t corrupt_chunks;  /* chunks given up at some record */
	uint64_t corrupt_bytes;	  /* bytes in them after that record */
	uint64_t missing_chunks;  /* gaps in a writer's sequence */
	bool live;		  /* still being written: events after pt_trace_open() were left out */
	bool truncated;		  /* the file is shorter than its cursor says */
	uint64_t lost_allocs[PT_LOST_NR], lost_frees[PT_LOST_NR];
	uint64_t lost_others[PT_LOST_NR]; /* mappings, thread ends and the like */
	uint64_t lost_pools[PT_LOST_NR];  /* events of annotated pools */
	uint32_t stopped;	  /* as in pt_file_header */
	uint32_t snaps_begun, snaps_done, snaps_lost[PT_SNAP_LOST_NR]; /* the same */
	struct pt_trace_ring ring;
	uint64_t read_bytes;	  /* length of the chunks begun so far */
	uint64_t events_nr;	  /* alloc + free + realloc events decoded so far */
	uint64_t repaired_nr;	  /* events moved by decision 3's repair */
	uint64_t exchanged_nr;	  /* of them, how often two threads' frees of one address were exchanged */
	uint64_t alloc_of_live;	  /* anomalies after repair: */
	uint64_t free_of_dead;	  /* a free of an address that is known and not live */
	uint64_t free_of_unknown; /* a free of an address never seen allocated */
	uint64_t explained_nr;	  /* events that contradict others only because recording paused, or did less, between them */
	uint64_t threads_left_out; /* how often a thread came up that the table has no row for: its events are of serial 0 */
	uint64_t tsc_hz;		  /* frequency of the recorder's TSC */
	bool clock_estimated;	  /* tsc_hz is a guess: no two clock samples in the trace are 1 ms apart */
};

struct pt_trace {
	struct pt_file_header header; /* a copy, validated */
	struct pt_thread_info *threads;
	uint32_t threads_nr;
	struct pt_stack_node *stacks; /* [0] unused */
	uint32_t stacks_nr;
	struct pt_module_info *modules;
	uint32_t modules_nr;
	struct pt_trace_state state;
	uint64_t end_ns; /* time of the last event handed out */
	struct pt_trace_private *priv;
};

/* pt_trace_open() - a trace that is still being written is read up to now. 0, or -PT_EIO (errno), -PT_ENOTTRACE, -PT_EVERSION, -PT_ECORRUPT (its header), -PT_ENOMEM. */
int pt_trace_open(struct pt_trace **out, const char *path);

/* pt_trace_next() - 1 and *ev, 0 at the end of what is committed, negative PT_E*. */
int pt_trace_next(struct pt_trace *t, struct pt_event *ev);

/* pt_trace_watch_modules() - seen(arg, m) when a stack goes through a module for the first time, in the thread that reads
 * then; it must not look at the trace. A module that turns up only after its stacks may be left out. */
void pt_trace_watch_modules(struct pt_trace *t, void (*seen)(void *arg, const struct pt_module_info *m), void *arg);

/* pt_trace_progress() - share of the used bytes consumed, 0.0 to 1.0. */
double pt_trace_progress(const struct pt_trace *t);

void pt_trace_close(struct pt_trace *t);

/* pt_stack_frames() - the nodes of `stack`, innermost first; returns how many were written, <= max. */
size_t pt_stack_frames(const struct pt_trace *t, uint32_t stack, const struct pt_stack_node **out, size_t max);

#endif
