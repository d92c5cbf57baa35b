/* SPDX-License-Identifier: MIT */
/*
 * phases.h - the run in steps from mark to mark: what passes have counted at each, and the differences.
 *
 * A pass that knows something of a phase has mark() (pass.h, pool_pass.h), which adds what it has counted since the
 * start; nothing is counted twice and, without marks, hardly anything is done.
 */
#ifndef PT_PHASES_H
#define PT_PHASES_H

#include "../result/report.h"
#include "ledger.h"

struct pt_run;

/* Where a pass adds. Counts and byte-seconds: since the start of the run. Peaks: since the mark before. In use and
 * idle: now. */
struct pt_phase_sums {
	struct pt_phase_figures f; /* its hoard_byte_seconds is not used */
	pt_byte_ns hoard;
};

struct pt_phases {
	struct pt_report_phase *phases;
	uint32_t nr, max;
	uint64_t rows_nr, rows_max; /* of pools, in all phases; rows_max = 0: any number */
	uint64_t left_out;	    /* marks that end no phase */
	uint64_t begin_ns; /* of the phase that is on */
	struct pt_phase_sums heap; /* as they were then */
	struct pt_phase_sums *pools;
	uint32_t pools_max;
};

/* An all-zero struct is empty. */
void pt_phases_fini(struct pt_phases *p);

/* pt_phases_close() - a mark, or NULL: the end of a run with marks. All events before it were applied. 0 or a negative
 * PT_E*. */
int pt_phases_close(struct pt_run *run, const char *name, uint64_t now_ns);

/* pt_phases_finish() - into the report, before passes over pools finish. */
void pt_phases_finish(struct pt_phases *p, struct pt_report *out);

#endif
