/* SPDX-License-Identifier: MIT */
/*
 * json_put.h - values into a JSON document, with one flag for all that can fail.
 */
#ifndef PT_JSON_PUT_H
#define PT_JSON_PUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../result/finding.h"
#include "../result/report.h"

enum pt_json_kind { PT_JSON_OBJECT, PT_JSON_ARRAY };
#define PT_JSON_OPEN_MAX 8u

struct pt_json_level {
	json_t *container; /* stands for it; stays empty */
	enum pt_json_kind kind;
	bool filled;
};

struct pt_json {
	const struct pt_report *r;
	json_t *reasons; /* "totals.blowup": why it is null */
	bool failed;	 /* no memory for some value */
	FILE *out;	 /* of pt_json_begin(); else NULL */
	struct pt_json_level open[PT_JSON_OPEN_MAX];
	unsigned int open_nr;
};

/* pt_json_put() - `value` moves into the object; NULL sets d->failed. pt_json_push(): an array. */
void pt_json_put(struct pt_json *d, json_t *object, const char *key, json_t *value);
void pt_json_push(struct pt_json *d, json_t *array, json_t *value);

/*
 * pt_json_begin() - an object or array that is written to d->out at once and is filled by pt_json_put() and
 * pt_json_push() as others are; nothing else may be put into what it lies in until pt_json_end(). in: NULL for the
 * document; key: NULL in an array.
 */
json_t *pt_json_begin(struct pt_json *d, json_t *in, const char *key, enum pt_json_kind kind);
void pt_json_end(struct pt_json *d, json_t *container);

/* Of json_stream.c, for pt_json_put() and pt_json_push(): is it the innermost that was begun; `value` moves into that. */
bool pt_json_is_open(const struct pt_json *d, const json_t *container);
void pt_json_write(struct pt_json *d, const char *key, json_t *value);

/* pt_json_number() - integers above 2^63 - 1, which JSON readers do not have, become that. */
void pt_json_number(struct pt_json *d, json_t *object, const char *key, uint64_t value);

/* pt_json_known() - PT_UNKNOWN becomes null, and d->reasons says why under "where.key". */
void pt_json_known(struct pt_json *d, json_t *object, const char *where, const char *key,
		   uint64_t value, const char *reason);

/* pt_json_real() - likewise for a number that is not finite. */
void pt_json_real(struct pt_json *d, json_t *object, const char *where, const char *key,
		  double value, const char *reason);

/* pt_json_why() - why not every event is there, when that is so; else `otherwise`. */
const char *pt_json_why(const struct pt_json *d, const char *otherwise);

/* pt_json_text() - names and paths are bytes, JSON is UTF-8: what is not becomes U+FFFD. NULL
 * becomes null. */
json_t *pt_json_text(const char *bytes);

/* pt_json_tally() - the columns that threads, CPUs, pools and sites share. */
void pt_json_tally(struct pt_json *d, json_t *object, const char *where, const struct pt_tally *t);

/* pt_json_errors() - standard errors by `names`, in the order of struct pt_errors; null where nothing is estimated. */
json_t *pt_json_errors(struct pt_json *d, const struct pt_errors *e, const char *const names[5]);

/* pt_json_modes() - modes and counters into the document. */
void pt_json_modes(struct pt_json *d, json_t *document);

/* pt_json_sites() - sites[] and sites_left_out: the union of the first `top` by each key, 0 = all.
 */
void pt_json_sites(struct pt_json *d, json_t *document, size_t top);

/* pt_json_ages() - the buckets of a histogram that are not empty. */
json_t *pt_json_ages(struct pt_json *d, const struct pt_age_histogram *h);

/* pt_json_stack() - frames[], named_frame and stack_end into `object`. */
void pt_json_stack(struct pt_json *d, json_t *object, const struct pt_report_site *site);

/* pt_json_pools() - pools[], the allocator's and annotated ones; `top` as for pt_json_sites(). */
void pt_json_pools(struct pt_json *d, json_t *document, size_t top);

/* pt_json_pool_tables() - shards[], threads[], cpus[] and sites[] of an annotated pool. chosen: by
 * site of the report, whether it is shown. */
void pt_json_pool_tables(struct pt_json *d, json_t *object, const struct pt_pool_detail *p,
			 const bool *chosen);

/* pt_json_row() - the columns that a pool and its rows share; regret only where it is told. */
void pt_json_row(struct pt_json *d, json_t *object, const char *where,
		 const struct pt_pool_row *row, bool regret);

/* pt_json_whole() - limits, layers, marks, phases and pauses: of all pools together. */
void pt_json_whole(struct pt_json *d, json_t *document);

/* pt_json_phases() - phases[]: from mark to mark, each pool. */
void pt_json_phases(struct pt_json *d, json_t *document);

/* pt_json_findings() - sentences of a diagnosis or a verdict. */
json_t *pt_json_findings(struct pt_json *d, const struct pt_finding *found, size_t nr);

#endif
