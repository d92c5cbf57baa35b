/* SPDX-License-Identifier: MIT */
/*
 * pool_passes.h - the passes over annotated pools by name, for pool_registry.c alone.
 */
#ifndef PT_POOL_PASSES_H
#define PT_POOL_PASSES_H

#include "pool_pass.h"

extern const struct pt_pool_pass pt_pool_pass_tallies;
extern const struct pt_pool_pass pt_pool_pass_stranded;
extern const struct pt_pool_pass pt_pool_pass_flow;
extern const struct pt_pool_pass pt_pool_pass_misuse;
extern const struct pt_pool_pass pt_pool_pass_series;
extern const struct pt_pool_pass pt_pool_pass_ages;
extern const struct pt_pool_pass pt_pool_pass_regret;
extern const struct pt_pool_pass pt_pool_pass_waterfall;
extern const struct pt_pool_pass pt_pool_pass_leaks;

#endif
