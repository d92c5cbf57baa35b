/* SPDX-License-Identifier: MIT */
/*
 * ages.h - how long memory has been idle: what is old, and the median.
 */
#ifndef PT_AGES_H
#define PT_AGES_H

#include "report.h"

/* Idle memory is called old from this share of the run on, and never before 10 ms: what a program
 * frees just before it ends is no hoard. */
#define PT_OLD_SHARE  0.05
#define PT_OLD_NS_MIN 10000000.0

/* pt_old_idle_bytes() - of a tally, what has been idle for long when the trace ends. */
uint64_t pt_old_idle_bytes(const struct pt_report *r, const struct pt_tally *t);

/* pt_idle_ages() - the histogram of a tally, all zero where it has none; borrowed. */
const struct pt_age_histogram *pt_idle_ages(const struct pt_tally *t);

/* pt_ages_add() - adds a histogram to another. */
void pt_ages_add(struct pt_age_histogram *into, const struct pt_age_histogram *h);

/* pt_old_bytes() - the same of a histogram. */
uint64_t pt_old_bytes(const struct pt_report *r, const struct pt_age_histogram *h);

/* pt_median_age_us() - half of the histogram's bytes are at least that old; 0 when it is empty. */
uint64_t pt_median_age_us(const struct pt_age_histogram *h);

/* pt_ages_of_all() - the idle bytes and objects of all threads in one histogram. */
void pt_ages_of_all(const struct pt_report *r, struct pt_age_histogram *out);

/* pt_ages_of_pool() - the idle objects of all shards of an annotated pool in one histogram. */
void pt_ages_of_pool(const struct pt_pool_detail *d, struct pt_age_histogram *out);

/* pt_median_age_of_all_us() - pt_median_age_us() of that. */
uint64_t pt_median_age_of_all_us(const struct pt_report *r);

#endif
