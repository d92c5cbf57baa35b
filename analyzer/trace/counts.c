// SPDX-License-Identifier: MIT
/* counts.c - see counts.h. */
#include "counts.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "merge.h"

/* A live recorder puts counts together in microseconds; one that was killed at it never ends. */
#define TRIES 5

int pt_counts_list(struct pt_source *s, int (*add)(void *arg, uint64_t page, const struct pt_chunk_header *h))
{
	struct pt_packed_piece piece;
	uint64_t behind = 0; /* pages below it are of the block before */
	int err = 0;

	for (size_t i = 0; !err && pt_packed_piece(s->packed, i, &piece); i++) {
		const uint64_t end = piece.page + (piece.image_bytes + PT_PAGE_BYTES - 1) / PT_PAGE_BYTES;
		uint64_t page = piece.page > behind ? piece.page : behind;

		for (; !err && piece.loose && page < end; page++) {
			struct pt_chunk_header h;
			int64_t n = pt_source_read(s, &h, sizeof(h), page * PT_PAGE_BYTES);

			if (n == -PT_EIO || n == -PT_ENOMEM)
				return (int)n;
			if (n != sizeof(h) || !pt_counts_open(&h))
				continue;
			if (h.pages > s->end_page - page)
				h.pages = (uint32_t)(s->end_page - page);
			behind = page + h.pages;
			err = add(s, page, &h);
			page = behind - 1;
		}
	}
	return err;
}

static int by_number(const void *left, const void *right)
{
	const struct pt_chunk *a = left, *b = right;

	if (a->writer != b->writer)
		return a->writer < b->writer ? -1 : 1;
	return a->page < b->page ? -1 : a->page > b->page;
}

void pt_counts_sort(struct pt_source *s, struct pt_trace_state *state)
{
	size_t kept = 0;

	if (s->counts_nr)
		qsort(s->counts, s->counts_nr, sizeof(*s->counts), by_number);
	for (size_t i = 0; i < s->counts_nr; i++) {
		if (kept && s->counts[kept - 1].writer == s->counts[i].writer)
			state->corrupt_chunks++;
		else
			s->counts[kept++] = s->counts[i];
	}
	s->counts_nr = kept;
}

uint32_t pt_counts_nr(const struct pt_trace *t)
{
	return t->priv ? (uint32_t)t->priv->source.counts_nr : 0; /* none: a trace of tables alone */
}

