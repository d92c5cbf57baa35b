/* SPDX-License-Identifier: MIT */
/*
 * apr_clearing.c - clears under way that run callbacks of the program before they free.
 *
 * Only of allocators without a mutex, which belong to one thread at a time: so does the row. Not on the
 * stack of the hook: a callback may leave by longjmp(), and then the row is lost, to no other effect.
 */
#include <stdatomic.h>

#include "apr_parts.h"

#define ROWS 64u

static struct row {
	_Atomic(const struct apr_allocator *) allocator; /* NULL = free */
	struct apr_heads heads;
} rows[ROWS];
static _Atomic unsigned int rows_used; /* rows beyond were never taken */

struct apr_heads *pt_apr_clearing_begin(const struct apr_allocator *a, struct apr_heads *fallback)
{
	unsigned int i, used;

	for (i = 0; i < ROWS; i++) {
		const struct apr_allocator *nobody = NULL;

		if (!atomic_compare_exchange_strong(&rows[i].allocator, &nobody, a))
			continue;
		used = atomic_load(&rows_used);
		while (used < i + 1 && !atomic_compare_exchange_weak(&rows_used, &used, i + 1))
			;
		return &rows[i].heads;
	}
	return fallback;
}

void pt_apr_clearing_end(const struct apr_heads *heads)
{
	struct row *r = (void *)((char *)heads - offsetof(struct row, heads));

	if (r >= rows && r < rows + ROWS)
		atomic_store(&r->allocator, NULL);
}

void pt_apr_clearing_changed(const struct apr_allocator *a)
{
	unsigned int i, used = atomic_load_explicit(&rows_used, memory_order_relaxed);

	for (i = 0; i < used; i++)
		if (atomic_load_explicit(&rows[i].allocator, memory_order_relaxed) == a)
			pt_apr_heads(a, &rows[i].heads);
}
