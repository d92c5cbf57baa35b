/* SPDX-License-Identifier: MIT */
/*
 * stack.c - see stack.h.
 *
 * Runs inside malloc() and in signal handlers: no locks, no malloc, and reads of the program's
 * stack only where an exact unwind rule points, between the entry's stack pointer and the
 * stack's end.
 */
#include "stack.h"

#include <string.h>

#include "../format/layout.h"
#include "process.h"

#define NODES_MIN 128u
#define NODES_MAX (1u << 17) /* 4 MiB of nodes and 1 MiB of hash a writer; then start again */

/* Highest address that belongs to the stack on which `sp` lies. A thread's control block sits
 * at the top of its stack; the first thread's stack ends where ld.so says; on any other stack
 * (sigaltstack, fiber) only exact rules guide us, within 8 MiB. */
extern void *__libc_stack_end;

static uint64_t stack_end(uint64_t sp)
{
	uint64_t tcb = (uint64_t)__builtin_thread_pointer();
	uint64_t main_end = (uint64_t)__libc_stack_end;

	if (sp < tcb && tcb - sp < 1ull << 30)
		return tcb;
	if (sp < main_end && main_end - sp < 1ull << 32)
		return main_end + 8;
	return sp + (8u << 20);
}

static uint32_t *hash_slot(const struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	uint32_t mask = 2 * s->nodes_max - 1;
	uint32_t i = (uint32_t)(((ip ^ (uint64_t)parent << 40) * 0x9e3779b97f4a7c15ull) >> 32) & mask;

	for (; s->hash[i]; i = (i + 1) & mask) {
		const struct pt_stack_node_entry *n = &s->nodes[s->hash[i]];

		if (n->ip == ip && n->parent == parent)
			break;
	}
	return &s->hash[i];
}

void pt_stacks_forget(struct pt_stacks *s)
{
	if (s->nodes) {
		memset(s->hash, 0, 2 * s->nodes_max * sizeof(*s->hash));
		memset(&s->nodes[0], 0, sizeof(s->nodes[0]));
	}
	s->nodes_nr = s->written_nr = 1;
	s->epoch++;
}

/* Twice the nodes. Old tables stay where they are: together they are smaller than the new ones. */
static bool grow(struct pt_stacks *s)
{
	uint32_t i, max = s->nodes_max ? 2 * s->nodes_max : NODES_MIN;
	struct pt_stack_node_entry *nodes;
	uint32_t *hash;

	if (max > NODES_MAX)
		return false;
	nodes = pt_pages_alloc(max * sizeof(*nodes));
	hash = pt_pages_alloc(2 * max * sizeof(*hash));
	if (!nodes || !hash)
		return false;
	if (s->nodes)
		memcpy(nodes, s->nodes, s->nodes_nr * sizeof(*nodes));
	else
		s->nodes_nr = s->written_nr = 1;
	s->nodes = nodes;
	s->hash = hash;
	s->nodes_max = max;
	for (i = 1; i < s->nodes_nr; i++)
		*hash_slot(s, nodes[i].parent, nodes[i].ip) = i;
	return true;
}

/* The child of `parent` with that ip, made when it is new. 0 when there is no room: the
 * caller then starts over with an empty trie. */
static __attribute__((noinline)) uint32_t child_of(struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	struct pt_stack_node_entry *n;
	uint32_t *slot = hash_slot(s, parent, ip);
	uint32_t id = *slot;

	if (!id) {
		if (s->nodes_nr == s->nodes_max) {
			if (!grow(s))
				return 0;
			slot = hash_slot(s, parent, ip);
		}
		id = s->nodes_nr++;
		n = &s->nodes[id];
		n->ip = ip;
		n->parent = parent;
		n->last_child = 0;
		n->rule = ip > PT_FRAME_CUT ? pt_rule_of(ip, &s->scratch) : (struct pt_rule){ .kind = PT_RULE_END };
		*slot = id;
	}
	s->nodes[parent].last_child = id;
	return id;
}

static inline uint32_t follow(struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	uint32_t id = s->nodes[parent].last_child;

	if (__builtin_expect(id && s->nodes[id].ip == ip, 1))
		return id;
	return child_of(s, parent, ip);
}

/* A frame that only libunwind can step over: have it walk all of the stack. */
static __attribute__((noinline)) uint32_t by_libunwind(struct pt_stacks *s, const struct pt_entry *at,
						       uint32_t depth)
{
	size_t i, nr = 0;
	uint32_t node = 0;
	bool whole = false;

	if (!s->walk)
		s->walk = pt_pages_alloc(sizeof(*s->walk));
	if (s->walk)
		nr = pt_rule_unwind(at->ip, depth, &s->scratch, s->walk, &whole);
	if (!nr)
		return follow(s, follow(s, 0, at->ip), PT_FRAME_UNKNOWN);
	for (i = 0; i < nr; i++) {
		node = follow(s, node, s->walk->ips[i]);
		if (!node)
			return 0;
	}
	return whole ? node : follow(s, node, nr == depth ? PT_FRAME_CUT : PT_FRAME_UNKNOWN);
}

static uint32_t walk(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth)
{
	uint64_t sp = at->sp, bp = at->bp, cfa, end = stack_end(sp);
	uint32_t node = follow(s, 0, at->ip);
	const struct pt_stack_node_entry *n;

	while (node) {
		n = &s->nodes[node];
		if (__builtin_expect(n->rule.kind != PT_RULE_STEP, 0)) {
			if (n->rule.kind == PT_RULE_END)
				return node;
			if (n->rule.kind == PT_RULE_COMPLEX)
				return by_libunwind(s, at, depth);
			return follow(s, node, PT_FRAME_UNKNOWN);
		}
		if (!--depth)
			return follow(s, node, PT_FRAME_CUT);
		cfa = (n->rule.base_rbp ? bp : sp) + (uint64_t)(int64_t)n->rule.cfa_off;
		if (__builtin_expect(cfa <= sp || cfa > end || cfa % 8, 0))
			return follow(s, node, PT_FRAME_UNKNOWN);
		if (n->rule.rbp_off)
			bp = *(const uint64_t *)(cfa + (uint64_t)(int64_t)n->rule.rbp_off);
		sp = cfa;
		node = follow(s, node, *(const uint64_t *)(cfa - 8));
	}
	return 0;
}

uint32_t pt_stack_id(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth)
{
	uint32_t generation = atomic_load_explicit(&pt_process->generation, memory_order_relaxed);
	uint32_t node;

	if (__builtin_expect(!s->nodes, 0)) {
		if (!grow(s))
			return 0;
		s->generation = generation;
	}
	if (__builtin_expect(s->generation != generation, 0)) {
		s->generation = generation;
		pt_stacks_forget(s);
	}
	node = walk(s, at, depth);
	if (__builtin_expect(!node, 0)) {
		pt_stacks_forget(s);
		node = walk(s, at, depth);
	}
	return node;
}
