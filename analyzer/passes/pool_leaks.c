/* SPDX-License-Identifier: MIT */
/*
 * pool_leaks.c - pass: objects that were got and never put, and which were held for too long.
 *
 * How long is too long is known only at the end. It is an edge between two buckets of hold times,
 * so objects are kept by the bucket of theirs.
 */
#include "pool_passes.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "pool_sums.h"

#define OCTAVES	     61u /* bucket = octave * 16 + sixteenth */
#define HOLDS_ENOUGH 1000u

/* Values of a sum, by pool, site, thread and bucket. */
enum { OBJECTS, BYTES, LONGEST_NS, AT_DESTROY };

struct holds {
	uint64_t nr;
	uint64_t *octaves[OCTAVES]; /* 16 counts each, or NULL */
};

struct leaks {
	struct holds *pools;
	uint32_t pools_max;
	struct pt_pool_sums sums;
};

static uint32_t bucket_of(uint64_t hold_ns)
{
	uint32_t shift;

	if (hold_ns < 16)
		return (uint32_t)hold_ns;
	shift = 59 - (uint32_t)__builtin_clzll(hold_ns);
	return shift * 16 + (uint32_t)(hold_ns >> shift);
}

/* The longest hold in a bucket. */
static uint64_t edge_of(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < 16)
		return bucket;
	shift = bucket / 16 - 1;
	return ((16ull + bucket % 16) << shift) + ((1ull << shift) - 1);
}

static int add_hold(struct holds *h, uint64_t hold_ns)
{
	uint32_t bucket = bucket_of(hold_ns);
	uint64_t **octave = &h->octaves[bucket / 16];

	if (!*octave)
		*octave = calloc(16, sizeof(**octave));
	if (!*octave)
		return -PT_ENOMEM;
	(*octave)[bucket % 16]++;
	h->nr++;
	return 0;
}

/* The bucket of p99.9. */
static uint32_t p999_of(const struct holds *h)
{
	uint64_t left = h->nr - h->nr / 1000; /* 0.999 n, rounded up */

	for (uint32_t bucket = 0; bucket < OCTAVES * 16; bucket++) {
		const uint64_t *octave = h->octaves[bucket / 16];
		uint64_t nr = octave ? octave[bucket % 16] : 0;

		if (nr >= left)
			return bucket;
		left -= nr;
	}
	return OCTAVES * 16 - 1;
}

static int leaked(struct leaks *s, const struct pt_pool_change *c)
{
	uint64_t hold_ns = c->time_ns - c->since_ns;
	uint64_t *v =
		pt_pool_sums_at(&s->sums, c->pool, c->old_site, c->old_thread, bucket_of(hold_ns));

	if (!v)
		return -PT_ENOMEM;
	v[OBJECTS]++;
	v[BYTES] += c->old_bytes;
	if (v[LONGEST_NS] < hold_ns)
		v[LONGEST_NS] = hold_ns;
	v[AT_DESTROY] += c->kind == PT_POOL_LEFT_USED;
	return 0;
}

static int change(void *state, const struct pt_pool_change *c)
{
	struct leaks *s = state;
	struct holds *h;

	if (c->kind == PT_POOL_PUT) {
		h = pt_pool_grown(s->pools, &s->pools_max, c->pool, sizeof(*h));
		if (!h)
			return -PT_ENOMEM;
		s->pools = h;
		return add_hold(h + c->pool, c->time_ns - c->since_ns);
	}
	if (c->kind == PT_POOL_END_USED ||
	    (c->kind == PT_POOL_LEFT_USED && c->flags & PT_POOL_DESTROYED))
		return leaked(s, c);
	return 0;
}

/* By pool, site and thread; free slots last. */
static int by_place(const void *a, const void *b)
{
	const struct pt_pool_sum *x = a, *y = b;

	if (x->used != y->used)
		return x->used ? -1 : 1;
	for (int i = 0; i < 3; i++) {
		if (x->key[i] != y->key[i])
			return x->key[i] < y->key[i] ? -1 : 1;
	}
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct pt_pool_leak *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static void add_leak(struct pt_pool_leak *leak, const struct pt_pool_sum *sum, bool gone,
		     bool too_long)
{
	leak->site = sum->key[1];
	leak->thread = sum->key[2];
	leak->objects += sum->v[OBJECTS];
	leak->bytes += sum->v[BYTES];
	if (leak->longest_hold_ns < sum->v[LONGEST_NS])
		leak->longest_hold_ns = sum->v[LONGEST_NS];
	leak->thread_is_gone += gone ? sum->v[OBJECTS] : 0;
	leak->held_too_long += too_long ? sum->v[OBJECTS] : 0;
	leak->at_destroy += sum->v[AT_DESTROY];
}

/* The sums of one pool, which are nr, at least one; sorted by place. */
static int fill_pool(const struct pt_pool_sum *sums, size_t nr, const struct pt_pool_finish *f,
		     uint32_t longest_bucket, struct pt_pool_detail *out)
{
	struct pt_pool_leak *leak = NULL;

	out->leaks = calloc(nr, sizeof(*out->leaks));
	if (!out->leaks)
		return -PT_ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		if (!i || by_place(&sums[i - 1], &sums[i]))
			leak = &out->leaks[out->leaks_nr++];
		add_leak(leak, &sums[i], f->trace->threads[sums[i].key[2]].exited,
			 sums[i].key[3] > longest_bucket);
	}
	qsort(out->leaks, out->leaks_nr, sizeof(*out->leaks), by_bytes);
	return 0;
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct leaks *s = state;
	const struct pt_pool_sum *sums = s->sums.slots;
	size_t at = 0;
	int r = 0;

	if (s->sums.nr)
		qsort(s->sums.slots, s->sums.slots_nr, sizeof(*sums), by_place);
	for (uint32_t i = 0; i < pt_pool_rows_nr(f) && !r; i++) {
		struct pt_pool_detail *d = f->rows[i].detail;
		const struct holds *h = i < s->pools_max ? &s->pools[i] : NULL;
		uint32_t bucket = UINT32_MAX;
		size_t first = at;

		d->hold_p999_ns = PT_UNKNOWN;
		if (h && h->nr >= HOLDS_ENOUGH) {
			bucket = p999_of(h);
			d->hold_p999_ns = edge_of(bucket);
		}
		while (at < s->sums.nr && sums[at].key[0] == i)
			at++;
		if (at > first)
			r = fill_pool(&sums[first], at - first, f, bucket, d);
	}
	return r;
}

static void fini(void *state)
{
	struct leaks *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		for (uint32_t k = 0; k < OCTAVES; k++)
			free(s->pools[i].octaves[k]);
	}
	free(s->pools);
	pt_pool_sums_fini(&s->sums);
}

const struct pt_pool_pass pt_pool_pass_leaks = {
	.name = "leaks",
	.summary = "objects that were got and never put",
	.state_size = sizeof(struct leaks),
	.change = change,
	.finish = finish,
	.fini = fini,
};
