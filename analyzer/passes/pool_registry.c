// SPDX-License-Identifier: MIT
/*
 * pool_registry.c - all passes over annotated pools, one row each.
 */
#include "pool_passes.h"

const struct pt_pool_pass *const pt_pool_passes[] = {
	&pt_pool_pass_tallies, /* sets each row whole; those below add to it */
	&pt_pool_pass_stranded,
	&pt_pool_pass_flow,
	&pt_pool_pass_misuse,
	&pt_pool_pass_series,
	&pt_pool_pass_ages,
	&pt_pool_pass_regret,
	&pt_pool_pass_waterfall,
	&pt_pool_pass_leaks,
	NULL,
};
