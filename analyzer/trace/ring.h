/* SPDX-License-Identifier: MIT */
/*
 * ring.h - what is left of a flight recorder's trace, and from when on it is all there.
 *
 * Inside trace/ only. Chunks were dropped when their turn came, those of busy threads sooner: an old
 * event of an idle thread may be here whose consequences are not. So events up to the last dropped one
 * are left out; what defines things (threads, stacks, modules, pools' names) never is.
 */
#ifndef PT_TRACE_RING_H
#define PT_TRACE_RING_H

#include "source.h"

struct pt_writer;

/* pt_ring_read() - fills state->ring and s->ring_tick and takes chunks that were dropped off the list. A ring
 * that makes no sense is none. 0, -PT_EIO, -PT_ENOMEM. */
int pt_ring_read(struct pt_source *s, const struct pt_file_header *h, struct pt_trace_state *state);

/* pt_ring_before() - w->rec is from before the ring's beginning: is it an event, to be left out? Counted, if so. */
bool pt_ring_before(const struct pt_writer *w, struct pt_trace_state *state);

/* pt_ring_overtaken() - is the chunk not there any more? A live recorder has used its place again. */
bool pt_ring_overtaken(const struct pt_source *s, const struct pt_chunk *c);

#endif