static int by_value(const void *left, const void *right)
{
	const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* The blocks being read. */
struct reading {
	const struct pt_source *s;
	struct pt_count_block *block;
	uint32_t *held; /* numbers of those whose counts another block has already; ascending */
	size_t held_nr;
	uint32_t damaged_nr;
};

/* Block `i` into r->block. 1, 0 if it is not whole, negative. */
static int load(struct reading *r, size_t i, size_t bytes)
{
	const struct pt_chunk *c = &r->s->counts[i];
	const struct pt_count_block *b = r->block;
	int64_t n = pt_source_read(r->s, r->block, bytes, c->page * PT_PAGE_BYTES);

	if (n == -PT_EIO || n == -PT_ENOMEM)
		return (int)n;
	return c->pages == PT_COUNT_PAGES && n == (int64_t)bytes && b->header.magic == PT_COUNT_MAGIC &&
	       b->header.writer == c->writer && b->state && b->state <= PT_COUNT_FREE;
}

static void add(uint64_t *to, uint64_t number)
{
	if (__builtin_add_overflow(*to, number, to))
		*to = UINT64_MAX;
}

static void add_count(struct pt_count *to, const struct pt_count *from)
{
	add(&to->allocs, from->allocs);
	add(&to->alloc_bytes, from->alloc_bytes);
	add(&to->frees, from->frees);
	add(&to->free_bytes, from->free_bytes);
}

static uint64_t times(uint64_t number, uint64_t bytes)
{
	uint64_t product;

	return __builtin_mul_overflow(number, bytes, &product) ? UINT64_MAX : product;
}

/* Blocks whose sizes are known to the byte go to those of their classes. What all are. */
static struct pt_count settle_classes(struct pt_count_block *b)
{
	struct pt_count all = { 0 };

	for (uint64_t i = 0; i < PT_COUNT_SMALL; i++) {
		const struct pt_count_small *of = &b->small[i];
		const uint64_t bytes = i * PT_COUNT_SMALL_STEP;
		const struct pt_count c = { of->allocs, times(of->allocs, bytes), of->frees, times(of->frees, bytes) };

		add_count(&b->classes[pt_count_class(bytes)], &c);
		add(&b->requested_bytes, of->requested_bytes);
	}
	for (size_t i = 0; i < PT_COUNT_CLASSES; i++)
		add_count(&all, &b->classes[i]);
	return all;
}

/* Where the present CPU's counts are to be; NULL: there is none. */
static struct pt_count_cpu *present(struct pt_count_block *b)
{
	const uint32_t now = PT_COUNT_CPU_NOW(b->cpu_now);

	if (!now)
		return NULL;
	for (size_t i = 0; i < PT_COUNT_CPUS - 1 && now != PT_COUNT_CPU_UNPLACED; i++)
		if (b->cpus[i].cpu == now)
			return &b->cpus[i];
	return &b->cpus[PT_COUNT_CPUS - 1];
}

/* 0 when there are fewer: counts that no recorder writes. */
static uint64_t less(uint64_t from, uint64_t number, bool *sane)
{
	*sane = *sane && number <= from;
	return number <= from ? from - number : 0;
}

/* The present CPU has what the others leave of all. False: they have more, or there is none and they leave something. */
static bool settle_cpus(struct pt_count_block *b, const struct pt_count *all)
{
	struct pt_count_cpu *now = present(b);
	struct pt_count others = { 0 }, left;
	bool sane = true;

	for (size_t i = 0; i < PT_COUNT_CPUS; i++)
		if (&b->cpus[i] != now)
			add_count(&others, &b->cpus[i].count);
	left.allocs = less(all->allocs, others.allocs, &sane);
	left.alloc_bytes = less(all->alloc_bytes, others.alloc_bytes, &sane);
	left.frees = less(all->frees, others.frees, &sane);
	left.free_bytes = less(all->free_bytes, others.free_bytes, &sane);
	if (now)
		now->count = left;
	return sane && (now || !(left.allocs | left.alloc_bytes | left.frees | left.free_bytes));
}

static int find_held(struct reading *r)
{
	r->held_nr = 0;
	for (size_t i = 0; i < r->s->counts_nr; i++) {
		int whole = load(r, i, offsetof(struct pt_count_block, cpus));

		if (whole < 0)
			return whole;
		for (size_t k = 0; whole && r->block->state == PT_COUNT_ENDED && k < 2; k++)
			if (r->block->holds[k])
				r->held[r->held_nr++] = r->block->holds[k];
	}
	if (r->held_nr)
		qsort(r->held, r->held_nr, sizeof(*r->held), by_value);
	return 0;
}

static int read_all(struct reading *r, int (*take)(void *arg, const struct pt_count_block *b), void *arg)
{
	struct pt_count all;
	int err = find_held(r);

	r->damaged_nr = 0;
	for (size_t i = 0; i < r->s->counts_nr && !err; i++) {
		const uint32_t number = r->s->counts[i].writer;
		int whole = load(r, i, sizeof(*r->block));

		if (whole < 0)
			return whole;
		if (!whole)
			r->damaged_nr++;
		if (!whole || r->block->state == PT_COUNT_FREE ||
		    (r->held_nr && bsearch(&number, r->held, r->held_nr, sizeof(number), by_value)))
			continue;
		r->block->name[sizeof(r->block->name) - 1] = '\0';
		all = settle_classes(r->block);
		if (!settle_cpus(r->block, &all))
			r->damaged_nr++;
		err = take(arg, r->block);
	}
	return err;
}

/* How often counts of ended threads were put together; odd: that is being done. */
static uint32_t folds(const struct pt_source *s)
{
	uint32_t nr = 0;

	if (pt_source_read(s, &nr, sizeof(nr), offsetof(struct pt_file_header, count_folds)) != sizeof(nr))
		return 0;
	return nr;
}

int pt_counts_each(const struct pt_trace *t, int (*take)(void *arg, const struct pt_count_block *b), void *arg,
		   uint32_t *damaged)
{
	struct reading r = { 0 };
	int err = -PT_ENOMEM;
	uint32_t before;

	*damaged = 0;
	if (!pt_counts_nr(t))
		return 0;
	r.s = &t->priv->source;
	r.block = aligned_alloc(_Alignof(struct pt_count_block), sizeof(*r.block));
	r.held = calloc(2 * r.s->counts_nr, sizeof(*r.held));
	for (int tries = 0; r.block && r.held && tries < TRIES; tries++) {
		before = folds(r.s);
		err = tries ? take(arg, NULL) : 0;
		if (!err)
			err = read_all(&r, take, arg);
		if (err || (!(before & 1) && folds(r.s) == before))
			break;
	}
	*damaged = r.damaged_nr;
	free(r.block);
	free(r.held);
	return err;
}
