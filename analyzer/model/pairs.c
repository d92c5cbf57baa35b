// SPDX-License-Identifier: MIT
/*
 * pairs.c - growing the table of pairs.h.
 */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define FIRST_SLOTS 64u

void pt_pairs_fini(struct pt_pairs *p)
{
	free(p->slots);
	memset(p, 0, sizeof(*p));
}

int pt_pairs_grow(struct pt_pairs *p)
{
	struct pt_pairs bigger = { .slots_nr = p->slots_nr ? 2 * p->slots_nr : FIRST_SLOTS, .nr = p->nr };

	bigger.slots = calloc(bigger.slots_nr, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -PT_ENOMEM;
	for (size_t i = 0; i < p->slots_nr; i++) {
		if (p->slots[i].value)
			*pt_pairs_slot(&bigger, p->slots[i].a, p->slots[i].b) = p->slots[i];
	}
	free(p->slots);
	*p = bigger;
	return 0;
}
