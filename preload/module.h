/* SPDX-License-Identifier: MIT */
/*
 * module.h - which file is mapped where, found when a stack first leads there.
 *
 * By _dl_find_object() (glibc >= 2.35), which takes no lock: dl_iterate_phdr() under malloc
 * deadlocks against a dlopen() in another thread.
 */
#ifndef PT_MODULE_H
#define PT_MODULE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_MODULES_MAX 1024u /* at once; further ones are re-announced each time they are met */
#define PT_BUILD_ID_BYTES_MAX 32u

struct pt_module {
	_Atomic uint64_t start; /* 0 = free slot */
	uint64_t end;
	const void *link_map;
};

struct pt_modules {
	_Atomic uint32_t nr; /* slots ever used */
	struct pt_module slots[PT_MODULES_MAX];
};

/* What is written about a module. `path` points into ld.so's memory: copy at once. */
struct pt_module_facts {
	uint64_t start, bytes, bias;
	const char *path;
	uint8_t build_id[PT_BUILD_ID_BYTES_MAX];
	uint32_t build_id_bytes;
	bool in_place_of_another; /* which is gone, and was not swept yet */
};

/* pt_module_meet() - true and *facts when `ip` lies in a module that is not in the table yet;
 * it is now. Async-signal-safe, lock-free; two threads may both be told once. */
bool pt_module_meet(struct pt_modules *m, uint64_t ip, struct pt_module_facts *facts);

/* pt_module_sweep() - after a dlclose: calls gone(arg, start, bytes) for each module that is no
 * longer there, and before() before the first. Returns how many. */
unsigned int pt_module_sweep(struct pt_modules *m, void (*before)(void),
			     void (*gone)(void *arg, uint64_t start, uint64_t bytes), void *arg);

#endif
