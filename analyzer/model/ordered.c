/* SPDX-License-Identifier: MIT */
/*
 * ordered.c - the sorted map of ordered.h.
 *
 * A full leaf splits in the middle; an empty one is taken out of the array above. Half-empty
 * leaves are not merged, so the memory is bounded by the most keys there ever were.
 */
#include "ordered.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

struct pt_ordered_leaf {
	uint32_t nr;
	struct pt_ordered_entry entries[PT_LEAF_ENTRIES];
};

void pt_ordered_fini(struct pt_ordered *o)
{
	for (size_t i = 0; i < o->leaves_nr; i++)
		free(o->leaves[i]);
	free(o->leaves);
	free(o->mins);
	memset(o, 0, sizeof(*o));
}

/* The leaf that holds `key` if any does: the last one whose smallest key is <= key, or 0. */
static size_t leaf_of(const struct pt_ordered *o, uint64_t key)
{
	size_t low = 0, high = o->leaves_nr;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (o->mins[middle] <= key)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first entry of a leaf with a key >= `key`; leaf->nr when there is none. */
static uint32_t lower_bound(const struct pt_ordered_leaf *leaf, uint64_t key)
{
	uint32_t low = 0, high = leaf->nr;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (leaf->entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int grow(struct pt_ordered *o)
{
	size_t max = o->leaves_max ? 2 * o->leaves_max : 4;
	struct pt_ordered_leaf **leaves = realloc(o->leaves, max * sizeof(*leaves));
	uint64_t *mins;

	if (!leaves)
		return -PT_ENOMEM;
	o->leaves = leaves;
	mins = realloc(o->mins, max * sizeof(*mins));
	if (!mins)
		return -PT_ENOMEM;
	o->mins = mins;
	o->leaves_max = max;
	return 0;
}

/* An empty leaf at place `at` of the array; its smallest key is the caller's to set. */
static struct pt_ordered_leaf *add_leaf(struct pt_ordered *o, size_t at)
{
	struct pt_ordered_leaf *leaf;

	if (o->leaves_nr == o->leaves_max && grow(o))
		return NULL;
	leaf = malloc(sizeof(*leaf));
	if (!leaf)
		return NULL;
	leaf->nr = 0;
	memmove(o->leaves + at + 1, o->leaves + at, (o->leaves_nr - at) * sizeof(*o->leaves));
	memmove(o->mins + at + 1, o->mins + at, (o->leaves_nr - at) * sizeof(*o->mins));
	o->leaves[at] = leaf;
	o->leaves_nr++;
	return leaf;
}

/* Make room in the full leaf `at`. A map that grows upwards keeps its leaves full. */
static int split(struct pt_ordered *o, size_t at, uint64_t key)
{
	struct pt_ordered_leaf *old = o->leaves[at], *new;
	uint32_t keep = PT_LEAF_ENTRIES / 2;

	if (at + 1 == o->leaves_nr && key > old->entries[PT_LEAF_ENTRIES - 1].key)
		keep = PT_LEAF_ENTRIES - 1;
	new = add_leaf(o, at + 1);
	if (!new)
		return -PT_ENOMEM;
	new->nr = PT_LEAF_ENTRIES - keep;
	old->nr = keep;
	memcpy(new->entries, old->entries + keep, new->nr * sizeof(*new->entries));
	o->mins[at + 1] = new->entries[0].key;
	return 0;
}

int pt_ordered_put(struct pt_ordered *o, uint64_t key, uint64_t value)
{
	struct pt_ordered_leaf *leaf;
	size_t at;
	uint32_t i;

	if (!o->leaves_nr) {
		if (!add_leaf(o, 0))
			return -PT_ENOMEM;
		o->mins[0] = key;
	}
	at = leaf_of(o, key);
	leaf = o->leaves[at];
	i = lower_bound(leaf, key);
	if (i < leaf->nr && leaf->entries[i].key == key) {
		leaf->entries[i].value = value;
		return 0;
	}
	if (leaf->nr == PT_LEAF_ENTRIES) {
		if (split(o, at, key))
			return -PT_ENOMEM;
		at = leaf_of(o, key);
		leaf = o->leaves[at];
		i = lower_bound(leaf, key);
	}
	memmove(leaf->entries + i + 1, leaf->entries + i, (leaf->nr - i) * sizeof(*leaf->entries));
	leaf->entries[i] = (struct pt_ordered_entry){ key, value };
	leaf->nr++;
	o->mins[at] = leaf->entries[0].key;
	o->nr++;
	return 0;
}

bool pt_ordered_del(struct pt_ordered *o, uint64_t key)
{
	struct pt_ordered_leaf *leaf;
	size_t at;
	uint32_t i;

	if (!o->leaves_nr)
		return false;
	at = leaf_of(o, key);
	leaf = o->leaves[at];
	i = lower_bound(leaf, key);
	if (i == leaf->nr || leaf->entries[i].key != key)
		return false;
	leaf->nr--;
	o->nr--;
	memmove(leaf->entries + i, leaf->entries + i + 1, (leaf->nr - i) * sizeof(*leaf->entries));
	if (leaf->nr) {
		o->mins[at] = leaf->entries[0].key;
		return true;
	}
	free(leaf);
	o->leaves_nr--;
	memmove(o->leaves + at, o->leaves + at + 1, (o->leaves_nr - at) * sizeof(*o->leaves));
	memmove(o->mins + at, o->mins + at + 1, (o->leaves_nr - at) * sizeof(*o->mins));
	return true;
}

bool pt_ordered_from(const struct pt_ordered *o, uint64_t key, struct pt_ordered_entry *out)
{
	size_t at;
	uint32_t i;

	if (!o->leaves_nr)
		return false;
	at = leaf_of(o, key);
	i = lower_bound(o->leaves[at], key);
	if (i == o->leaves[at]->nr) {
		if (++at == o->leaves_nr)
			return false;
		i = 0;
	}
	*out = o->leaves[at]->entries[i];
	return true;
}

bool pt_ordered_below(const struct pt_ordered *o, uint64_t key, struct pt_ordered_entry *out)
{
	size_t at;
	uint32_t i;

	if (!o->leaves_nr)
		return false;
	at = leaf_of(o, key);
	i = lower_bound(o->leaves[at], key);
	if (!i) {
		if (!at)
			return false;
		at--;
		i = o->leaves[at]->nr;
	}
	*out = o->leaves[at]->entries[i - 1];
	return true;
}
