/* SPDX-License-Identifier: MIT */
/*
 * sites_victim.h - what the files of sites_victim.c share: small functions in a header, as real programs have.
 */
#ifndef SITES_VICTIM_H
#define SITES_VICTIM_H

#include <stddef.h>
#include <stdlib.h>

/* Each place that allocates has a size of its own: by it a test knows which call site of one build is which of another. */
#define PLACE(number) (1000u + 10u * (number))

#define KEEP __attribute__((noinline))

struct item {
	struct item *next;
	size_t bytes;
	char *data;
};

/* sites_victim_parts.c */
void *part_tail(size_t bytes);
void *part_tail_of_tail(size_t bytes);
void part_wrapped(struct item *item, int how);
void part_cold(struct item *item, int failed);
void part_recursive(struct item *item, int depth);
void part_by_pointer(struct item *item, size_t which);
void part_many_callers(struct item *item);
char *part_join(const char *a, const char *b);
void part_run(struct item *items, size_t nr);

/* Keeps `p` alive: no compiler may see that nobody reads it. */
void keep(struct item *item, void *p, size_t bytes);

/* In a header, so that each file has its own copy or none. */
static inline void *header_make(size_t bytes)
{
	return malloc(bytes);
}

static inline void header_fill(struct item *item, size_t bytes)
{
	keep(item, header_make(bytes), bytes);
}

#endif
