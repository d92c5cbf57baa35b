/* SPDX-License-Identifier: MIT */
/*
 * diff.h - what changed between two programs' figures: pools, thread names, call sites, graph; most first.
 *
 * CPUs are left out, for which one a thread ran on is the system's choice, and phases.
 */
#ifndef PT_DIFF_H
#define PT_DIFF_H

#include "figures.h"

struct pt_diff_change {
	enum pt_scope scope;
	char *what;	    /* "pool msgbuf", "threads worker-*", a site's text with file and line of B (of A if gone); owned */
	enum pt_metric metric;
	double before, after; /* 0 where the thing was not there; NAN: not known */
	bool only_before, only_after; /* the row exists on one side alone */
	double weight;	    /* 0 to 1, what it is sorted by: see diff.c */
};

struct pt_diff {
	char *before_path, *after_path, *before_program, *after_program;
	struct pt_diff_change *changes; /* by scope, then weight, largest first */
	size_t changes_nr;
	size_t hidden_nr; /* changes that were left out: too small to mean anything */
	size_t unsure_nr; /* likewise: within the margins of a sample */
	size_t sites_matched, sites_only_before, sites_only_after;
};

/* pt_diff_make() - 0 or -PT_ENOMEM; fini in both cases. */
int pt_diff_make(const struct pt_figures *before, const struct pt_figures *after, struct pt_diff *out);
void pt_diff_fini(struct pt_diff *d);

#endif
