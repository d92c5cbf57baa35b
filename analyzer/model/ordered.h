/* SPDX-License-Identifier: MIT */
/*
 * ordered.h - a sorted map of 64-bit keys to 64-bit values: what lies just below, just above?
 *
 * For the rare questions that a hash cannot answer (large blocks, mappings, spans in a range).
 * Sorted leaves of up to PT_LEAF_ENTRIES under one sorted array: no recursion, no balance to
 * lose, and a million keys need 2 * log2 = 20 comparisons. Memory: 16 to 32 bytes a key.
 */
#ifndef PT_ORDERED_H
#define PT_ORDERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_LEAF_ENTRIES 128u

struct pt_ordered_entry {
	uint64_t key, value;
};

struct pt_ordered_leaf;

struct pt_ordered {
	struct pt_ordered_leaf **leaves; /* in key order; none is empty */
	uint64_t *mins;			 /* smallest key of each leaf */
	size_t leaves_nr, leaves_max;
	size_t nr; /* keys */
};

/* An all-zero struct is an empty map. */
void pt_ordered_fini(struct pt_ordered *o);

/* pt_ordered_put() - add `key`, or give it a new value. 0 or -PT_ENOMEM (then unchanged). */
int pt_ordered_put(struct pt_ordered *o, uint64_t key, uint64_t value);

/* pt_ordered_del() - false when there is no such key. */
bool pt_ordered_del(struct pt_ordered *o, uint64_t key);

/* The entry with the smallest key >= `key`; false when there is none. */
bool pt_ordered_from(const struct pt_ordered *o, uint64_t key, struct pt_ordered_entry *out);

/* The entry with the largest key < `key`; false when there is none. */
bool pt_ordered_below(const struct pt_ordered *o, uint64_t key, struct pt_ordered_entry *out);

#endif
