/* SPDX-License-Identifier: MIT */
/*
 * stack.h - a call stack as one number: a node in the writer's trie of frames.
 *
 * The trie grows from the outermost frame inwards, so stacks share what they have in common,
 * and a node's number names the whole stack up to it. The last stack is remembered frame by
 * frame with the words it was read from; the next one is walked only up to the frame where it
 * joins the last one, and from there on the words are compared (docs/design/0003).
 */
#ifndef PT_STACK_H
#define PT_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "memo.h"
#include "rule.h"
#include "scratch.h"

struct pt_stack_node_entry {
	uint64_t ip;
	uint32_t parent;  /* one frame further out; 0 = none */
	uint32_t last;	  /* the child met last; 0 = none yet */
	uint32_t sibling; /* the next child of the same parent, in a ring */
	uint32_t chain;	  /* the next node with the same hash; 0 = none */
};

/* One frame of the last stack. The unwinder's state at a frame is (sp, ip, bp). */
struct pt_stack_step {
	uint64_t sp;	/* the frame's stack pointer at its call; `ip` was read from sp - 8 */
	uint64_t ip;	/* return address, or where a signal interrupted the frame */
	uint64_t bp;	/* rbp there */
	uint64_t bp_at; /* where the frame further in had saved that rbp; 0 = it had not */
	uint32_t node;
	uint16_t words_at; /* its first in words_at[] and words[] */
	uint8_t uses_bp;  /* this frame's own rule is based on rbp */
	uint8_t needs_bp; /* it, or one further out before rbp is loaded anew, is based on rbp */
	uint8_t checks_bp; /* needs_bp, and bp_at says where to look */
	uint8_t interrupted; /* by a signal: sp, ip and rbp come from the kernel's frame */
};

/* From where the kernel keeps the rbp of what a signal interrupted to where it keeps sp and ip (x86-64's signal frame). */
#define PT_SIGNAL_SP_FROM_BP (PT_SIGNAL_SP - PT_SIGNAL_BP)
#define PT_SIGNAL_IP_FROM_BP (PT_SIGNAL_IP - PT_SIGNAL_BP)

/* pt_step_words() - what the frame was read from and what was there; how many words, at most 3. */
static inline uint32_t pt_step_words(const struct pt_stack_step *p, uint64_t at[3], uint64_t words[3])
{
	if (__builtin_expect(p->interrupted, 0)) {
		at[0] = p->bp_at + PT_SIGNAL_IP_FROM_BP;
		words[0] = p->ip;
		at[1] = p->bp_at + PT_SIGNAL_SP_FROM_BP;
		words[1] = p->sp;
		at[2] = p->bp_at;
		words[2] = p->bp;
		return 3;
	}
	at[0] = p->sp - 8;
	words[0] = p->ip;
	if (!p->checks_bp)
		return 1;
	at[1] = p->bp_at;
	words[1] = p->bp;
	return 2;
}

/* Addresses [low, high), whole pages. */
struct pt_stack_span {
	uint64_t low, high;
};

/* Rules of the addresses met lately, by their low bits: 2 KiB, in front of rule.c's table. */
#define PT_NEAR_RULES 128u
struct pt_near_rule {
	uint64_t ip;
	struct pt_rule rule;
};

struct pt_stacks {
	struct pt_stack_node_entry *nodes; /* [0] is the root: no frame */
	uint32_t *chains;		   /* by hash of (parent, ip); behind the nodes, as many */
	uint32_t nodes_nr;		   /* with the root */
	uint32_t nodes_max;		   /* a power of two */
	uint32_t written_nr;		   /* nodes [1, written_nr) are defined in the file; emit.c's */
	uint32_t generation;		   /* of pt_process when the nodes were made */
	uint32_t epoch;			   /* how often the nodes were forgotten */
	uint32_t anew;			   /* 1: definitions are written in each chunk anew; then written_nr never fits */
	uint32_t verifies;		   /* 1: libunwind looks at each stack too (verify.h) */
	struct pt_stack_step *path;	   /* the last stack, outermost first; NULL until first used. Before it stands
					    * one step that meets no walk; its node: 0, PT_FRAME_CUT or _UNKNOWN */
	struct pt_stack_step *fresh;	   /* frames just walked, innermost first */
	uint64_t *words_at, *words;	   /* what the path was read from, and what was there, outermost first */
	uint32_t path_nr;
	struct pt_memos memos;
	struct pt_near_rule near[PT_NEAR_RULES];
	struct pt_stack_span own;	   /* of the thread's own stack, what is known to be readable */
	struct pt_stack_span other;	   /* the same of the last other one: sigaltstack, fiber */
	struct pt_scratch scratch;	   /* libunwind runs there */
	struct pt_unwinder_walk *walk;	   /* room for its results; NULL until first used */
};

/* Where a hook was entered: enough to unwind from. */
struct pt_entry {
	uint64_t ip; /* return address of the hook: an address in the caller */
	uint64_t sp; /* the caller's stack pointer after the return */
	uint64_t bp; /* the caller's rbp */
};

/* The same where it is seldom looked at: so that what is looked at always need not be in memory. */
#define PT_ENTRY_COPY(at) (&(const struct pt_entry){ (at)->ip, (at)->sp, (at)->bp })

/*
 * pt_stack_id() - the node of the stack that starts at `at`, at most `depth` frames.
 *
 * A deeper stack keeps between depth/2 and depth of its innermost frames, under a node
 * PT_FRAME_CUT. New nodes are [written_nr, nodes_nr). 0 when there is no memory.
 * Async-signal-safe.
 */
uint32_t pt_stack_id(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth);

/* pt_stack_look() - the same, where a memo begins like it. holds: and is the same up to where it joined the path. */
uint32_t pt_stack_look(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, const struct pt_memo *like,
		       bool holds);

/* pt_stack_quick() - the same for the hooks that run most: where the stack was walked to its end before, there is no more to
 * it. Memos are of stacks between own.low and own.high alone, so sp is too. */
static inline __attribute__((always_inline)) uint32_t pt_stack_quick(struct pt_stacks *s, const struct pt_entry *at,
								     uint32_t depth, uint32_t generation)
{
	const struct pt_memo *p;
	bool holds;

	if (__builtin_expect(!s->memos.ready || s->generation != generation, 0))
		return pt_stack_id(s, PT_ENTRY_COPY(at), depth);
	p = pt_memo_first(&s->memos, at->ip, at->sp);
	if (__builtin_expect(!p, 0))
		return pt_stack_id(s, PT_ENTRY_COPY(at), depth);
	holds = pt_memo_holds(p, at->ip, at->sp, at->bp);
	if (__builtin_expect(!holds || p->parent, 0))
		return pt_stack_look(s, PT_ENTRY_COPY(at), depth, p, holds);
	s->memos.found_nr++;
	return p->node;
}

/* pt_stacks_forget() - drop all nodes (table full, or code went away); counts an epoch. */
void pt_stacks_forget(struct pt_stacks *s);

#endif
