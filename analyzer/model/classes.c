/* SPDX-License-Identifier: MIT */
/*
 * classes.c - size classes, found by requested size and by what fits a request.
 *
 * Buckets are 8 bytes wide up to 1 KiB, then 64 to a doubling, so a request's window (a quarter
 * of it) spans at most 22 of them; the exact test is made on each class in them.
 */
#include "classes.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define FIRST_SLOTS 256u

uint64_t pt_usable_glibc(uint64_t size_bytes)
{
	uint64_t chunk;

	if (size_bytes > UINT64_MAX - 64)
		return size_bytes;
	chunk = (size_bytes + 8 + 15) & ~15ull;
	return chunk < 32 ? 24 : chunk - 8;
}

static uint32_t bucket_of(uint64_t usable_bytes)
{
	unsigned int log2;

	if (usable_bytes < 512)
		return (uint32_t)usable_bytes / 8;
	log2 = 63 - (unsigned int)__builtin_clzll(usable_bytes);
	return 64 + (log2 - 9) * 64 + (uint32_t)(usable_bytes >> (log2 - 6) & 63);
}

int pt_classes_init(struct pt_classes *k)
{
	memset(k, 0, sizeof(*k));
	k->slots_nr = FIRST_SLOTS;
	k->slots = calloc(k->slots_nr, sizeof(*k->slots));
	return k->slots ? 0 : -PT_ENOMEM;
}

void pt_classes_fini(struct pt_classes *k)
{
	free(k->slots);
	free(k->classes);
	memset(k, 0, sizeof(*k));
}

/* The slot of a size, or the empty one where it belongs. */
static struct pt_class_slot *slot_of(struct pt_class_slot *slots, size_t nr, uint64_t size_bytes)
{
	size_t i = (size_t)(size_bytes * 0x9e3779b97f4a7c15ull >> 20) & (nr - 1);

	while (slots[i].size_bytes && slots[i].size_bytes != size_bytes + 1)
		i = (i + 1) & (nr - 1);
	return &slots[i];
}

static int grow(struct pt_classes *k)
{
	size_t nr = 2 * k->slots_nr;
	struct pt_class_slot *slots = calloc(nr, sizeof(*slots));

	if (!slots)
		return -PT_ENOMEM;
	for (size_t i = 0; i < k->slots_nr; i++) {
		if (k->slots[i].size_bytes)
			*slot_of(slots, nr, k->slots[i].size_bytes - 1) = k->slots[i];
	}
	free(k->slots);
	k->slots = slots;
	k->slots_nr = nr;
	return 0;
}

/* The slot of a size, made when it is not there: with glibc's usable size, not settled. */
static struct pt_class_slot *slot_get(struct pt_classes *k, uint64_t size_bytes)
{
	struct pt_class_slot *slot = slot_of(k->slots, k->slots_nr, size_bytes);

	if (slot->size_bytes)
		return slot;
	if (k->used_nr >= k->slots_nr / 2) {
		if (grow(k))
			return NULL;
		slot = slot_of(k->slots, k->slots_nr, size_bytes);
	}
	slot->size_bytes = size_bytes + 1;
	slot->usable_bytes = pt_usable_glibc(size_bytes);
	slot->class = PT_CLASS_NONE;
	k->used_nr++;
	return slot;
}

int pt_classes_tell(struct pt_classes *k, uint64_t size_bytes, uint64_t usable_bytes)
{
	struct pt_class_slot *slot = size_bytes < UINT64_MAX ? slot_get(k, size_bytes) : NULL;

	if (!slot)
		return size_bytes < UINT64_MAX ? -PT_ENOMEM : 0;
	if (slot->class == PT_CLASS_NONE)
		slot->usable_bytes = usable_bytes;
	return 0;
}

uint32_t pt_classes_add(struct pt_classes *k, uint64_t usable_bytes)
{
	uint32_t *bucket = &k->buckets[bucket_of(usable_bytes)];

	for (uint32_t i = *bucket - 1; i != PT_CLASS_NONE; i = k->classes[i].next) {
		if (k->classes[i].usable_bytes == usable_bytes)
			return i;
	}
	if (k->nr == k->max) {
		uint32_t max = k->max ? 2 * k->max : 64;
		struct pt_class *classes = realloc(k->classes, max * sizeof(*classes));

		if (!classes)
			return PT_CLASS_NONE;
		k->classes = classes;
		k->max = max;
	}
	k->classes[k->nr] = (struct pt_class){ usable_bytes, *bucket - 1 };
	*bucket = ++k->nr;
	return k->nr - 1;
}

uint32_t pt_classes_settle(struct pt_classes *k, uint64_t size_bytes)
{
	struct pt_class_slot *slot = slot_get(k, size_bytes);

	if (!slot)
		return PT_CLASS_NONE;
	if (slot->class == PT_CLASS_NONE) {
		slot->class = pt_classes_add(k, slot->usable_bytes);
		if (size_bytes < PT_CLASS_SMALL)
			k->small[size_bytes] =
				slot->class + 1; /* 0 again when there was no memory */
	}
	return slot->class;
}

void pt_classes_fitting(const struct pt_classes *k, uint64_t request_bytes,
			void (*fn)(void *arg, uint32_t class), void *arg)
{
	uint64_t most = request_bytes + (request_bytes / 4 > 16 ? request_bytes / 4 : 16);

	if (most < request_bytes)
		most = UINT64_MAX;
	for (uint32_t b = bucket_of(request_bytes); b <= bucket_of(most); b++) {
		for (uint32_t i = k->buckets[b] - 1; i != PT_CLASS_NONE; i = k->classes[i].next) {
			uint64_t usable = k->classes[i].usable_bytes;

			if (usable >= request_bytes && usable <= most)
				fn(arg, i);
		}
	}
}
