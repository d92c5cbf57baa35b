/* SPDX-License-Identifier: MIT */
/* verify.c - see verify.h. */
#include "verify.h"

#include "../format/layout.h"
#include "process.h"

/* Does the stack that `node` names begin with the same addresses, and end for the same reason? */
static bool same(const struct pt_stacks *s, uint32_t node, const uint64_t *ips, size_t nr, bool whole, uint32_t depth)
{
	size_t i;

	for (i = 0; node; i++, node = s->nodes[node].parent) {
		uint64_t ip = s->nodes[node].ip;

		if (ip == PT_FRAME_CUT)
			return i && (nr > i || nr == depth);
		if (ip == PT_FRAME_UNKNOWN)
			return i == nr && !whole;
		if (i == nr || ips[i] != ip)
			return false;
	}
	return i == nr && (whole || nr == depth); /* libunwind was stopped before it saw the end */
}

void pt_verify_stack(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, uint32_t node)
{
	struct pt_file_header *h = pt_process->file;
	bool whole = false;
	size_t nr;

	if (!s->walk)
		s->walk = pt_pages_alloc(sizeof(*s->walk));
	if (!s->walk || !node)
		return;
	nr = pt_unwinder_walk(at->ip, depth, &s->scratch, s->walk, &whole);
	if (!nr)
		return; /* no scratch stack, or no unwinder: nothing to compare with */
	__atomic_fetch_add(&h->stacks_checked, 1, __ATOMIC_RELAXED);
	if (!same(s, node, s->walk->ips, nr, whole, depth))
		__atomic_fetch_add(&h->stacks_differing, 1, __ATOMIC_RELAXED);
}
