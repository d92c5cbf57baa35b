/* SPDX-License-Identifier: MIT */
/* memo.c - see memo.h. */
#include "memo.h"

#include <string.h>

#include "process.h"
#include "stack.h"

#define LOOK_EVERY 4096u   /* memos made between two looks at whether it pays */
#define SHALLOW 12u /* frames: such a stack is remembered whole */
#define REST_STACKS 16384u /* walked without trying */

static bool start(struct pt_memos *m)
{
	if (m->entries)
		return true;
	/* What there was memory for is kept; `entries` last, they say that all are there. */
	if (!m->arena)
		m->arena = pt_pages_alloc(PT_MEMO_ARENA_BYTES);
	if (m->arena && !m->slots)
		m->slots = pt_pages_alloc(PT_MEMO_SLOTS * sizeof(*m->slots));
	m->arena_nr = 8; /* 0 is "none" */
	if (m->slots)
		m->entries = pt_pages_alloc(PT_MEMO_ENTRIES * sizeof(*m->entries));
	return m->entries;
}

void pt_memos_forget(struct pt_memos *m)
{
	if (!m->entries || !m->slots)
		return;
	memset(m->entries, 0, PT_MEMO_ENTRIES * sizeof(*m->entries));
	memset(m->slots, 0, PT_MEMO_SLOTS * sizeof(*m->slots));
	m->arena_nr = 8;
}

/* The word where the stack of `p` is another than the one now; 0 when there is none. */
static uint32_t first_difference(const struct pt_memo *p)
{
	const uint32_t *offs = pt_memo_offs(p);
	uint32_t i;

	for (i = 0; i < p->words_nr; i++)
		if (pt_memo_word(p->sp + offs[i]) != p->values[i])
			return offs[i];
	return 0;
}

/* The entry of (ip, sp), with the words to look at from now on. */
static struct pt_memo_entry *entry_for(struct pt_memos *m, const struct pt_memo *p)
{
	struct pt_memo_entry *e = pt_memo_entry(m, p->ip, p->sp), *pair;
	const struct pt_memo *there;
	uint32_t slot, off;

	if (!e) {
		pair = &m->entries[pt_memo_place(p->ip, p->sp)];
		pair[1] = pair[0]; /* the older of the two goes */
		off = p->words_nr ? pt_memo_offs(p)[0] : 0;
		pair[0] = (struct pt_memo_entry){ p->ip, p->sp, { off, off }, m->arena_nr, 0 };
		return pair;
	}
	e->only = 0;
	slot = m->slots[pt_memo_slot(e)];
	there = (const void *)(m->arena + slot);
	if (!slot || there->ip != p->ip || there->sp != p->sp)
		return e;
	off = first_difference(there);
	if (off && off != e->off[0] && off != e->off[1])
		e->off[1] = off;
	return e;
}

/* The words of the path's frames [from, to), innermost first; how many, or UINT32_MAX: too far apart. */
static uint32_t put_words(const struct pt_stacks *s, uint32_t from, uint32_t to, uint64_t sp, uint64_t *values,
			  uint32_t *offs)
{
	uint32_t nr = 0, i, words_nr;
	uint64_t at[3], words[3];

	while (to-- > from) {
		const struct pt_stack_step *f = &s->path[to];

		if (f->sp - sp > INT32_MAX || (f->bp_at && f->bp_at - sp > INT32_MAX))
			return UINT32_MAX;
		for (i = 0, words_nr = pt_step_words(f, at, words); i < words_nr; i++, nr++) {
			values[nr] = words[i];
			offs[nr] = (uint32_t)(at[i] - sp);
		}
	}
	return nr;
}

void pt_memos_keep(struct pt_memos *m, const struct pt_stacks *s, const struct pt_entry *at, uint32_t fresh_nr,
		   uint32_t node)
{
	uint32_t join = s->path_nr <= SHALLOW ? 0 : s->path_nr - fresh_nr;
	uint32_t from = join ? join - 1 : 0, max = 3 * (s->path_nr - from) + PT_MEMO_STEP_WHOLE, nr, *slot;
	struct pt_memo *p;
	uint32_t *offs;

	if (!start(m))
		return;
	if (++m->made_nr == LOOK_EVERY) {
		if (m->found_nr < m->made_nr / 2)
			m->rest_nr = REST_STACKS;
		m->found_nr = m->made_nr = 0;
	}
	m->ready = m->rest_nr || s->verifies ? NULL : m->entries;
	if (m->arena_nr + sizeof(*p) + max * 12 > PT_MEMO_ARENA_BYTES)
		pt_memos_forget(m);
	p = (void *)(m->arena + m->arena_nr);
	/* Values first; offsets wait behind the most there can be, for their number is not known yet. */
	offs = (void *)&p->values[max];
	nr = put_words(s, from, s->path_nr - 1, at->sp, p->values, offs);
	if (nr == UINT32_MAX)
		return;
	for (; nr % (join ? PT_MEMO_STEP : PT_MEMO_STEP_WHOLE); nr++) { /* filled up with what is there already */
		p->values[nr] = p->values[nr - 1];
		offs[nr] = offs[nr - 1];
	}
	memmove(&p->values[nr], offs, nr * sizeof(*offs));
	p->ip = at->ip;
	p->sp = at->sp;
	p->bp = at->bp;
	p->needs_bp = s->path[s->path_nr - 1].needs_bp;
	p->node = node;
	p->words_nr = nr;
	p->parent = 0;
	if (join) {
		p->join = join - 1;
		p->join_sp = s->path[join - 1].sp;
		p->join_bp = s->path[join - 1].bp;
		p->parent = s->path[join - 1].node;
	}
	slot = &m->slots[pt_memo_slot(entry_for(m, p))];
	p->next = *slot;
	*slot = m->arena_nr;
	m->arena_nr += ((uint32_t)sizeof(*p) + nr * 12 + 7) & ~7u;
}
