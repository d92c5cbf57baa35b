/* SPDX-License-Identifier: MIT */
/*
 * apr_tell.c - what happened to an APR node, to the trace. Under the rules of emit_pool.h.
 *
 * pool = allocator, object = node, bytes = the whole node, shard 0: an allocator is one cache.
 */
#include <stdatomic.h>

#include "../emit_pool.h"
#include "../process.h"
#include "../segment.h"
#include "apr_parts.h"

#define KNOWN_MAX 4096u
#define KNOWN_PROBES 16u
#define PUTS_MAX (1u << 20) /* 8 GiB of nodes put by one call: further than that no list is believed */

/*
 * The allocators whose creation is in this trace. Those that a forked child inherits are not: it
 * would have to guess what they hold, so it says nothing of them. Nor of one that found no place.
 */
static struct known {
	_Atomic(const struct apr_allocator *) allocator; /* NULL = free */
	uint32_t opened; /* pt_process.opened of the trace that has it */
} known[KNOWN_MAX];

static struct known *slot_of(const struct apr_allocator *a, const struct apr_allocator *holds)
{
	uint64_t at = ((uint64_t)a >> 4) * 0x9e3779b97f4a7c15ull >> 52; /* Fibonacci hashing; 12 bits */
	unsigned int i;

	for (i = 0; i < KNOWN_PROBES; i++) {
		struct known *k = &known[(at + i) % KNOWN_MAX];

		if (atomic_load_explicit(&k->allocator, memory_order_relaxed) == holds)
			return k;
	}
	return NULL;
}

static bool is_known(const struct apr_allocator *a)
{
	const struct known *k = slot_of(a, a);

	return k && pt_process && k->opened == pt_process->opened;
}

static bool make_known(const struct apr_allocator *a)
{
	const struct apr_allocator *nobody = NULL;
	struct known *k = slot_of(a, a); /* left over from before a fork */

	if (!pt_process)
		return false;
	while (!k) {
		k = slot_of(a, NULL);
		if (!k)
			return false;
		if (!atomic_compare_exchange_strong(&k->allocator, &nobody, a)) {
			k = NULL;
			nobody = NULL;
		}
	}
	k->opened = pt_process->opened;
	return true;
}

void pt_apr_tell_created(const struct apr_allocator *a, const struct pt_entry *at)
{
	if (pt_apr_mode == PT_APR_TRY)
		pt_apr_try_saw('c', a, NULL);
	else if (atomic_load(&pt_paused)) /* its beginning will not be in the trace */
		return;
	else if (make_known(a))
		pt_pool_create(a, "apr:allocator", 0, 1, at);
	else if (pt_process_start()) /* counted once for all that it does */
		pt_segment_lose(pt_process, 0, PT_LOST_MEMORY, PT_CLASS_POOL);
}

void pt_apr_tell_destroyed(const struct apr_allocator *a, const struct pt_entry *at)
{
	struct known *k;

	if (pt_apr_mode == PT_APR_TRY) {
		pt_apr_try_saw('x', a, NULL);
		return;
	}
	if (is_known(a))
		pt_pool_destroy(a, at);
	k = slot_of(a, a);
	if (k)
		atomic_store(&k->allocator, NULL);
}

void pt_apr_tell_get(const struct apr_allocator *a, const struct apr_node *n, size_t bytes,
		     const struct pt_entry *at)
{
	if (pt_apr_mode == PT_APR_TRY)
		pt_apr_try_saw('g', a, n);
	else if (is_known(a))
		pt_pool_get(a, n, bytes, 0, at);
}

void pt_apr_tell_put(const struct apr_allocator *a, const struct apr_node *n, const struct pt_entry *at)
{
	if (pt_apr_mode == PT_APR_TRY)
		pt_apr_try_saw('p', a, n);
	else if (is_known(a))
		pt_pool_put(a, n, 0, at);
}

void pt_apr_tell_drop(const struct apr_allocator *a, const struct apr_node *n, const struct pt_entry *at)
{
	if (pt_apr_mode == PT_APR_TRY)
		pt_apr_try_saw('d', a, n);
	else if (is_known(a))
		pt_pool_drop(a, n, at);
}

void pt_apr_heads(const struct apr_allocator *a, struct apr_heads *now)
{
	unsigned int i;

	for (i = 0; i < APR_LISTS; i++)
		now->first[i] = a->free[i];
}

/* How many nodes lie before `old`; 0 when it is not on this list, which then is not believed. */
static unsigned int nodes_before(const struct apr_node *n, const struct apr_node *old)
{
	unsigned int nr;

	for (nr = 0; n != old; n = n->next)
		if (!n || (uintptr_t)n % APR_PAGE_BYTES || ++nr > PUTS_MAX)
			return 0;
	return nr;
}

void pt_apr_tell_puts(const struct apr_allocator *a, const struct apr_heads *then, const struct pt_entry *at)
{
	const struct apr_node *n;
	unsigned int i, nr;

	for (i = 0; i < APR_LISTS; i++)
		for (n = a->free[i], nr = nodes_before(n, then->first[i]); nr; nr--, n = n->next)
			pt_apr_tell_put(a, n, at);
}

bool pt_apr_lies_before(const struct apr_node *n, const struct apr_node *old, const struct apr_node *wanted)
{
	unsigned int nr;

	for (nr = nodes_before(n, old); nr; nr--, n = n->next)
		if (n == wanted)
			return true;
	return false;
}
