/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - the snapshots of a trace: what memory there was at a cut, and which word points where.
 *
 * A snapshot is cut where its PT_EV_SNAPSHOT comes among the events; that is when a model has the
 * blocks that its edges lead from and to. Which snapshots there are is known as soon as the trace
 * is open. Everything read is checked here: regions are ascending and disjoint, places ascend and
 * lie in a region, counts agree. Memory: regions, threads and registers, and one chunk of edges.
 */
#ifndef PT_TRACE_SNAPSHOT_H
#define PT_TRACE_SNAPSHOT_H

#include "../../format/snap.h"
#include "trace.h"

struct pt_snap_area {
	uint64_t start, end;
	uint32_t kind; /* enum pt_snap_region */
};

/* Writable data of a module, .bss with it. */
struct pt_snap_static {
	uint64_t start, end;
	uint64_t bias; /* address in the ELF file = address - bias */
	char *path;
};

struct pt_snap_thread {
	uint32_t tid;
	uint32_t flags; /* PT_SNAP_THREAD_* */
	uint64_t sp;	/* 0 = not known */
};

struct pt_snap_register {
	uint32_t tid;
	uint32_t number; /* DWARF's for x86-64: 0 rax, 1 rdx, 2 rcx, 3 rbx ... 17-32 xmm */
	uint64_t value;
};

struct pt_snap_edge {
	uint64_t place; /* address of the word */
	uint64_t value; /* what it holds */
};

struct pt_snapshot {
	uint32_t number; /* from 1 */
	struct pt_snap_area *areas;
	struct pt_snap_static *statics; /* by start, disjoint */
	struct pt_snap_thread *threads;
	struct pt_snap_register *registers;
	uint32_t areas_nr, statics_nr, threads_nr, registers_nr;
	/* As PT_SNAP_END says. */
	uint64_t edges_nr, scanned_bytes, child_ns, stall_ns;
	uint64_t stored_bytes; /* of its chunks in the file */
	bool registers_asked, unknown_threads;
	struct pt_snapshot_private *priv;
};

/* pt_snapshots_nr() - how many numbers were given out, whatever became of them: they are 1 to this. */
uint32_t pt_snapshots_nr(const struct pt_trace *t);

/* pt_snapshot_whole() - is snapshot `number` in the file with its end and all its chunks? One that is not was
 * lost, or its process was killed, or is still writing. */
bool pt_snapshot_whole(const struct pt_trace *t, uint32_t number);

/* pt_snapshot_last() - the last whole one, 0 when there is none. */
uint32_t pt_snapshot_last(const struct pt_trace *t);

/*
 * pt_snapshot_open() - everything but the edges, which pt_snapshot_edges() reads.
 *
 * May be called at any time while the trace is open, between two events too.
 * 0, -PT_EINVAL (not whole), -PT_ECORRUPT, -PT_EIO or -PT_ENOMEM; then there is nothing to close.
 */
int pt_snapshot_open(struct pt_snapshot **out, struct pt_trace *t, uint32_t number);
void pt_snapshot_close(struct pt_snapshot *s);

/* pt_snapshot_edges() - the next edges, by ascending place. How many, 0 after the last, or -PT_ECORRUPT,
 * -PT_EIO. */
int pt_snapshot_edges(struct pt_snapshot *s, struct pt_snap_edge *out, uint32_t max);

#endif
