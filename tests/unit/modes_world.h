/* SPDX-License-Identifier: MIT */
/* modes_world.h - traces in which not every event was recorded, whose truth is known. For tests, fuzzers and shell. */
#ifndef PT_MODES_WORLD_H
#define PT_MODES_WORLD_H

#include "trace_builder.h"

#define MW_POOL 0x7f0000001000u

/*
 * mw_counters() - counters from the start. "main", on CPUs 0 and 1: 1000 blocks of 40 usable bytes (32 asked for), 400 freed;
 * 10 of 1 MiB, none freed. "worker", two that have ended and one that lives: 600 of 24 bytes, all freed, and 100 of main's 40
 * bytes. A pool "buffers" at MW_POOL: 500 gets and 480 puts in shard 0, 20 misses told and 5 stocked, 2 dropped.
 */
struct tb *mw_counters(void);

/*
 * mw_sample() - a sample of one for every 64 KiB: "main" keeps 3 of 1 MiB and one of 1000 bytes, of which the estimate is
 * 1000 / (1 - exp(-1000 / 65536)), and frees another of these; "worker" frees its one of 1000 bytes.
 */
struct tb *mw_sample(void);

/*
 * mw_switched() - every event, then counters, then every event: of 4 blocks, A is freed and given out again unseen, B freed
 * unseen and given out again, C stays, D is freed unseen and comes again as a foreign free. 7 allocations were counted.
 */
struct tb *mw_switched(void);

#endif
