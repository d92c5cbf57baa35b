/* SPDX-License-Identifier: MIT */
/*
 * tables.c - interns threads and stack nodes.
 *
 * Threads and stacks come with every definition record, so their tables grow with the file; the
 * growth factors are small because the reader promises memory <= 8 x the file. Modules are in
 * modules.c.
 */
#include "tables.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "../../format/error.h"
#include "modules.h"

struct pt_thread_slot {
	uint64_t serial;
	uint32_t index;
	UT_hash_handle hh;
};

int pt_tables_init(struct pt_trace *t, struct pt_tables *tab)
{
	memset(tab, 0, sizeof(*tab));
	tab->threads_max = 40000u + (uint32_t)(t->state.used_bytes / 128 < UINT32_MAX / 2 ?
					       t->state.used_bytes / 128 : UINT32_MAX / 2);
	tab->stacks_size = 1024;
	tab->stack_slots_nr = 2048;
	t->stacks = calloc(tab->stacks_size, sizeof(*t->stacks));
	tab->stack_slots = calloc(tab->stack_slots_nr, sizeof(*tab->stack_slots));
	if (!t->stacks || !tab->stack_slots)
		return -PT_ENOMEM;
	t->stacks[0].module = PT_MODULE_NONE;
	t->stacks_nr = 1;
	return 0;
}

void pt_tables_fini(struct pt_trace *t, struct pt_tables *tab)
{
	struct pt_thread_slot *slot, *next;

	HASH_ITER(hh, tab->threads, slot, next) {
		HASH_DEL(tab->threads, slot);
		free(slot);
	}
	free(tab->stack_slots);
	free(t->stacks);
	free(t->threads);
	pt_modules_fini(t, tab);
}

int pt_tables_thread(struct pt_trace *t, struct pt_tables *tab, uint64_t serial, uint64_t now_ns, uint32_t *index)
{
	struct pt_thread_slot *slot;

	HASH_FIND(hh, tab->threads, &serial, sizeof(serial), slot);
	if (!slot && serial && t->threads_nr >= tab->threads_max) {
		t->state.threads_left_out++;
		serial = 0;
		HASH_FIND(hh, tab->threads, &serial, sizeof(serial), slot);
	}
	if (slot) {
		*index = slot->index;
		return 0;
	}
	if (t->threads_nr == tab->threads_size) {
		uint32_t size = tab->threads_size + tab->threads_size / 4 + 16;
		struct pt_thread_info *threads = realloc(t->threads, size * sizeof(*threads));

		if (!threads)
			return -PT_ENOMEM;
		t->threads = threads;
		tab->threads_size = size;
	}
	slot = malloc(sizeof(*slot));
	if (!slot)
		return -PT_ENOMEM;
	slot->serial = serial;
	slot->index = t->threads_nr;
	HASH_ADD(hh, tab->threads, serial, sizeof(slot->serial), slot);
	t->threads[t->threads_nr] = (struct pt_thread_info){ .serial = serial, .start_ns = now_ns };
	*index = t->threads_nr++;
	return 1;
}

static uint32_t frame_hash(uint32_t parent, uint64_t ip)
{
	uint64_t h = (ip ^ parent * 0xc2b2ae3d27d4eb4full) * 0x9e3779b97f4a7c15ull;

	return (uint32_t)(h >> 32 ^ h >> 13);
}

/* Puts every node into a table twice as large. The old one goes first: it can be rebuilt. */
static int grow_slots(struct pt_trace *t, struct pt_tables *tab)
{
	uint32_t nr = tab->stack_slots_nr * 2, mask = nr - 1, node;

	free(tab->stack_slots);
	tab->stack_slots = calloc(nr, sizeof(*tab->stack_slots));
	if (!tab->stack_slots) {
		tab->stack_slots_nr = 0;
		return -PT_ENOMEM;
	}
	tab->stack_slots_nr = nr;
	for (node = 1; node < t->stacks_nr; node++) {
		uint32_t at = frame_hash(t->stacks[node].parent, t->stacks[node].ip) & mask;

		while (tab->stack_slots[at])
			at = (at + 1) & mask;
		tab->stack_slots[at] = node;
	}
	return 0;
}

static int new_node(struct pt_trace *t, struct pt_tables *tab, const struct pt_stack_node *n)
{
	if (t->stacks_nr == tab->stacks_size) {
		uint32_t size = tab->stacks_size + tab->stacks_size / 4;
		struct pt_stack_node *stacks = realloc(t->stacks, size * sizeof(*stacks));

		if (!stacks)
			return -PT_ENOMEM;
		t->stacks = stacks;
		tab->stacks_size = size;
	}
	t->stacks[t->stacks_nr++] = *n;
	if (t->stacks_nr > tab->stack_slots_nr / 4 * 3)
		return grow_slots(t, tab);
	return 0;
}

/*
 * One ip can be in two modules over time (dlclose, then dlopen of another there), so the module
 * belongs to the key. It is not in the hash: a node whose module was not known when it was
 * defined gets the first one that turns up there (another writer may say so a little later).
 */
int pt_tables_frame(struct pt_trace *t, struct pt_tables *tab, uint32_t parent, uint64_t ip, uint32_t *node)
{
	struct pt_stack_node n = { .parent = parent, .depth = t->stacks[parent].depth + 1, .ip = ip };
	uint32_t mask = tab->stack_slots_nr - 1, at = frame_hash(parent, ip) & mask;

	if (!tab->stack_slots_nr)
		return -PT_ENOMEM;
	if (n.depth > PT_STACK_DEPTH_LIMIT) {
		*node = parent;
		return 0;
	}
	n.module = pt_modules_find(t, tab, ip);
	if (n.module != PT_MODULE_NONE && !t->modules[n.module].in_stacks) {
		t->modules[n.module].in_stacks = true;
		if (tab->seen)
			tab->seen(tab->seen_arg, &t->modules[n.module]);
	}
	for (; tab->stack_slots[at]; at = (at + 1) & mask) {
		struct pt_stack_node *old = &t->stacks[tab->stack_slots[at]];

		if (old->ip != ip || old->parent != parent)
			continue;
		if (old->module == PT_MODULE_NONE)
			old->module = n.module;
		if (old->module == n.module) {
			*node = tab->stack_slots[at];
			return 0;
		}
	}
	*node = t->stacks_nr;
	tab->stack_slots[at] = t->stacks_nr;
	if (n.module == PT_MODULE_NONE && ip > PT_FRAME_CUT)
		tab->recent[tab->recent_at++ % PT_RECENT_NODES] = t->stacks_nr;
	return new_node(t, tab, &n);
}
