/* SPDX-License-Identifier: MIT */
/*
 * modules.c - the modules of a trace over time.
 *
 * A mapping is announced by whichever writer notices it first, sometimes by several, and again
 * by a forked child: the same mapping with the same build-id and path is one module, also when
 * it was gone for a while. What is mapped now is a sorted array without overlap.
 */
#include "modules.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "../../format/error.h"

/* What tells one module from another: two 64-bit hashes stand for build-id and path. */
struct pt_module_key {
	uint64_t start, bytes, bias;
	uint64_t id_hash, path_hash;
};

struct pt_module_entry {
	struct pt_module_key key;
	uint32_t index;
	UT_hash_handle hh;
};

void pt_modules_fini(struct pt_trace *t, struct pt_tables *tab)
{
	struct pt_module_entry *entry, *next;
	uint32_t i;

	HASH_ITER(hh, tab->modules_by_key, entry, next) {
		HASH_DEL(tab->modules_by_key, entry);
		free(entry);
	}
	for (i = 0; i < t->modules_nr; i++)
		free(t->modules[i].path);
	free(t->modules);
	free(tab->loaded);
}

/* Index in tab->loaded of the first module that ends above `address`. */
static uint32_t first_above(const struct pt_trace *t, const struct pt_tables *tab, uint64_t address)
{
	uint32_t low = 0, high = tab->loaded_nr;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		const struct pt_module_info *m = &t->modules[tab->loaded[middle]];

		if (m->map_start + m->map_bytes <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t pt_modules_find(const struct pt_trace *t, const struct pt_tables *tab, uint64_t ip)
{
	uint32_t at = first_above(t, tab, ip);

	if (at == tab->loaded_nr || t->modules[tab->loaded[at]].map_start > ip)
		return PT_MODULE_NONE;
	return tab->loaded[at];
}

void pt_tables_unload(struct pt_trace *t, struct pt_tables *tab, uint64_t start, uint64_t bytes, uint64_t now_ns)
{
	uint64_t end = start + bytes > start ? start + bytes : UINT64_MAX;
	uint32_t from = first_above(t, tab, start), to = from;

	while (to < tab->loaded_nr && t->modules[tab->loaded[to]].map_start < end)
		t->modules[tab->loaded[to++]].unload_ns = now_ns;
	if (to == from)
		return;
	memmove(&tab->loaded[from], &tab->loaded[to], (tab->loaded_nr - to) * sizeof(*tab->loaded));
	tab->loaded_nr -= to - from;
}

static uint64_t hash_bytes(const void *bytes, size_t nr)
{
	const uint8_t *p = bytes;
	uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a */

	while (nr--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

/* Appends a copy of `m` to the table. 0, -PT_ENOMEM. */
static int append(struct pt_trace *t, struct pt_tables *tab, const struct pt_module_info *m,
		  const struct pt_module_key *key, const char *path, size_t path_bytes)
{
	struct pt_module_entry *entry;
	char *copy;

	if (t->modules_nr == tab->modules_size) {
		uint32_t size = tab->modules_size + tab->modules_size / 4 + 16;
		struct pt_module_info *modules = realloc(t->modules, size * sizeof(*modules));
		uint32_t *loaded = modules ? realloc(tab->loaded, size * sizeof(*loaded)) : NULL;

		t->modules = modules ? modules : t->modules;
		tab->loaded = loaded ? loaded : tab->loaded;
		if (!loaded)
			return -PT_ENOMEM;
		tab->modules_size = size;
	}
	entry = malloc(sizeof(*entry));
	copy = strndup(path, path_bytes);
	if (!entry || !copy) {
		free(entry);
		free(copy);
		return -PT_ENOMEM;
	}
	entry->key = *key;
	entry->index = t->modules_nr;
	HASH_ADD(hh, tab->modules_by_key, key, sizeof(*key), entry);
	t->modules[t->modules_nr] = *m;
	t->modules[t->modules_nr++].path = copy;
	return 0;
}

/* Marks `index` as mapped, and gives it to the nodes that were waiting for a module there. */
static void map_in(struct pt_trace *t, struct pt_tables *tab, uint32_t index)
{
	const struct pt_module_info *m = &t->modules[index];
	uint32_t at = first_above(t, tab, m->map_start), i;

	memmove(&tab->loaded[at + 1], &tab->loaded[at], (tab->loaded_nr - at) * sizeof(*tab->loaded));
	tab->loaded[at] = index;
	tab->loaded_nr++;
	for (i = 0; i < PT_RECENT_NODES; i++) {
		struct pt_stack_node *n = &t->stacks[tab->recent[i]];

		if (tab->recent[i] && n->ip - m->map_start < m->map_bytes) {
			if (n->module == PT_MODULE_NONE)
				n->module = index;
			tab->recent[i] = 0;
		}
	}
}

int pt_tables_load(struct pt_trace *t, struct pt_tables *tab, const struct pt_module_info *m, const char *path,
		   size_t path_bytes)
{
	struct pt_module_key key = { m->map_start, m->map_bytes, m->bias,
				     hash_bytes(m->build_id, m->build_id_bytes), hash_bytes(path, path_bytes) };
	struct pt_module_entry *entry;
	uint32_t index;
	int err;

	HASH_FIND(hh, tab->modules_by_key, &key, sizeof(key), entry);
	if (entry && t->modules[entry->index].unload_ns == UINT64_MAX)
		return 0;
	if (!m->map_bytes || m->map_start + m->map_bytes < m->map_start)
		return 0;
	if (!entry && t->modules_nr == PT_MODULES_MAX)
		return 0;
	pt_tables_unload(t, tab, m->map_start, m->map_bytes, m->load_ns);
	if (entry) {
		index = entry->index;
	} else {
		index = t->modules_nr;
		err = append(t, tab, m, &key, path, path_bytes);
		if (err)
			return err;
	}
	t->modules[index].unload_ns = UINT64_MAX;
	map_in(t, tab, index);
	return 0;
}
