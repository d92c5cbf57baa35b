/* SPDX-License-Identifier: MIT */
/*
 * pool_play.h - events in, a report out, without a trace file.
 */
#ifndef POOL_PLAY_H
#define POOL_PLAY_H

#include "../../analyzer/result/report.h"
#include "../../analyzer/trace/event.h"

#define PLAY_THREADS 4u

/* play_report() - what heap and pools make of `nr` events. Asserts that all goes well. */
void play_report(const struct pt_event *events, size_t nr, struct pt_report *out);

#endif
