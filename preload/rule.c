/* SPDX-License-Identifier: MIT */
/*
 * rule.c - remembers what the unwinder answered: a lock-free table from address to rule.
 *
 * One table a process, kept over fork(): the code is still there.
 */
#include "rule.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "sys.h"

/* Remembered rules: open addressing, grown by replacement; a reader that holds an old table
 * only misses. */
struct entry {
	_Atomic uint64_t ip;
	_Atomic uint64_t rule;
};
struct table {
	uint64_t mask;
	_Atomic uint64_t nr;
	struct entry entries[];
};
#define TABLE_ENTRIES_MIN 1024u
#define TABLE_ENTRIES_MAX (1u << 20)
static _Atomic(struct table *) rules;
static _Atomic uint32_t growing;

static struct entry *slot_of(struct table *t, uint64_t ip)
{
	uint64_t i = (ip * 0x9e3779b97f4a7c15ull) >> 32;
	unsigned int tries;

	for (tries = 0; tries < 64; tries++, i++) {
		struct entry *e = &t->entries[i & t->mask];
		uint64_t have = atomic_load_explicit(&e->ip, memory_order_acquire);

		if (have == ip || !have)
			return e;
	}
	return NULL;
}

static void remember(struct table *t, uint64_t ip, uint64_t rule)
{
	struct entry *e = slot_of(t, ip);
	uint64_t none = 0;

	if (!e)
		return;
	if (atomic_compare_exchange_strong(&e->ip, &none, ip))
		atomic_fetch_add_explicit(&t->nr, 1, memory_order_relaxed);
	else if (none != ip)
		return; /* another address was quicker; we ask again next time */
	atomic_store_explicit(&e->rule, rule, memory_order_release);
}

/* Old tables stay mapped: a reader may be in one. They halve in size, so the sum is bounded. */
static struct table *grown(struct table *old)
{
	uint64_t i, nr = old ? (old->mask + 1) * 4 : TABLE_ENTRIES_MIN;
	struct table *t;

	if (old && (atomic_load(&old->nr) * 2 < old->mask || nr > TABLE_ENTRIES_MAX))
		return old;
	if (atomic_exchange(&growing, 1))
		return old;
	t = pt_sys_mmap(NULL, sizeof(*t) + nr * sizeof(struct entry), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (t) {
		t->mask = nr - 1;
		for (i = 0; old && i <= old->mask; i++) {
			uint64_t rule = atomic_load_explicit(&old->entries[i].rule, memory_order_acquire);

			if (rule)
				remember(t, atomic_load(&old->entries[i].ip), rule);
		}
		atomic_store_explicit(&rules, t, memory_order_release);
		old = t;
	}
	atomic_store(&growing, 0);
	return old;
}

struct pt_rule pt_rule_of(uint64_t return_address, struct pt_scratch *scratch)
{
	struct table *t = atomic_load_explicit(&rules, memory_order_acquire);
	struct entry *e = t ? slot_of(t, return_address) : NULL;
	struct pt_rule r;
	uint64_t packed = 0;

	if (e && atomic_load_explicit(&e->ip, memory_order_acquire) == return_address)
		packed = atomic_load_explicit(&e->rule, memory_order_acquire);
	if (packed) {
		memcpy(&r, &packed, sizeof(r));
		return r;
	}
	r = pt_unwinder_ask(return_address, scratch);
	if (r.kind == PT_RULE_NONE)
		return (struct pt_rule){ .kind = PT_RULE_UNKNOWN }; /* no scratch stack: ask again next time */
	memcpy(&packed, &r, sizeof(r));
	t = grown(t);
	if (t)
		remember(t, return_address, packed);
	return r;
}

void pt_rules_forget(void)
{
	struct table *t = atomic_load(&rules);
	uint64_t i;

	/* In place: a table per dlclose() would pile up. An address stays, its rule goes; the
	 * next one to meet it asks again. */
	for (i = 0; t && i <= t->mask; i++)
		atomic_store_explicit(&t->entries[i].rule, 0, memory_order_release);
}

void pt_rules_after_fork(void)
{
	atomic_store(&growing, 0); /* who was growing it is not here */
}
