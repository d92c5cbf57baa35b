/* SPDX-License-Identifier: MIT */
/* dump_snapshot.h - pooltrace dump --snapshot: one snapshot, a record a line. */
#ifndef PT_DUMP_SNAPSHOT_H
#define PT_DUMP_SNAPSHOT_H

#include "../trace/trace.h"
#include "line.h"

/* pt_dump_snapshot() - 0, -PT_EINVAL (it is not in the file, or not whole) or what reading it says. */
int pt_dump_snapshot(struct pt_line *l, struct pt_trace *t, uint32_t number, bool json);

#endif
