// SPDX-License-Identifier: MIT
/*
 * graph.c - trace -> order -> heap and pools, and at each snapshot that was asked for all that it says.
 *
 * No pass runs behind heap and pools. A snapshot's tables are filled at its event, since that is when heap,
 * pools and the trace's own tables are those of the memory that was copied; what follows only adds how much
 * moved meanwhile.
 */
#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "pool_rows.h"
#include "resolved.h"
#include "stream.h"

#define LOOK_BACK 64u /* rows: no more snapshots than this are between the two events of one */

struct taker {
	struct pt_run run;
	struct pt_trace *trace;
	const struct pt_graph_ask *ask;
	uint32_t number; /* the one to take; 0 = all */
	uint32_t rows_max;
	bool *copying;	 /* by row: its PT_EV_SNAPSHOT_COPIED is still to come; then moved_objects is what had moved before */
	uint32_t copying_max;
	char *mark; /* name of the last one */
	struct pt_graph_report *out;
};

/* Row of a snapshot that was seen not long ago, or NULL. */
static struct pt_graph_snapshot *row_of(const struct taker *k, uint64_t number)
{
	const struct pt_graph_report *out = k->out;

	for (size_t i = out->snapshots_nr; i && out->snapshots_nr - i < LOOK_BACK; i--) {
		if (out->snapshots[i - 1].number == number)
			return &out->snapshots[i - 1];
	}
	return NULL;
}

/* A new row, which is not whole. NULL when there is no memory. */
static struct pt_graph_snapshot *add(struct taker *k, const struct pt_event *ev)
{
	struct pt_graph_report *out = k->out;
	uint32_t nr = (uint32_t)out->snapshots_nr;
	struct pt_graph_snapshot *rows = pt_pool_grown(out->snapshots, &k->rows_max, nr, sizeof(*rows));
	bool *copying;

	if (!rows)
		return NULL;
	out->snapshots = rows;
	copying = pt_pool_grown(k->copying, &k->copying_max, nr, sizeof(*copying));
	if (!copying)
		return NULL;
	k->copying = copying;
	copying[nr] = false;
	memset(&rows[nr], 0, sizeof(rows[nr]));
	rows[nr].number = (uint32_t)ev->size_bytes;
	rows[nr].time_ns = ev->time_ns;
	out->snapshots_nr++;
	return &rows[nr];
}

static int fill(struct taker *k, const struct pt_event *ev, struct pt_graph_snapshot *row)
{
	struct pt_resolved v;
	int r = pt_resolved_init(&v, &k->run, k->trace, ev);

	if (r)
		return r;
	row->whole = true;
	row->registers_asked = v.snapshot->registers_asked;
	row->unknown_threads = v.snapshot->unknown_threads;
	row->threads_nr = v.snapshot->threads_nr;
	row->threads_silent = v.refs.silent_nr;
	row->stall_ns = v.snapshot->stall_ns;
	row->child_ns = v.snapshot->child_ns;
	row->scanned_bytes = v.snapshot->scanned_bytes;
	row->stored_bytes = v.snapshot->stored_bytes;
	r = pt_graph_fill(&v.cut, &v.refs, v.snapshot, k->run.pools.pools, k->trace, k->ask, row);
	pt_resolved_fini(&v);
	return r;
}

static int take(struct taker *k, const struct pt_event *ev)
{
	struct pt_graph_snapshot *row;

	if (ev->size_bytes > UINT32_MAX || (k->number && ev->size_bytes != k->number) || row_of(k, ev->size_bytes))
		return 0;
	row = add(k, ev);
	if (!row)
		return -PT_ENOMEM;
	row->why = ev->flags;
	if (ev->flags == PT_SNAP_MARK && k->mark) {
		row->mark = strdup(k->mark);
		if (!row->mark)
			return -PT_ENOMEM;
	}
	k->copying[row - k->out->snapshots] = true;
	k->run.copying_nr++;
	row->moved_objects = k->run.moved_nr;
	return pt_snapshot_whole(k->trace, row->number) ? fill(k, ev, row) : 0;
}

static void copied(struct taker *k, struct pt_graph_snapshot *row)
{
	bool *copying = &k->copying[row - k->out->snapshots];

	if (!*copying)
		return;
	*copying = false;
	k->run.copying_nr--;
	row->moved_objects = k->run.moved_nr - row->moved_objects;
}

static int copy_ends(struct taker *k, const struct pt_event *ev)
{
	struct pt_graph_snapshot *row;

	if (ev->size_bytes > UINT32_MAX || (k->number && ev->size_bytes != k->number))
		return 0;
	row = row_of(k, ev->size_bytes);
	if (!row && k->ask->all) /* refused before it began, or the event is lost */
		row = add(k, ev);
	if (!row)
		return k->ask->all ? -PT_ENOMEM : 0;
	copied(k, row);
	if (row->whole && ev->time_ns >= row->time_ns) /* both stamps are the asking thread's */
		row->stall_ns = ev->time_ns - row->time_ns;
	if (!row->whole)
		row->lost = ev->flags;
	return 0;
}

static int hook(void *arg, const struct pt_event *ev)
{
	struct taker *k = arg;

	switch (ev->kind) {
	case PT_EV_MARK:
		free(k->mark);
		k->mark = strdup(ev->text ? ev->text : "");
		return k->mark ? 0 : -PT_ENOMEM;
	case PT_EV_SNAPSHOT:
		return take(k, ev);
	case PT_EV_SNAPSHOT_COPIED:
		return copy_ends(k, ev);
	default:
		return 0;
	}
}

static int by_number(const void *a, const void *b)
{
	const struct pt_graph_snapshot *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void finish(struct taker *k)
{
	const struct pt_trace *t = k->trace;
	struct pt_graph_report *out = k->out;

	for (size_t i = 0; i < out->snapshots_nr; i++)
		copied(k, &out->snapshots[i]);
	if (out->snapshots_nr)
		qsort(out->snapshots, out->snapshots_nr, sizeof(*out->snapshots), by_number);
	memcpy(out->program, t->header.program, sizeof(out->program) - 1);
	out->pid = t->header.pid;
	out->in_part = t->state.sampled_chunks || t->header.first_mode != PT_MODE_FULL || t->header.mode != PT_MODE_FULL ||
		       t->header.modes_changed;
	out->lost_events = pt_run_lost_events(t);
	out->duration_ns = pt_run_end_ns(&k->run);
	out->begun = t->state.snaps_begun;
	out->done = t->state.snaps_done;
	memcpy(out->lost, t->state.snaps_lost, sizeof(out->lost));
}

int pt_graph_analyse(struct pt_trace *t, const struct pt_graph_ask *ask,
		     void (*progress)(void *arg, double share), void *arg, struct pt_graph_report *out)
{
	struct taker *k = calloc(1, sizeof(*k));
	int r = -PT_ENOMEM;

	memset(out, 0, sizeof(*out));
	if (!k)
		return r;
	r = pt_run_init_bare(&k->run);
	if (r)
		goto free_k;
	k->trace = t;
	k->ask = ask;
	k->out = out;
	k->number = ask->all ? 0 : ask->number ? ask->number : pt_snapshot_last(t);
	if (ask->all || k->number) {
		k->run.hook = hook;
		k->run.hook_arg = k;
	}
	r = pt_stream(&k->run, t, NULL, progress, arg);
	finish(k);
	pt_run_fini(&k->run);
	free(k->mark);
	free(k->copying);
free_k:
	free(k);
	if (r) {
		pt_graph_report_fini(out);
		memset(out, 0, sizeof(*out));
	}
	return r;
}
