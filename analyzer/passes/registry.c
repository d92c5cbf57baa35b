/* SPDX-License-Identifier: MIT */
/*
 * registry.c - all passes, one row each.
 */
#include "passes.h"

const struct pt_pass *const pt_passes[] = {
	&pt_pass_tallies,  /* makes pools[], threads[], cpus[], sites[]; fills totals */
	&pt_pass_stranded, /* adds to all of them */
	&pt_pass_freed_by,
	&pt_pass_idle_sites,
	&pt_pass_phase_peaks,
	&pt_pass_system, /* RSS against totals */
	&pt_pass_samples, /* puts estimates in place of all that */
	NULL,
};
