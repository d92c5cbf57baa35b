/* SPDX-License-Identifier: MIT */
/*
 * pool_script.h - one event after the other, by hand, and what the pools make of them.
 */
#ifndef POOL_SCRIPT_H
#define POOL_SCRIPT_H

#include "pool_play.h"

#define POOL 0x900000u

extern struct pt_event script[600];
extern size_t script_nr;

/* The next event, a microsecond after the last; of a pool, it is of POOL. */
struct pt_event *tell(uint8_t kind, uint32_t thread, uint64_t addr, uint64_t shard);

/* Begins a new script with a pool of that name. */
void create(const char *name, uint64_t bytes);
struct pt_event *of_malloc(uint8_t kind, uint64_t addr, uint64_t old_addr, uint64_t bytes);

/* The pool of the script played. End with pt_report_fini(). */
const struct pt_pool_detail *played(struct pt_report *r);

#endif
