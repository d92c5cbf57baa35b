/* SPDX-License-Identifier: MIT */
/*
 * check.h - budgets and what became of them: what budget/ fills and renderers read. Plain data, owns its text.
 */
#ifndef PT_CHECK_H
#define PT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "metric.h"

enum pt_check_state {
	PT_CHECK_WITHIN = 0,
	PT_CHECK_WARNED, /* broken, but of level warning */
	PT_CHECK_BROKEN,
	PT_CHECK_UNKNOWN, /* cannot be told: `reason` says why */
};

/* A call site that contributes. */
struct pt_check_site {
	char *text;	/* "take_buffer (pool.c:120), called from handle (server.c:40)" */
	char *function, *file; /* of the naming frame; NULL: unknown */
	uint32_t line;	/* 0: unknown */
	double value;	/* of `blame`: against a baseline how much it grew, else what it has */
	double before;	/* NAN: no baseline, or not in it */
};
#define PT_CHECK_SITES 3u

struct pt_check_item {
	enum pt_check_state state;
	char *name;	/* of the budget */
	char *program;
	char *row;	/* "process", "pool msgbuf", "threads worker-*", "phase load..end of pool msgbuf" */
	uint32_t line, column; /* in the budget file; 0 = a default budget */
	enum pt_metric metric, per; /* per: PT_METRIC_NR = none */
	enum pt_unit unit; /* RATIO with `per` */
	uint32_t runs;
	double measured;   /* median of the runs; NAN: not known */
	double low, high;  /* of the runs */
	bool estimated;	   /* from a sample: */
	double least, most; /* where the truth of `measured` is, 19 times of 20 */
	double max, min;   /* allowed; NAN: no such limit. With a baseline: what was worked out */
	double baseline;   /* its median; NAN: none */
	uint32_t baseline_runs;
	bool is_unsure;	   /* UNKNOWN, for a limit lies between least and most */
	bool is_noise;	   /* above baseline + max_increase, yet within what runs scatter */
	enum pt_metric blame; /* what sites[] is ranked by */
	struct pt_check_site sites[PT_CHECK_SITES];
	uint32_t sites_nr;
	char *text;   /* a sentence: which, measured against allowed; owned */
	char *advice; /* what to do; NULL = none; owned */
	char *reason; /* UNKNOWN, and not part of `text`; else NULL; owned */
};

struct pt_check {
	char *budget_path, *baseline_path; /* NULL: none */
	char **traces;
	size_t traces_nr;
	struct pt_check_item *items; /* in the order of the budget file */
	size_t items_nr;
	size_t states[PT_CHECK_UNKNOWN + 1]; /* how many of each */
	uint64_t duration_ns; /* that the check itself took: JUnit asks */
};
void pt_check_fini(struct pt_check *c);

/* pt_check_add_trace() - a copy of `path` behind the others. 0 or -PT_ENOMEM. */
int pt_check_add_trace(struct pt_check *c, const char *path);

#endif
