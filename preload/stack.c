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
#include <sys/mman.h>

#include "../format/layout.h"
#include "config.h"
#include "process.h"
#include "sys.h"
#include "verify.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#define NODES_MIN 128u
/* 8 MiB of nodes and 16 MiB of edges a writer at most, then it starts again. A script of CPython's
 * json and recursion has 205,714; with 2^17 it spent most of its trace on defining them anew. */
#define NODES_MAX (1u << 19)
#define STEPS_MAX PT_STACK_DEPTH_MAX

extern void *__libc_stack_end;

/* Can all of the pages be read? A system call, so once a page: MADV_POPULATE_READ (Linux 5.14)
 * says ENOMEM for a hole and EFAULT for PROT_NONE, where mincore() is content with both. */
static bool readable(uint64_t low, uint64_t high)
{
	return !atomic_load_explicit(&pt_quiet, memory_order_relaxed) &&
	       !pt_sys_madvise((void *)low, high - low, MADV_POPULATE_READ);
}

/* The end of the stack that a thread of its own runs on: a thread's control block sits at the top
 * of its stack, the first thread's stack ends where ld.so says. 0 when `sp` is on neither. */
static uint64_t own_end(uint64_t sp)
{
	uint64_t tcb = (uint64_t)__builtin_thread_pointer();
	uint64_t main_end = (uint64_t)__libc_stack_end + 8;

	if (sp < tcb && tcb - sp < 1ull << 30)
		return tcb;
	return sp < main_end && main_end - sp < 1ull << 32 ? main_end : 0;
}

/*
 * Up to where may the stack be read that `sp` is on? An exact rule does not lead off a stack, but
 * code whose unwind information is wrong does, and a stack switched to by hand may have nothing
 * above it. So only pages that were seen to be readable are read.
 */
static __attribute__((noinline)) uint64_t find_end(struct pt_stacks *s, uint64_t sp)
{
	static const uint64_t tries_bytes[] = { 256u << 10, 64u << 10, 16u << 10, 4u << 10 };
	uint64_t page = sp & ~4095ull, end = own_end(sp);
	unsigned int i;

	if (end) {
		uint64_t high = s->own.high == end ? s->own.low : end & ~4095ull;

		if (page >= high || readable(page, high)) {
			if (s->own.high != end)
				pt_memos_forget(&s->memos);
			s->own = (struct pt_stack_span){ page < high ? page : high, end };
			return end;
		}
	}
	for (i = 0; i < sizeof(tries_bytes) / sizeof(tries_bytes[0]); i++)
		if (readable(page, page + tries_bytes[i])) {
			s->other = (struct pt_stack_span){ page, page + tries_bytes[i] };
			return s->other.high;
		}
	return sp; /* nothing: the stack is the one frame that called */
}

static inline uint64_t stack_end(struct pt_stacks *s, uint64_t sp)
{
	if (__builtin_expect(sp >= s->own.low && sp < s->own.high, 1))
		return s->own.high;
	if (sp >= s->other.low && sp < s->other.high)
		return s->other.high;
	return find_end(s, sp);
}

static inline uint64_t word(uint64_t at)
{
	return *(const volatile uint64_t *)at;
}

/* The edge from `parent` to `ip`, or the empty place for it. */
static struct pt_stack_edge *edge_of(const struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	uint32_t mask = 2 * s->nodes_max - 1;
	uint32_t i = (uint32_t)(((ip ^ (uint64_t)parent << 40) * 0x9e3779b97f4a7c15ull) >> 32) & mask;

	while (s->edges[i].child && (s->edges[i].ip != ip || s->edges[i].parent != parent))
		i = (i + 1) & mask;
	return &s->edges[i];
}

void pt_stacks_forget(struct pt_stacks *s)
{
	if (s->nodes) {
		memset(s->edges, 0, 2 * s->nodes_max * sizeof(*s->edges));
		memset(&s->nodes[0], 0, sizeof(s->nodes[0]));
	}
	memset(s->near, 0, sizeof(s->near));
	pt_memos_forget(&s->memos);
	s->nodes_nr = 1;
	s->written_nr = s->anew ? UINT32_MAX : 1;
	s->path_nr = 0;
	s->base = 0;
	s->epoch++;
}

