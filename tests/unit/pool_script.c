// SPDX-License-Identifier: MIT
/*
 * pool_script.c - see pool_script.h.
 */
#include "pool_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct pt_event script[600];
size_t script_nr;

struct pt_event *tell(uint8_t kind, uint32_t thread, uint64_t addr, uint64_t shard)
{
	struct pt_event *ev = &script[script_nr];

	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->thread = ev->cpu = thread;
	ev->addr = addr;
	ev->time_ns = 1000 * ++script_nr;
	if (kind >= PT_EV_POOL_FIRST && kind <= PT_EV_POOL_LAST) {
		ev->pool = POOL;
		ev->shard = shard;
	}
	return ev;
}

void create(const char *name, uint64_t bytes)
{
	struct pt_event *ev;

	script_nr = 0;
	ev = tell(PT_EV_POOL_CREATE, 0, 0, 0);
	ev->text = name;
	ev->size_bytes = bytes;
}

struct pt_event *of_malloc(uint8_t kind, uint64_t addr, uint64_t old_addr, uint64_t bytes)
{
	struct pt_event *ev = tell(kind, 0, addr, 0);

	ev->old_addr = old_addr;
	ev->size_bytes = bytes;
	return ev;
}

const struct pt_pool_detail *played(struct pt_report *r)
{
	play_report(script, script_nr, r);
	assert_true(r->pools_nr > 1);
	return r->pools[1].detail;
}
