/* SPDX-License-Identifier: MIT */
/*
 * stack.c - see stack.h.
 *
 * Why comparing words suffices: an unwinder is a function of (ip, sp, rbp) and of the words
 * it reads. From the frame where a walk meets the remembered path with the same ip, sp and
 * (if any frame from there on depends on it) rbp, it would read the same addresses, as long as
 * each word it read before still holds the same value. So if they do, so does the answer.
 *
 * Runs inside malloc() and in signal handlers: no locks, no malloc, and reads of the program's
 * stack only where an exact unwind rule points, between the entry's stack pointer and the
 * stack's end.
 */
#include "stack.h"

#include <string.h>

#include "../format/layout.h"
#include "config.h"
#include "process.h"
#include "stack_end.h"
#include "stack_nodes.h"
#include "sys.h"
#include "verify.h"

#define STEPS_MAX PT_STACK_DEPTH_MAX
#define WORDS_MAX (2 * STEPS_MAX + 2) /* three of a frame that a signal interrupted, one of that before it */
#define PADS_NR 4u /* words in front of the path's, always equal: they are compared four at a time */

void pt_stacks_forget(struct pt_stacks *s)
{
	pt_nodes_forget(s);
	memset(s->near, 0, sizeof(s->near));
	pt_memos_forget(&s->memos);
	s->path_nr = 0;
	if (s->path)
		s->path[-1].node = 0;
	s->epoch++;
}

/* Room for the path, empty. */
static bool make_path(struct pt_stacks *s)
{
	struct pt_stack_step *path = s->path;
	uint32_t i;

	if (!s->words)
		s->words = pt_pages_alloc((WORDS_MAX + PADS_NR) * sizeof(*s->words));
	if (!s->words_at)
		s->words_at = pt_pages_alloc((WORDS_MAX + PADS_NR) * sizeof(*s->words_at));
	if (!s->fresh)
		s->fresh = pt_pages_alloc((STEPS_MAX + 1) * sizeof(*s->fresh));
	if (!s->words || !s->words_at || !s->fresh)
		return false;
	for (i = 0; i < PADS_NR; i++)
		s->words_at[i] = (uint64_t)&s->words[i];
	path = pt_pages_alloc((STEPS_MAX + 2) * sizeof(*path));
	if (!path)
		return false;
	path->sp = UINT64_MAX;
	path[1].words_at = PADS_NR;
	s->path = path + 1;
	return true;
}

static bool start(struct pt_stacks *s, uint32_t generation)
{
	s->generation = generation;
	s->verifies = pt_config.verify_stacks;
	return (s->path || make_path(s)) && pt_nodes_grow(s);
}

/* A frame that only libunwind can step over: have it walk all of the stack. */
static __attribute__((noinline)) uint32_t by_libunwind(struct pt_stacks *s, const struct pt_entry *at,
						       uint32_t depth)
{
	size_t nr = 0;
	uint32_t node = 0;
	bool whole = false;

	s->path_nr = 0;
	if (!s->walk)
		s->walk = pt_pages_alloc(sizeof(*s->walk));
	if (s->walk)
		nr = pt_unwinder_walk(at->ip, depth, &s->scratch, s->walk, &whole);
	if (!whole)
		node = pt_node_below(s, 0, nr == depth ? PT_FRAME_CUT : PT_FRAME_UNKNOWN);
	if (!nr)
		return pt_node_below(s, node, at->ip);
	while (nr--) {
		node = pt_node_below(s, node, s->walk->ips[nr]);
		if (!node)
			return 0;
	}
	return node;
}

/* Is the remembered path unchanged from its frame `i` (not looked at itself) outwards? From the inside: that is
 * where callers alternate. */
static inline bool same_outwards(const struct pt_stacks *s, uint32_t i)
{
	const uint64_t *first = s->words_at + PADS_NR, *at = s->words_at + s->path[i].words_at;
	const uint64_t *words = s->words + s->path[i].words_at;

	for (; at > first; at -= 4, words -= 4)
		if (((pt_memo_word(at[-1]) ^ words[-1]) | (pt_memo_word(at[-2]) ^ words[-2]) |
		     (pt_memo_word(at[-3]) ^ words[-3]) | (pt_memo_word(at[-4]) ^ words[-4])))
			return false;
	return true;
}

/* How many frames of the path, from the outermost on, are as they were? Something within its first `i` is not. */
static __attribute__((noinline)) uint32_t same_frames(const struct pt_stacks *s, uint32_t i)
{
	uint32_t k = PADS_NR, nr = 0, words_nr = s->path[i].words_at;

	while (k < words_nr && pt_memo_word(s->words_at[k]) == s->words[k])
		k++;
	while (nr < i && s->path[nr + 1].words_at <= k)
		nr++;
	return nr;
}

