/* SPDX-License-Identifier: MIT */
/*
 * behind.h - the passes in a thread of their own, behind the heap.
 *
 * The heap's batches are copied into a ring, and the thread hands each to the passes: the same batches in the
 * same order as without it. A pass sees nothing but changes, so it does not notice. Who
 * wants to know what passes have counted waits with pt_behind_drain().
 */
#ifndef PT_BEHIND_H
#define PT_BEHIND_H

#include "../model/change.h"
#include "../trace/relay.h"

struct pt_behind;

/*
 * pt_behind_open() - a thread that calls fold(arg, ...) with each batch.
 *
 * NULL: there is no memory for it, or no thread; then nothing is different but that it takes longer.
 */
struct pt_behind *pt_behind_open(pt_change_fn *fold, void *arg);

/*
 * pt_behind_lend() - what else the thread is to do: work(arg, spare), again and again, until it returns false.
 *
 * spare: there is no batch to fold now. If there is one, it is called as long as there are not so many that the heap would
 * soon have to wait, and is to do nothing that can wait. NULL: nothing from now on, and nobody is in work() any more.
 * b: NULL does nothing.
 */
typedef bool pt_behind_work_fn(void *arg, bool spare);
void pt_behind_lend(struct pt_behind *b, pt_behind_work_fn *work, void *arg);

/* pt_behind_put() - the next batch, aligned to 64 bytes; waits for room. 0, or what fold() returned before. */
int pt_behind_put(struct pt_behind *b, const struct pt_change *changes, size_t nr);

/* pt_behind_after() - for fold(): the batch behind the one it is given, only to be asked for (pt_relay_ask()); NULL: there is
 * none yet. */
const struct pt_change *pt_behind_after(const struct pt_behind *b);

/* pt_behind_drain() - waits until all that was put is folded. The same. */
int pt_behind_drain(struct pt_behind *b);

/* pt_behind_close() - the same, and ends the thread; NULL is 0. */
int pt_behind_close(struct pt_behind *b);

#endif