/* Twice the nodes. */
static bool grow(struct pt_stacks *s)
{
	uint32_t i, old_max = s->nodes_max, max = old_max ? 2 * old_max : NODES_MIN;
	struct pt_stack_node_entry *nodes, *old = s->nodes;
	struct pt_stack_edge *edges;

	if (max > NODES_MAX)
		return false;
	nodes = pt_pages_alloc(max * sizeof(*nodes));
	edges = pt_pages_alloc(2 * max * sizeof(*edges));
	if (!nodes || !edges) {
		if (nodes)
			pt_pages_free(nodes, max * sizeof(*nodes));
		return false;
	}
	/* A handler may jump out of here: what pt_stacks_forget() then finds is nothing, or fits together. */
	s->nodes = NULL;
	s->nodes_max = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (old) {
		memcpy(nodes, old, s->nodes_nr * sizeof(*nodes));
		pt_pages_free(old, old_max * sizeof(*nodes));
		pt_pages_free(s->edges, 2 * old_max * sizeof(*edges));
		PT_POINT("grow");
	} else {
		s->nodes_nr = 1;
		s->written_nr = s->anew ? UINT32_MAX : 1;
	}
	s->edges = edges;
	s->nodes_max = max;
	atomic_signal_fence(memory_order_seq_cst);
	s->nodes = nodes;
	for (i = 1; i < s->nodes_nr; i++)
		*edge_of(s, nodes[i].parent, nodes[i].ip) = (struct pt_stack_edge){ nodes[i].ip, nodes[i].parent, i };
	return true;
}

static bool start(struct pt_stacks *s, uint32_t generation)
{
	if (!s->path) {
		s->path = pt_pages_alloc((STEPS_MAX + 1) * sizeof(*s->path));
		s->words_at = pt_pages_alloc(2 * STEPS_MAX * sizeof(*s->words_at));
		s->words = pt_pages_alloc(2 * STEPS_MAX * sizeof(*s->words));
		s->fresh = pt_pages_alloc(STEPS_MAX * sizeof(*s->fresh));
	}
	s->generation = generation;
	s->verifies = pt_config.verify_stacks;
	return s->path && s->fresh && s->words_at && s->words && grow(s);
}

/* The child of `parent` with that ip, made when it is new. 0 when there is no room: the
 * caller then starts over with an empty trie. */
