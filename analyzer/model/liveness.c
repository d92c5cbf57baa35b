/* SPDX-License-Identifier: MIT */
/* liveness.c - open addressing, linear probing; slots are freed only when the table is rebuilt. */
#include "liveness.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define SLOTS_MIN 1024u

int pt_liveness_init(struct pt_liveness *l)
{
	memset(l, 0, sizeof(*l));
	l->slots_nr = SLOTS_MIN;
	l->slots = calloc(l->slots_nr, sizeof(*l->slots));
	return l->slots ? 0 : -PT_ENOMEM;
}

void pt_liveness_fini(struct pt_liveness *l)
{
	free(l->slots);
	l->slots = NULL;
}

/* The slot of `addr`, or the free one where it would go. */
static struct pt_liveness_slot *find(const struct pt_liveness *l, uint64_t addr)
{
	size_t mask = l->slots_nr - 1;
	size_t at = (size_t)(addr * 0x9e3779b97f4a7c15ull >> 24) & mask;

	while (l->slots[at].addr && l->slots[at].addr != addr)
		at = (at + 1) & mask;
	return &l->slots[at];
}

enum pt_addr_state pt_liveness_state(const struct pt_liveness *l, uint64_t addr)
{
	return (enum pt_addr_state)find(l, addr)->state;
}

bool pt_liveness_last(const struct pt_liveness *l, uint64_t addr, uint64_t *time_ns, uint32_t *thread)
{
	const struct pt_liveness_slot *slot = find(l, addr);

	*time_ns = slot->time_ns;
	*thread = slot->thread;
	return slot->addr;
}

static bool is_old(const struct pt_liveness *l, const struct pt_liveness_slot *slot)
{
	return slot->state != PT_ADDR_LIVE && slot->time_ns + PT_LIVENESS_KEEP_NS < l->now_ns;
}

/* Without the old dead; larger only if that leaves it more than half full. */
static int rebuild(struct pt_liveness *l)
{
	struct pt_liveness bigger = *l;
	size_t i, kept_nr = 0;

	for (i = 0; i < l->slots_nr; i++)
		kept_nr += l->slots[i].addr && !is_old(l, &l->slots[i]);
	if (kept_nr > l->slots_nr / 2)
		bigger.slots_nr *= 2;
	bigger.slots = calloc(bigger.slots_nr, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -PT_ENOMEM;
	for (i = 0; i < l->slots_nr; i++)
		if (l->slots[i].addr && !is_old(l, &l->slots[i]))
			*find(&bigger, l->slots[i].addr) = l->slots[i];
	bigger.used_nr = kept_nr;
	free(l->slots);
	*l = bigger;
	return 0;
}

static int set(struct pt_liveness *l, uint64_t addr, enum pt_addr_state state, const struct pt_event *ev)
{
	struct pt_liveness_slot *slot = find(l, addr);

	if (!slot->addr)
		l->used_nr++;
	*slot = (struct pt_liveness_slot){ addr, ev->time_ns, ev->thread, state };
	return l->used_nr > l->slots_nr / 4 * 3 ? rebuild(l) : 0;
}

int pt_liveness_apply(struct pt_liveness *l, const struct pt_event *ev)
{
	if (ev->time_ns > l->now_ns)
		l->now_ns = ev->time_ns;
	switch (ev->kind) {
	case PT_EV_ALLOC:
	case PT_EV_REALLOC_END:
		return set(l, ev->addr, PT_ADDR_LIVE, ev);
	case PT_EV_REALLOC_FAILED:
		return set(l, ev->old_addr, PT_ADDR_LIVE, ev);
	case PT_EV_FREE:
	case PT_EV_REALLOC_BEGIN:
		return set(l, ev->addr, PT_ADDR_DEAD, ev);
	default:
		return 0;
	}
}
