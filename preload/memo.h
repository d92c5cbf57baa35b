/* SPDX-License-Identifier: MIT */
/*
 * memo.h - stacks that were walked, found again by a few of their words and then compared word by word.
 *
 * In front of the walk of stack.c. A memo is (ip, sp, rbp) at the entry, every word that the walk read up to the frame where
 * it joined the remembered path, and the node that it led to. If all of them are equal, the walk would come to the same frame in
 * the same way; if the path still has that frame and its words outwards are unchanged, it would join there again (stack.c says why
 * that is exact). So the node is the answer: two loads and a comparison a word, no rule, no trie. Which of the stacks that begin
 * alike it may be is guessed from two words: those where such stacks were last seen to differ.
 *
 * Only for stacks on the thread's own stack. Async-signal-safe; one writer alone uses it.
 */
#ifndef PT_MEMO_H
#define PT_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_MEMO_ENTRIES 256u		 /* places (ip, sp): 32 bytes each, in pairs */
#define PT_MEMO_CHAIN 4u		 /* memos looked at behind one slot */
#define PT_MEMO_STEP 4u /* words come in fours: a loop that runs equally often for most memos is predicted */
#define PT_MEMO_STEP_WHOLE 8u /* and in eights where a stack was walked to its end */
#define PT_MEMO_SLOTS 2048u		 /* memos: 4 bytes each */
#define PT_MEMO_ARENA_BYTES (512u << 10) /* their words; full: all are forgotten. Touched as far as it is used */

struct pt_memo_entry {
	uint64_t ip, sp;
	uint32_t off[2]; /* bytes above sp of the words to tell stacks apart by */
	uint32_t only;	 /* the one memo of a stack that begins here; 0: there are several, look by the words */
	uint32_t pad;
};

/* Followed by words_nr values and words_nr offsets. */
struct pt_memo {
	uint64_t ip, sp, bp;
	uint64_t join_sp, join_bp;
	uint32_t parent; /* node of the frame joined; 0: none was, the stack was walked to its end */
	uint32_t join;	 /* its index in the path */
	uint32_t node;
	uint32_t next; /* the memo that had its slot before */
	uint32_t words_nr;
	bool needs_bp; /* rbp at the entry matters */
	uint64_t values[];
};

struct pt_memos {
	struct pt_memo_entry *ready;   /* entries while pt_stack_quick() may look there, else NULL */
	struct pt_memo_entry *entries; /* NULL until first used */
	uint32_t *slots;	       /* place in the arena, 0 = empty */
	unsigned char *arena;
	uint32_t arena_nr; /* bytes in use */
	uint32_t found_nr, made_nr; /* since the last look at whether it pays */
	uint32_t rest_nr;  /* stacks to go until it is tried again; 0 = in use */
};

struct pt_stacks;
struct pt_entry;

/* pt_memos_keep() - remember the walk that just put fresh_nr frames on top of stack.c's path and led to `node`. */
void pt_memos_keep(struct pt_memos *m, const struct pt_stacks *s, const struct pt_entry *at, uint32_t fresh_nr,
		   uint32_t node);

/* pt_memos_forget() - nodes, rules or the stack's end are others than before. */
void pt_memos_forget(struct pt_memos *m);

/* The first of the two entries where (ip, sp) may be. */
static inline uint32_t pt_memo_place(uint64_t ip, uint64_t sp)
{
	return (uint32_t)((ip ^ sp << 20) * 0x9e3779b97f4a7c15ull >> 56) & ~1u;
}
_Static_assert(PT_MEMO_ENTRIES == 256, "pt_memo_place() has 8 bits");

/* A word of the stack, whatever it is to those who put it there. (Not volatile: that would be one instruction more for each.) */
typedef uint64_t __attribute__((may_alias)) pt_memo_any;

static inline uint64_t pt_memo_word(uint64_t at)
{
	return *(const pt_memo_any *)at;
}

static inline uint32_t pt_memo_slot(const struct pt_memo_entry *e)
{
	uint64_t a = pt_memo_word(e->sp + e->off[0]), b = pt_memo_word(e->sp + e->off[1]);

	return (uint32_t)((a ^ (b << 24 | b >> 40) ^ e->ip << 12 ^ e->sp) * 0x9e3779b97f4a7c15ull >> 53);
}
_Static_assert(PT_MEMO_SLOTS == 2048, "pt_memo_slot() has 11 bits");

static inline const uint32_t *pt_memo_offs(const struct pt_memo *m)
{
	return (const uint32_t *)(const void *)&m->values[m->words_nr];
}

static inline struct pt_memo_entry *pt_memo_entry(const struct pt_memos *m, uint64_t ip, uint64_t sp)
{
	struct pt_memo_entry *e = &m->entries[pt_memo_place(ip, sp)];

	e += !!((e->ip ^ ip) | (e->sp ^ sp));
	return __builtin_expect(!((e->ip ^ ip) | (e->sp ^ sp)), 1) ? e : NULL;
}

/* Everything but what lies outwards of the frame joined. */
static inline bool pt_memo_holds(const struct pt_memo *p, uint64_t ip, uint64_t sp, uint64_t bp)
{
	const uint32_t *offs = pt_memo_offs(p);
	uint64_t differs = (p->ip ^ ip) | (p->sp ^ sp) | (p->needs_bp ? p->bp ^ bp : 0);
	const uint64_t *value = p->values, *end = (const void *)offs;

	if (differs)
		return false;
	for (; value != end; value += PT_MEMO_STEP, offs += PT_MEMO_STEP) {
		differs |= pt_memo_word(sp + offs[0]) ^ value[0];
		differs |= pt_memo_word(sp + offs[1]) ^ value[1];
		differs |= pt_memo_word(sp + offs[2]) ^ value[2];
		differs |= pt_memo_word(sp + offs[3]) ^ value[3];
	}
	return !differs;
}

static inline const struct pt_memo *pt_memo_at(const struct pt_memos *m, uint32_t at)
{
	return at ? (const void *)(m->arena + at) : NULL;
}

/* pt_memo_first() - the memos of stacks that begin at (ip, sp) and look like this one, newest first; pt_memo.next. */
static inline const struct pt_memo *pt_memo_first(const struct pt_memos *m, uint64_t ip, uint64_t sp)
{
	const struct pt_memo_entry *e = pt_memo_entry(m, ip, sp);

	if (__builtin_expect(!e, 0))
		return NULL;
	/* A branch, which is predicted: waiting for two words and a hash of them costs more than all of the comparison. */
	return pt_memo_at(m, __builtin_expect(e->only, 1) ? e->only : m->slots[pt_memo_slot(e)]);
}

#endif