static __attribute__((noinline)) uint32_t child_of(struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	struct pt_stack_edge *e = edge_of(s, parent, ip);
	uint32_t id = e->child;

	if (!id) {
		if (s->nodes_nr == s->nodes_max) {
			if (!grow(s))
				return 0;
			e = edge_of(s, parent, ip);
		}
		id = s->nodes_nr++;
		s->nodes[id] = (struct pt_stack_node_entry){ .ip = ip, .parent = parent };
		*e = (struct pt_stack_edge){ ip, parent, id };
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
	size_t nr = 0;
	uint32_t node = 0;
	bool whole = false;

	s->path_nr = 0;
	s->base = 0;
	if (!s->walk)
		s->walk = pt_pages_alloc(sizeof(*s->walk));
	if (s->walk)
		nr = pt_unwinder_walk(at->ip, depth, &s->scratch, s->walk, &whole);
	if (!whole)
		node = follow(s, 0, nr == depth ? PT_FRAME_CUT : PT_FRAME_UNKNOWN);
	if (!nr)
		return follow(s, node, at->ip);
	while (nr--) {
		node = follow(s, node, s->walk->ips[nr]);
		if (!node)
			return 0;
	}
	return node;
}

/* Is the remembered path unchanged from its frame `i` (not looked at itself) outwards? */
static inline bool same_outwards(const struct pt_stacks *s, uint32_t i)
{
	const uint64_t *at = s->words_at, *words = s->words;
	uint64_t differs = 0;
	uint32_t k, nr = s->path[i].words_at;

	for (k = 0; k < nr; k++)
		differs |= word(at[k]) ^ words[k];
	return !differs;
}

/* What frame `i` of the path was read from. */
static inline void note_words(struct pt_stacks *s, uint32_t i)
{
	struct pt_stack_step *p = &s->path[i];
	uint32_t k = p->words_at;

	s->words_at[k] = p->sp - 8;
	s->words[k++] = p->ip;
	if (p->checks_bp) {
		s->words_at[k] = p->bp_at;
		s->words[k++] = p->bp;
	}
	p[1].words_at = (uint16_t)k;
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
	out->ip = word(cfa - 8);
	out->bp_at = r.rbp_off ? cfa + (uint64_t)(int64_t)r.rbp_off : 0;
	out->bp = out->bp_at ? word(out->bp_at) : f->bp;
	return true;
}

/* Does the walk, now at `f`, meet the remembered path? Drops the path's frames further in. */
static inline bool joins(struct pt_stacks *s, const struct pt_stack_step *f, uint64_t end)
{
	struct pt_stack_step *p;

	while (s->path_nr && s->path[s->path_nr - 1].sp < f->sp)
		s->path_nr--;
	if (!s->path_nr)
		return false;
	p = &s->path[s->path_nr - 1];
	if (p->sp != f->sp || p->ip != f->ip || (p->needs_bp && p->bp != f->bp))
		return false;
	if (s->path[0].sp > end) { /* remembered from another stack that reached further */
		s->path_nr = 0;
		return false;
	}
	if (!same_outwards(s, s->path_nr - 1)) {
		s->path_nr = 0; /* something further out differs: walk all of it */
		return false;
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
	uint64_t end = stack_end(s, at->sp);
	struct pt_stack_step *f = s->fresh;
	struct pt_rule r;

	f->sp = at->sp;
	f->ip = at->ip;
	f->bp = at->bp;
	f->bp_at = 0;
	for (*fresh_nr = 0;; f++) {
		if (joins(s, f, end))
			return WALK_JOINED;
		if (*fresh_nr == depth)
			return WALK_CUT;
		++*fresh_nr;
		r = rule_of(s, f->ip);
		f->uses_bp = r.base_rbp;
		if (__builtin_expect(r.kind != PT_RULE_STEP, 0))
			return r.kind == PT_RULE_END	 ? WALK_WHOLE :
			       r.kind == PT_RULE_COMPLEX ? WALK_COMPLEX :
							   WALK_UNKNOWN;
		if (*fresh_nr == STEPS_MAX)
			return WALK_CUT;
		if (!step(r, f, end, f + 1))
			return WALK_UNKNOWN;
	}
}

/* Put the walked frames on top of the path, outermost first, and find their nodes. */
static uint32_t append(struct pt_stacks *s, uint32_t fresh_nr)
{
	uint32_t node = s->path_nr ? s->path[s->path_nr - 1].node : s->base;
	bool needs = s->path_nr && s->path[s->path_nr - 1].needs_bp && !s->path[s->path_nr - 1].bp_at;

	if (!s->path_nr)
		s->path[0].words_at = 0;
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
		p->node = node = follow(s, node, p->ip);
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
		s->base = end == WALK_WHOLE ? 0 : follow(s, 0, end == WALK_CUT ? PT_FRAME_CUT : PT_FRAME_UNKNOWN);
		if (end != WALK_WHOLE && !s->base)
			return 0;
	}
	node = append(s, fresh_nr);
	if (keep && node)
		pt_memos_keep(&s->memos, s, at, fresh_nr, node);
	return node;
}

/* The node by a memo, or 0. */
static inline uint32_t remembered(struct pt_stacks *s, const struct pt_entry *at)
{
	const struct pt_memo *p = pt_memo_first(&s->memos, at->ip, at->sp);
	const struct pt_stack_step *f;
	uint32_t tries;

	for (tries = 0; p && tries < PT_MEMO_CHAIN; tries++, p = pt_memo_at(&s->memos, p->next)) {
		if (!pt_memo_holds(p, at->ip, at->sp, at->bp))
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
		node = remembered(s, at);
	if (!node)
		node = walked(s, at, depth, own);
	if (__builtin_expect(s->verifies, 0))
		pt_verify_stack(s, at, depth, node);
	return node;
}
