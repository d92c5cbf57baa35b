// SPDX-License-Identifier: MIT
/*
 * resolved.c - heap, pools and a snapshot's words at one event: nodes and edges.
 */
#include "resolved.h"

int pt_resolved_init(struct pt_resolved *v, const struct pt_run *run, struct pt_trace *t, const struct pt_event *ev)
{
	uint64_t now_ns = pt_run_end_ns(run); /* an object may have changed at an event that was moved */
	int r;

	r = pt_cut_take(&v->cut, &run->heap, run->pools.pools, now_ns > ev->time_ns ? now_ns : ev->time_ns);
	if (r)
		return r;
	r = pt_snapshot_open(&v->snapshot, t, (uint32_t)ev->size_bytes);
	if (r)
		goto fini_cut;
	r = pt_references_read(&v->refs, &v->cut, v->snapshot, t, &run->heap);
	if (r)
		goto close;
	return 0;
close:
	pt_snapshot_close(v->snapshot);
fini_cut:
	pt_cut_fini(&v->cut);
	return r;
}

void pt_resolved_fini(struct pt_resolved *v)
{
	pt_references_fini(&v->refs);
	pt_snapshot_close(v->snapshot);
	pt_cut_fini(&v->cut);
}
