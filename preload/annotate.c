/* SPDX-License-Identifier: MIT */
/* annotate.c - the recorder's side of include/pooltrace.h. */
#include "../include/pooltrace.h"

#include "emit_pool.h"
#include "interpose.h"
#include "process.h"
#include "snapshot.h"

PT_PUBLIC int pooltrace_is_recording_(void)
{
	return !atomic_load_explicit(&pt_paused, memory_order_relaxed) && pt_process_start() &&
	       (pt_process->takes || pt_process->light) && !atomic_load_explicit(&pt_process->stopped, memory_order_relaxed);
}

PT_PUBLIC void pooltrace_pool_create_(const void *pool, const char *name, size_t bytes, uint32_t shards)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_create(pool, name, bytes, shards, &at);
}

PT_PUBLIC void pooltrace_pool_destroy_(const void *pool)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_destroy(pool, &at);
}

PT_PUBLIC void pooltrace_shard_name_(const void *pool, uint32_t shard, const char *name)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_shard_name(pool, shard, name, &at);
}

PT_PUBLIC void pooltrace_get_(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_get(pool, object, bytes, shard, &at);
}

PT_PUBLIC void pooltrace_put_(const void *pool, const void *object, uint32_t shard)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_put(pool, object, shard, &at);
}

PT_PUBLIC void pooltrace_miss_(const void *pool, uint32_t shard)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_miss(pool, shard, &at);
}

PT_PUBLIC void pooltrace_stock_(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_stock(pool, object, bytes, shard, &at);
}

PT_PUBLIC void pooltrace_drop_(const void *pool, const void *object)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_drop(pool, object, &at);
}

PT_PUBLIC void pooltrace_purge_(const void *pool, uint32_t shard)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_purge(pool, shard, &at);
}

PT_PUBLIC void pooltrace_move_(const void *pool, const void *object, uint32_t shard)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_move(pool, object, shard, &at);
}

PT_PUBLIC void pooltrace_resize_(const void *pool, const void *object, const void *now, size_t bytes)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_resize(pool, object, now, bytes, &at);
}

PT_PUBLIC void pooltrace_mark_(const char *name)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_mark(name, &at);
}

PT_PUBLIC uint32_t pooltrace_snapshot_(void)
{
	const struct pt_entry at = PT_ENTRY();

	return pt_snapshot_take(PT_SNAP_CALL, &at);
}

PT_PUBLIC void pooltrace_pause_(void)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_pause(&at);
}

PT_PUBLIC void pooltrace_resume_(void)
{
	const struct pt_entry at = PT_ENTRY();

	pt_pool_resume(&at);
}

PT_PUBLIC int pooltrace_mode_(int mode, size_t sample_bytes)
{
	const struct pt_entry at = PT_ENTRY();

	return pt_pool_mode(mode < 0 ? UINT64_MAX : (uint64_t)mode, sample_bytes, &at);
}
