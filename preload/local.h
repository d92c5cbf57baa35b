/* SPDX-License-Identifier: MIT */
/*
 * local.h - in a ring: a writer's stack nodes, numbered anew in each chunk.
 *
 * Any chunk may be dropped, so each defines what it uses, when it first uses it. The writer's own
 * nodes stay, and with them all that is remembered about walks.
 */
#ifndef PT_LOCAL_H
#define PT_LOCAL_H

#include <stddef.h>
#include <stdint.h>

struct pt_writer;

/* pt_local_stack() - the number of the writer's node `stack` in the current chunk, defined there, with room
 * behind it for a record of `bytes`. PT_STACK_NO_ROOM: there is no chunk. 0: no stack, or no memory. */
uint32_t pt_local_stack(struct pt_writer *w, uint32_t stack, size_t bytes);

/* pt_local_turn() - the writer has a new chunk, in which nothing is defined. */
void pt_local_turn(struct pt_writer *w);

/* pt_local_begin() - the writer is one of a ring. False: no memory. */
int pt_local_begin(struct pt_writer *w);

#endif
