/* SPDX-License-Identifier: MIT */
/* latency.h - a histogram of nanoseconds, 16 buckets an octave: quantiles to within 7 %. */
#ifndef TESTS_LATENCY_H
#define TESTS_LATENCY_H

#include <stdint.h>

#define LATENCY_BUCKETS (64u * 16u)

struct latency {
	uint64_t nr;
	uint64_t buckets[LATENCY_BUCKETS];
};

static inline void latency_add(struct latency *l, uint64_t ns, uint64_t times)
{
	unsigned int bits = ns < 16 ? 4 : 63u - (unsigned int)__builtin_clzll(ns);
	unsigned int bucket = ns < 16 ? (unsigned int)ns : (bits - 3) * 16 + (unsigned int)(ns >> (bits - 4) & 15);

	l->buckets[bucket] += times;
	l->nr += times;
}

static inline void latency_merge(struct latency *to, const struct latency *from)
{
	to->nr += from->nr;
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
}

/* The upper edge of the bucket with that share of all below; 0 when there is nothing. */
static inline uint64_t latency_quantile(const struct latency *l, double share)
{
	uint64_t below = 0;

	for (unsigned int i = 0; i < LATENCY_BUCKETS && l->nr; i++) {
		below += l->buckets[i];
		if ((double)below >= share * (double)l->nr)
			return i < 16 ? i + 1 : (uint64_t)(i % 16 + 17) << (i / 16 - 1);
	}
	return 0;
}

#endif
