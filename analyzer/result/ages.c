// SPDX-License-Identifier: MIT
/*
 * ages.c - how long memory has been idle: what is old, and the median.
 */
#include "ages.h"

#include <string.h>

const struct pt_age_histogram *pt_idle_ages(const struct pt_tally *t)
{
	static const struct pt_age_histogram none;

	return t->idle_age ? t->idle_age : &none;
}

uint64_t pt_old_idle_bytes(const struct pt_report *r, const struct pt_tally *t)
{
	return pt_old_bytes(r, pt_idle_ages(t));
}

uint64_t pt_old_bytes(const struct pt_report *r, const struct pt_age_histogram *h)
{
	double old_us = PT_OLD_SHARE * (double)r->totals.duration_ns / 1e3;
	uint64_t bytes = 0;

	if (old_us < PT_OLD_NS_MIN / 1e3)
		old_us = PT_OLD_NS_MIN / 1e3;
	for (unsigned int k = 0; k < PT_AGE_BUCKETS; k++)
		if ((double)(1ull << k) >= old_us)
			bytes += h->bytes[k];
	return bytes;
}

uint64_t pt_median_age_us(const struct pt_age_histogram *h)
{
	uint64_t all = 0, older = 0;

	for (unsigned int k = 0; k < PT_AGE_BUCKETS; k++)
		all += h->bytes[k];
	for (unsigned int k = PT_AGE_BUCKETS; k-- > 0;) {
		older += h->bytes[k];
		if (all && older >= all - all / 2)
			return k ? 1ull << k : 0;
	}
	return 0;
}

void pt_ages_add(struct pt_age_histogram *into, const struct pt_age_histogram *h)
{
	for (unsigned int k = 0; k < PT_AGE_BUCKETS; k++) {
		into->bytes[k] += h->bytes[k];
		into->objects[k] += h->objects[k];
	}
}

void pt_ages_of_pool(const struct pt_pool_detail *d, struct pt_age_histogram *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < d->shards_nr; i++)
		if (d->shards[i].idle_age)
			pt_ages_add(out, d->shards[i].idle_age);
}

void pt_ages_of_all(const struct pt_report *r, struct pt_age_histogram *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < r->threads_nr; i++)
		pt_ages_add(out, pt_idle_ages(&r->threads[i].tally));
}

uint64_t pt_median_age_of_all_us(const struct pt_report *r)
{
	struct pt_age_histogram all;

	pt_ages_of_all(r, &all);
	return pt_median_age_us(&all);
}
