/* SPDX-License-Identifier: MIT */
/*
 * shelves.h - how many idle blocks of each size class each holder has, and who has most that fit.
 *
 * A holder is a thread or a CPU. The first classes and holders there are, nearly all of them, have their counts in
 * a plain array: two additions for a block. The others have shelves. A shelf (class, holder) stays when it is
 * emptied, since most fill again at once; when over half are empty they are swept out, so memory follows the
 * shelves in use.
 */
#ifndef PT_SHELVES_H
#define PT_SHELVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../model/classes.h"

#define PT_HOLDER_NONE UINT32_MAX

#define PT_SHELVES_CLASSES 1024u
#define PT_SHELVES_HOLDERS 16u /* a cache line for a class */

struct pt_shelf {
	uint32_t class, holder;
	uint32_t objects;
	uint32_t next; /* of this class, + 1 */
};

struct pt_shelves {
	struct pt_shelf *shelves;
	uint32_t nr, max, empty_nr;
	uint64_t objects; /* in all */
	uint32_t (*near)[PT_SHELVES_HOLDERS]; /* objects of the first of both; NULL = none yet. 64 KiB */
	uint32_t near_held;		      /* bit i: holder i, below PT_SHELVES_HOLDERS, has ever held any */
	bool far_held;			      /* has any other holder, or any of another class? */
	uint32_t *slots;  /* hash of (class, holder) -> place in shelves + 1 */
	size_t slots_nr;
	struct {
		uint32_t first; /* + 1 */
		uint32_t objects;
	} * classes;
	uint32_t classes_max;
	uint32_t *counts; /* scratch, by holder; all 0 between calls */
	uint32_t *seen;	  /* scratch: holders with a count */
	uint32_t holders_max;
};

/* An all-zero struct is empty. */
void pt_shelves_fini(struct pt_shelves *s);

/* pt_shelves_make() - the shelf of (class, holder), a new one. 0 or -PT_ENOMEM. */
int pt_shelves_make(struct pt_shelves *s, uint32_t class, uint32_t holder, struct pt_shelf **out);

/*
 * pt_shelves_most() - who, other than `starved`, holds most blocks that fit a request.
 *
 * rank: of several who hold as many, the one with the smallest rank[holder]; NULL = the smallest
 * holder. Returns PT_HOLDER_NONE when nobody holds one.
 */
uint32_t pt_shelves_most(struct pt_shelves *s, const struct pt_classes *classes,
			 uint64_t request_bytes, uint32_t starved, const uint32_t *rank);

static inline uint32_t *pt_shelves_slot(const struct pt_shelves *s, uint32_t class, uint32_t holder)
{
	uint64_t key = (uint64_t) class << 32 | holder;
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 32) & (s->slots_nr - 1);

	for (; s->slots[i]; i = (i + 1) & (s->slots_nr - 1)) {
		const struct pt_shelf *shelf = &s->shelves[s->slots[i] - 1];

		if (shelf->class == class && shelf->holder == holder)
			break;
	}
	return &s->slots[i];
}

/* The rest of pt_shelves_put() and pt_shelves_take(). */
int pt_shelves_put_far(struct pt_shelves *s, uint32_t class, uint32_t holder);
void pt_shelves_take_far(struct pt_shelves *s, uint32_t class, uint32_t holder);

static inline bool pt_shelves_is_near(uint32_t class, uint32_t holder)
{
	return class < PT_SHELVES_CLASSES && holder < PT_SHELVES_HOLDERS;
}

/* pt_shelves_put() - one more idle block. 0 or -PT_ENOMEM. */
static inline int pt_shelves_put(struct pt_shelves *s, uint32_t class, uint32_t holder)
{
	if (__builtin_expect(!pt_shelves_is_near(class, holder) || !s->near, 0))
		return pt_shelves_put_far(s, class, holder);
	s->near[class][holder]++;
	s->near_held |= 1u << holder;
	s->objects++;
	return 0;
}

/* pt_shelves_near() - the counts of a holder by class, PT_SHELVES_HOLDERS apart; NULL: not all of them are in the array. */
static inline uint32_t *pt_shelves_near(const struct pt_shelves *s, uint32_t holder)
{
	return s->near && holder < PT_SHELVES_HOLDERS && (s->near_held >> holder & 1) ? &s->near[0][holder] : NULL;
}

/* pt_shelves_take() - one idle block less; it was put. */
static inline void pt_shelves_take(struct pt_shelves *s, uint32_t class, uint32_t holder)
{
	if (__builtin_expect(pt_shelves_is_near(class, holder), 1)) {
		s->near[class][holder]--;
		s->objects--;
	} else {
		pt_shelves_take_far(s, class, holder);
	}
}

#endif
