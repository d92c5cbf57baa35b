/* SPDX-License-Identifier: MIT */
/*
 * facts.h - what a trace file says about itself: losses, damage, sizes.
 */
#ifndef PT_FACTS_H
#define PT_FACTS_H

#include "../result/report.h"
#include "../trace/trace.h"

/* pt_facts_fill() - r->file, r->allocator and r->running (by r->trace_path) of a trace that was read to its end. 0 or -PT_ENOMEM. */
int pt_facts_fill(const struct pt_trace *t, struct pt_report *r);

#endif