/* What frame `i` of the path was read from. */
static inline void note_words(struct pt_stacks *s, uint32_t i)
{
	struct pt_stack_step *p = &s->path[i];
	uint32_t k = p->words_at;

	p[1].words_at = (uint16_t)(k + pt_step_words(p, &s->words_at[k], &s->words[k]));
}

/* How a walk ended. */
enum walk_end {
	WALK_JOINED,  /* at path[path_nr - 1], which stands */
	WALK_WHOLE,   /* at the outermost frame */
	WALK_UNKNOWN, /* no unwind information, or it led off the stack */
	WALK_CUT,     /* more frames than wanted */
	WALK_COMPLEX, /* a frame for libunwind */
};

/* One frame outwards: (sp, ip, bp) of the caller of `f` into `out`. */
static inline bool step(const struct pt_rule r, const struct pt_stack_step *f, uint64_t end,
			struct pt_stack_step *out)
{
	uint64_t cfa = (r.base_rbp ? f->bp : f->sp) + (uint64_t)(int64_t)r.cfa_off;

	if (__builtin_expect(cfa <= f->sp || cfa > end || cfa % 8, 0))
		return false;
	out->sp = cfa;
	out->ip = pt_memo_word(cfa - 8);
	out->bp_at = r.rbp_off ? cfa + (uint64_t)(int64_t)r.rbp_off : 0;
	out->bp = out->bp_at ? pt_memo_word(out->bp_at) : f->bp;
	out->interrupted = 0;
	return true;
}

/* From the kernel's frame below a signal handler to what it interrupted; false when that ran on another stack. */
static bool step_signal(const struct pt_stack_step *f, uint64_t end, struct pt_stack_step *out)
{
	if (f->sp + PT_SIGNAL_IP + 8 > end)
		return false;
	out->sp = pt_memo_word(f->sp + PT_SIGNAL_SP);
	out->ip = pt_memo_word(f->sp + PT_SIGNAL_IP);
	out->bp_at = f->sp + PT_SIGNAL_BP;
	out->bp = pt_memo_word(out->bp_at);
	out->interrupted = 1;
	return out->sp > f->sp + PT_SIGNAL_IP && out->sp <= end && out->sp % 8 == 0;
}

/* Does the walk, now at `f`, meet the remembered path? Drops the path's frames further in, and where the path is not
 * what it was, all but those further out than that. */
static inline bool joins(struct pt_stacks *s, const struct pt_stack_step *f, uint64_t end, bool *compared)
{
	struct pt_stack_step *p = s->path + s->path_nr - 1;

	while (p->sp < f->sp)
		p--;
	s->path_nr = (uint32_t)(p + 1 - s->path);
	if (((p->sp ^ f->sp) | (p->ip ^ f->ip)) || p->interrupted != f->interrupted || (p->needs_bp && p->bp != f->bp))
		return false;
	if (!*compared) {
		*compared = true;
		if (s->path[0].sp > end) { /* remembered from another stack that reached further */
			s->path_nr = 0;
			return false;
		}
		if (!same_outwards(s, s->path_nr - 1)) {
			s->path_nr = same_frames(s, s->path_nr - 1);
			return false;
		}
	}
	p->bp = f->bp; /* as the frames that are further in now have left it */
	p->bp_at = f->bp_at;
	p->checks_bp = p->needs_bp && p->bp_at;
	note_words(s, s->path_nr - 1);
	return true;
}

static inline struct pt_rule rule_of(struct pt_stacks *s, uint64_t ip)
{
	struct pt_near_rule *n = &s->near[(ip ^ ip >> 7) % PT_NEAR_RULES];

	if (__builtin_expect(n->ip != ip, 0)) {
		struct pt_rule r = pt_rule_of(ip, &s->scratch);

		n->ip = ip;
		n->rule = r;
	}
	return n->rule;
}

/* Walk outwards from `at` into s->fresh until the path is joined or the stack ends. */
static enum walk_end walk(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, uint32_t *fresh_nr)
{
	uint64_t end = pt_stack_end(s, at->sp);
	struct pt_stack_step *f = s->fresh;
	bool compared = false;
	struct pt_rule r;

	f->sp = at->sp;
	f->ip = at->ip;
	f->bp = at->bp;
	f->bp_at = 0;
	f->interrupted = 0;
	for (*fresh_nr = 0;; f++) {
		if (joins(s, f, end, &compared))
			return WALK_JOINED;
		if (*fresh_nr == depth)
			return WALK_CUT;
		++*fresh_nr;
		r = rule_of(s, f->ip + f->interrupted); /* a call ends before its return address, an interruption does not */
		f->uses_bp = r.base_rbp;
		if (__builtin_expect(r.kind == PT_RULE_STEP, 1)) {
			if (*fresh_nr == STEPS_MAX)
				return WALK_CUT;
			if (!step(r, f, end, f + 1))
				return WALK_UNKNOWN;
		} else if (r.kind != PT_RULE_SIGNAL || *fresh_nr == STEPS_MAX || !step_signal(f, end, f + 1)) {
			return r.kind == PT_RULE_END	 ? WALK_WHOLE :
			       r.kind == PT_RULE_UNKNOWN ? WALK_UNKNOWN :
							   WALK_COMPLEX;
		}
	}
}

