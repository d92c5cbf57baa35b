/* SPDX-License-Identifier: MIT */
/*
 * emit_pool.h - one event of an annotated pool in, one committed record out.
 *
 * For include/pooltrace.h and the adapters in pools/. The meaning of each call, its arguments and
 * when to make it stand there. `at`: PT_ENTRY() of the hook, where the stack begins. Runs in signal
 * handlers too: no stdio, no malloc, no locks; errno kept; failure is a counter (lost_pools).
 *
 * All are stamped with `lfence; rdtsc`: the fence waits for the load that handed over the object,
 * so that a get never carries a smaller stamp than the put it follows from, whichever threads ran
 * them (docs/design/0005: 0 of 30 M out of order, for about 10 ns more).
 */
#ifndef PT_EMIT_POOL_H
#define PT_EMIT_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "stack.h"

#define PT_POOL_NAME_BYTES_MAX 63u
#define PT_MARK_BYTES_MAX 255u

void pt_pool_create(const void *pool, const char *name, size_t bytes, uint32_t shards, const struct pt_entry *at);
void pt_pool_destroy(const void *pool, const struct pt_entry *at);
void pt_pool_shard_name(const void *pool, uint32_t shard, const char *name, const struct pt_entry *at);
void pt_pool_get(const void *pool, const void *object, size_t bytes, uint32_t shard, const struct pt_entry *at);
void pt_pool_put(const void *pool, const void *object, uint32_t shard, const struct pt_entry *at);
void pt_pool_miss(const void *pool, uint32_t shard, const struct pt_entry *at);
void pt_pool_stock(const void *pool, const void *object, size_t bytes, uint32_t shard, const struct pt_entry *at);
void pt_pool_drop(const void *pool, const void *object, const struct pt_entry *at);
void pt_pool_purge(const void *pool, uint32_t shard, const struct pt_entry *at);
void pt_pool_move(const void *pool, const void *object, uint32_t shard, const struct pt_entry *at);
void pt_pool_resize(const void *pool, const void *object, const void *now, size_t bytes, const struct pt_entry *at);
void pt_pool_mark(const char *name, const struct pt_entry *at);
void pt_pool_pause(const struct pt_entry *at);
void pt_pool_resume(const struct pt_entry *at);

/* 0, or -1 when that cannot be recorded here. sample_bytes: 0 = the default. */
int pt_pool_mode(uint64_t kind, uint64_t sample_bytes, const struct pt_entry *at);

#endif
