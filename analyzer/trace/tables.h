/* SPDX-License-Identifier: MIT */
/*
 * tables.h - threads, stack nodes and modules of a trace, each under one dense number.
 *
 * Inside trace/ only; the tables themselves are public in struct pt_trace. The same thread or
 * the same frame seen by several writers gets one number.
 */
#ifndef PT_TABLES_H
#define PT_TABLES_H

#include "trace.h"

/* Deeper than any recorder writes; a damaged trace could chain millions. */
#define PT_STACK_DEPTH_LIMIT 4096u
/* Mappings that one trace may name. More are not remembered: their frames have no module. */
#define PT_MODULES_MAX 65536u
#define PT_RECENT_NODES 256u

struct pt_tables {
	struct pt_thread_slot *threads; /* serial -> index */
	uint32_t threads_size;
	uint32_t threads_max; /* what the file's length allows */
	uint32_t stacks_size;
	uint32_t *stack_slots; /* hash of (parent, ip) -> node; power of two */
	uint32_t stack_slots_nr;
	uint32_t recent[PT_RECENT_NODES]; /* nodes whose module was not known; 0 = free */
	uint32_t recent_at;
	struct pt_module_entry *modules_by_key;
	uint32_t *loaded; /* modules that are mapped now, by map_start; they do not overlap */
	uint32_t loaded_nr;
	uint32_t loaded_size;
	uint32_t modules_size;
	void (*seen)(void *arg, const struct pt_module_info *m); /* NULL = nobody wants to know */
	void *seen_arg;
};

/* pt_tables_init() - room for stack node 0. 0 or -PT_ENOMEM. */
int pt_tables_init(struct pt_trace *t, struct pt_tables *tab);
void pt_tables_fini(struct pt_trace *t, struct pt_tables *tab);

/* pt_tables_thread() - 1 when `serial` is new, 0 when not; *index either way. -PT_ENOMEM. */
int pt_tables_thread(struct pt_trace *t, struct pt_tables *tab, uint64_t serial, uint64_t now_ns, uint32_t *index);

/* pt_tables_frame() - the node for `ip` called by `parent` (0 = outermost). 0, -PT_ENOMEM. */
int pt_tables_frame(struct pt_trace *t, struct pt_tables *tab, uint32_t parent, uint64_t ip, uint32_t *node);

/* pt_tables_load() - `m` was mapped at m->load_ns; the fields are copied, `path` not NUL-terminated. */
int pt_tables_load(struct pt_trace *t, struct pt_tables *tab, const struct pt_module_info *m, const char *path,
		   size_t path_bytes);
void pt_tables_unload(struct pt_trace *t, struct pt_tables *tab, uint64_t start, uint64_t bytes, uint64_t now_ns);

#endif
