/* SPDX-License-Identifier: MIT */
/*
 * resolved.h - one snapshot with the nodes of its cut and the edges between them.
 */
#ifndef PT_RESOLVED_H
#define PT_RESOLVED_H

#include "../model/references.h"
#include "run.h"

struct pt_resolved {
	struct pt_cut cut;
	struct pt_references refs;
	struct pt_snapshot *snapshot;
};

/*
 * pt_resolved_init() - at the PT_EV_SNAPSHOT `ev` of a snapshot that is whole.
 *
 * 0, -PT_ENOMEM, -PT_EINVAL (more nodes or edges than a graph takes), or what the snapshot's reader returned; then there
 * is nothing to fini.
 */
int pt_resolved_init(struct pt_resolved *v, const struct pt_run *run, struct pt_trace *t, const struct pt_event *ev);
void pt_resolved_fini(struct pt_resolved *v);

#endif
