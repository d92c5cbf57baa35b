// SPDX-License-Identifier: MIT
/* weights.c - see weights.h. Linear probing; a deletion moves later entries back. */
#include "weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define SLOTS_MIN 64u

void pt_weights_fini(struct pt_weights *w)
{
	free(w->slots);
	memset(w, 0, sizeof(*w));
}

static size_t home(const struct pt_weights *w, uint64_t addr)
{
	return (size_t)(addr * 0x9e3779b97f4a7c15ull >> 24) & (w->slots_nr - 1);
}

/* The slot of `addr`, or the free one where it would go. */
static struct pt_weight *find(const struct pt_weights *w, uint64_t addr)
{
	size_t i = home(w, addr);

	while (w->slots[i].addr && w->slots[i].addr != addr)
		i = (i + 1) & (w->slots_nr - 1);
	return &w->slots[i];
}

static int grow(struct pt_weights *w)
{
	struct pt_weights larger = { .slots_nr = w->slots_nr ? 2 * w->slots_nr : SLOTS_MIN, .nr = w->nr };

	larger.slots = calloc(larger.slots_nr, sizeof(*larger.slots));
	if (!larger.slots)
		return -PT_ENOMEM;
	for (size_t i = 0; i < w->slots_nr; i++)
		if (w->slots[i].addr)
			*find(&larger, w->slots[i].addr) = w->slots[i];
	free(w->slots);
	*w = larger;
	return 0;
}

int pt_weights_put(struct pt_weights *w, uint64_t addr, double weight)
{
	struct pt_weight *slot;

	if (w->nr >= w->slots_nr / 4 * 3 && grow(w))
		return -PT_ENOMEM;
	slot = find(w, addr);
	w->nr += !slot->addr;
	*slot = (struct pt_weight){ addr, weight };
	return 0;
}

double pt_weights_take(struct pt_weights *w, uint64_t addr)
{
	struct pt_weight *slot = w->nr ? find(w, addr) : NULL;
	size_t mask = w->slots_nr - 1, hole;
	double weight;

	if (!slot || !slot->addr)
		return 1;
	weight = slot->weight;
	hole = (size_t)(slot - w->slots);
	for (size_t i = (hole + 1) & mask; w->slots[i].addr; i = (i + 1) & mask) {
		if (((i - home(w, w->slots[i].addr)) & mask) >= ((i - hole) & mask)) {
			w->slots[hole] = w->slots[i];
			hole = i;
		}
	}
	w->slots[hole].addr = 0;
	w->nr--;
	return weight;
}

double pt_sample_weight(uint64_t size_bytes, uint64_t sample_bytes)
{
	const double size = size_bytes ? (double)size_bytes : 1;

	return -1 / expm1(-size / (double)sample_bytes);
}
