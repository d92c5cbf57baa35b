/* SPDX-License-Identifier: MIT */
/*
 * recorded.h - which traces a run has left behind.
 */
#ifndef PT_RECORDED_H
#define PT_RECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pt_recorded_trace {
	char *path; /* owned */
	uint8_t trace_id[16], parent_id[16];
	uint32_t pid, ppid;
	uint64_t start_real_ns;
	uint64_t ring_bytes; /* of a flight recorder; 0 = it is none */
	uint64_t used_bytes; /* of the file; what lies behind is a hole */
	uint64_t lost_events;
	bool counters; /* what happened was, at some time, only counted: its events say little */
	bool unfinished; /* a snapshot is being written, or its process was killed */
	int ours; /* by some process of this run */
};

struct pt_recorded {
	struct pt_recorded_trace
		*traces; /* those of the run, in the order in which they were begun */
	size_t traces_nr;
};

/*
 * pt_recorded_find() - traces that `pattern` can have named, begun by `pid` or its descendants.
 *
 * pattern:  absolute, as in POOLTRACE_OUTPUT. Where each process has a folder of its own nothing is found.
 * since_ns: CLOCK_REALTIME before the run; older traces are others'.
 *
 * A descendant is told by its parent's pid, or by the trace that it names as its parent's when
 * that one has died. 0 or -PT_ENOMEM.
 */
int pt_recorded_find(const char *pattern, pid_t pid, uint64_t since_ns, struct pt_recorded *out);
void pt_recorded_fini(struct pt_recorded *r);

/* pt_recorded_settle() - wait until no snapshot of the trace is being written any more, or for 10 s in
 * which nothing came. Reads `t` anew. */
void pt_recorded_settle(struct pt_recorded_trace *t);

/*
 * pt_recorded_trim() - cut the hole behind the last record, so that the trace can be copied.
 *
 * Only when no process writes to it any more. Failing is harmless.
 */
void pt_recorded_trim(struct pt_recorded_trace *t);

/* pt_recorded_quiet() - does certainly nobody write to that file? False also when it is a link, or of another user. */
bool pt_recorded_quiet(const char *path);

/* pt_recorded_written() - does certainly somebody have it open for writing, or mapped? */
bool pt_recorded_written(const char *path);

/* pt_recorded_events() - how many events a trace holds; UINT64_MAX when it cannot be read. Decodes
 * all of it. */
uint64_t pt_recorded_events(const struct pt_recorded_trace *t);

#endif
