/* SPDX-License-Identifier: MIT */
/*
 * apr_lists.h - ground truth for the APR adapter: an allocator's own free lists, walked.
 *
 * apr_memnode_t is public (apr_allocator.h); the lists begin 5 words into apr_allocator_t (APR 1.7).
 */
#ifndef APR_LISTS_H
#define APR_LISTS_H

#include <apr_allocator.h>
#include <stdio.h>

#include "../../include/pooltrace.h"

struct apr_lists_sum {
	size_t bytes, nodes;
};

static inline size_t apr_lists_node_bytes(const apr_memnode_t *n)
{
	return (size_t)(n->endp - (const char *)n);
}

static inline struct apr_lists_sum apr_lists_idle(apr_allocator_t *a)
{
	apr_memnode_t **lists = (apr_memnode_t **)((char *)a + 5 * sizeof(void *));
	struct apr_lists_sum sum = { 0, 0 };
	const apr_memnode_t *n;
	int i;

	for (i = 0; i < 20; i++)
		for (n = lists[i]; n; n = n->next) {
			sum.bytes += apr_lists_node_bytes(n);
			sum.nodes++;
		}
	return sum;
}

/* Into the trace: what this allocator really holds idle at this moment. */
static inline void apr_lists_mark(apr_allocator_t *a)
{
	struct apr_lists_sum sum = apr_lists_idle(a);
	char text[64];

	snprintf(text, sizeof(text), "apr %p %zu %zu", (void *)a, sum.bytes, sum.nodes);
	pooltrace_mark(text);
}

#endif