/* Put the walked frames on top of the path, outermost first, and find their nodes. */
static uint32_t append(struct pt_stacks *s, uint32_t fresh_nr)
{
	const struct pt_stack_step *below = s->path + s->path_nr - 1;
	uint32_t node = below->node;
	bool needs = below->needs_bp && !below->bp_at;

	while (fresh_nr--) {
		struct pt_stack_step *p = &s->path[s->path_nr++];
		uint16_t words_at = p->words_at;

		PT_POINT("path");
		*p = s->fresh[fresh_nr];
		p->words_at = words_at;
		p->needs_bp = p->uses_bp | needs;
		p->checks_bp = p->needs_bp && p->bp_at;
		needs = p->needs_bp && !p->bp_at;
		note_words(s, s->path_nr - 1);
		p->node = node = pt_node_below(s, node, p->ip);
		if (!node)
			return 0;
	}
	return node;
}

static uint32_t identify(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, bool keep)
{
	uint32_t fresh_nr, node;
	enum walk_end end = walk(s, at, depth, &fresh_nr);

	if (end == WALK_COMPLEX)
		return by_libunwind(s, at, depth);
	if (end == WALK_JOINED && s->path_nr + fresh_nr > depth) {
		/* Too deep by now: start again from a base nearer to us. */
		s->path_nr = 0;
		end = walk(s, at, depth / 2 ? depth / 2 : 1, &fresh_nr);
		if (end == WALK_COMPLEX)
			return by_libunwind(s, at, depth);
	} else if (end == WALK_CUT && fresh_nr > 1) {
		fresh_nr = (fresh_nr + 1) / 2;
	}
	if (end != WALK_JOINED) {
		s->path_nr = 0;
		node = end == WALK_WHOLE ? 0 : pt_node_below(s, 0, end == WALK_CUT ? PT_FRAME_CUT : PT_FRAME_UNKNOWN);
		if (end != WALK_WHOLE && !node)
			return 0;
		s->path[-1].node = node;
	}
	node = append(s, fresh_nr);
	if (keep && node)
		pt_memos_keep(&s->memos, s, at, fresh_nr, node);
	return node;
}

/* The node by the memo `p` or those behind it, or 0. holds: pt_memo_holds() was asked of the first already. */
static inline uint32_t remembered(struct pt_stacks *s, const struct pt_entry *at, const struct pt_memo *p, bool holds)
{
	const struct pt_stack_step *f;
	uint32_t tries;

	for (tries = 0; p && tries < PT_MEMO_CHAIN; tries++, p = pt_memo_at(&s->memos, p->next), holds = false) {
		if (!holds && !pt_memo_holds(p, at->ip, at->sp, at->bp))
			continue;
		if (!p->parent) {
			s->memos.found_nr++;
			return p->node;
		}
		f = &s->path[p->join];
		if (p->join < s->path_nr && f->node == p->parent && f->sp == p->join_sp &&
		    (!f->needs_bp || f->bp == p->join_bp) && same_outwards(s, p->join)) {
			s->memos.found_nr++;
			return p->node;
		}
	}
	return 0;
}

static __attribute__((noinline)) uint32_t walked(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, bool own)
{
	uint32_t node = identify(s, at, depth, own && !s->memos.rest_nr);

	if (s->memos.rest_nr)
		s->memos.rest_nr--;
	if (__builtin_expect(!node, 0)) {
		pt_stacks_forget(s);
		node = identify(s, at, depth, false);
		if (!node)
			s->path_nr = 0; /* no memory: its last frame has no node either */
	}
	return node;
}

uint32_t pt_stack_look(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, const struct pt_memo *like,
		       bool holds)
{
	uint32_t node = remembered(s, at, holds ? like : pt_memo_at(&s->memos, like->next), holds);

	return node ? node : walked(s, at, depth, true);
}

uint32_t pt_stack_id(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth)
{
	uint32_t generation = atomic_load_explicit(&pt_process->generation, memory_order_relaxed);
	uint32_t node = 0;
	bool own;

	if (__builtin_expect(!s->nodes, 0) && !start(s, generation))
		return 0;
	if (__builtin_expect(s->generation != generation, 0)) {
		s->generation = generation;
		pt_stacks_forget(s);
	}
	own = at->sp >= s->own.low && at->sp < s->own.high;
	if (own && s->memos.entries && !s->memos.rest_nr)
		node = remembered(s, at, pt_memo_first(&s->memos, at->ip, at->sp), false);
	if (!node)
		node = walked(s, at, depth, own);
	if (__builtin_expect(s->verifies, 0))
		pt_verify_stack(s, at, depth, node);
	return node;
}
