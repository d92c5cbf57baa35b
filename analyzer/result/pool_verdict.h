/* SPDX-License-Identifier: MIT */
/*
 * pool_verdict.h - what is wrong with an annotated pool and what to do, or that nothing is.
 *
 * A pure function of the report. Every sentence is about figures that were computed: what is
 * unknown is not spoken of. The limits are named here and explained in docs/report.md.
 */
#ifndef PT_POOL_VERDICT_H
#define PT_POOL_VERDICT_H

#include "finding.h"

/* Below this a pool is not worth a word, however large its ratios. */
#define PT_VERDICT_BYTES_MIN (1024.0 * 1024)
/* As for the allocator: Hoard, ASPLOS 2000. */
#define PT_VERDICT_BLOWUP_WARNING 1.5
#define PT_VERDICT_BLOWUP_PROBLEM 2.0
/* A term of the waterfall that is not the largest is spoken of from this share of all idle bytes.
 */
#define PT_VERDICT_TERM_SHARE 0.25
/* A shard is named when it has this share of what lies idle, else it is called spread. */
#define PT_VERDICT_ONE_SHARD 0.25
/* Stranded misses against all misses: below this it is start-up. */
#define PT_VERDICT_STRANDED_SHARE 0.05
/* Ambiguous misses against all misses, when few can be called stranded: from here it is said. */
#define PT_VERDICT_AMBIGUOUS_SHARE 0.5
/* Dead hoard against the peak of what was held. */
#define PT_VERDICT_DEAD_SHARE	0.10
#define PT_VERDICT_DEAD_PROBLEM 0.25
/* Regretted drops against all drops, when there are so many or they have PT_VERDICT_BYTES_MIN. */
#define PT_VERDICT_REGRET_SHARE	  0.10
#define PT_VERDICT_REGRET_PROBLEM 0.50
#define PT_VERDICT_REGRET_MIN	  100
/* A forecast is told when it comes within a day and the shard has grown by PT_VERDICT_BYTES_MIN. */
#define PT_VERDICT_FORECAST_S_MAX 86400.0
/* ... and holds this share of its growth at the end: else a purge keeps it from getting there. */
#define PT_VERDICT_DRIFT_KEPT 0.5

/* blowup, stranded, dead hoard, regret, drift, leak, three kinds of misuse, stray. */
#define PT_VERDICT_MAX 10

/*
 * pt_pool_verdict() - fills out[] and returns how many, >= 1. The pool must have a detail.
 *
 * out[0] is about what it holds for what need: of the kind "blowup", or "fine". Then by severity.
 */
size_t pt_pool_verdict(const struct pt_report *r, const struct pt_report_pool *p,
		       struct pt_finding out[PT_VERDICT_MAX]);

/* pt_pool_severity() - the worst of its findings. */
enum pt_severity pt_pool_severity(const struct pt_report *r, const struct pt_report_pool *p);

/*
 * pt_pools_worst() - the annotated pools of a report, the worst first.
 *
 * By severity, then by the bytes held beyond need. out: indexes into r->pools, for the caller to
 * free, of *out_nr. 0 or -PT_ENOMEM.
 */
int pt_pools_worst(const struct pt_report *r, size_t **out, size_t *out_nr);

/* pt_pool_is_stock() - all its objects were made in advance: none on a miss, none brought in. */
bool pt_pool_is_stock(const struct pt_pool_detail *d);

/*
 * The parts. Each looks at the report, decides by the limits above, and writes its sentences;
 * false: it has nothing to say, and *f is as it was.
 */
bool pt_pool_find_blowup(const struct pt_report *r, const struct pt_report_pool *p,
			 struct pt_finding *f);
bool pt_pool_find_stranded(const struct pt_report *r, const struct pt_report_pool *p,
			   struct pt_finding *f);
bool pt_pool_find_dead(const struct pt_report *r, const struct pt_report_pool *p,
		       struct pt_finding *f);
bool pt_pool_find_regret(const struct pt_report *r, const struct pt_report_pool *p,
			 struct pt_finding *f);
bool pt_pool_find_drift(const struct pt_report *r, const struct pt_report_pool *p,
			struct pt_finding *f);
bool pt_pool_find_leak(const struct pt_report *r, const struct pt_report_pool *p,
		       struct pt_finding *f);
bool pt_pool_find_misuse(const struct pt_report *r, const struct pt_report_pool *p,
			 enum pt_misuse kind, struct pt_finding *f);
bool pt_pool_find_stray(const struct pt_report *r, const struct pt_report_pool *p,
			struct pt_finding *f);

#endif
