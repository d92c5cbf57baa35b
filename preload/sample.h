/* SPDX-License-Identifier: MIT */
/*
 * sample.h - what is looked at once in a while: RSS, the clocks, the thread's name.
 *
 * Runs inside malloc() and in signal handlers, by the thread that owns the writer and has set
 * busy_sp.
 */
#ifndef PT_SAMPLE_H
#define PT_SAMPLE_H

#include "thread.h"

/* pt_sample() - it is time (w->sample_tick): look, and set the next time. 0 or -PT_ENOSPC. */
int pt_sample(struct pt_writer *w, uint64_t tick);

/* pt_sample_rss() - look at RSS now, before there are no events any more. 0 or -PT_ENOSPC. */
int pt_sample_rss(struct pt_writer *w);

/* pt_sample_last() - the same and the peak of RSS, by the kernel's account: 1 KiB of stack more. */
int pt_sample_last(struct pt_writer *w);

/* pt_sample_name() - tell the thread's name if it is another than it was. 0 or -PT_ENOSPC. */
int pt_sample_name(struct pt_writer *w);

/* pt_sample_due() - is it time for pt_sample() in a process whose events are not told? */
bool pt_sample_due(struct pt_process *pr, uint64_t tick);

#endif
