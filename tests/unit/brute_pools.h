/* SPDX-License-Identifier: MIT */
/*
 * brute_pools.h - what passes over annotated pools must find, in the most obvious way.
 */
#ifndef BRUTE_POOLS_H
#define BRUTE_POOLS_H

#include "../../analyzer/passes/pool_rows.h"
#include "pool_world.h"

/* Each asserts that a part of the row of `pool` is what docs/pools.md says. */
void brute_series(const struct pw *w, uint32_t pool, const struct pt_report *r);
void brute_ages(const struct pw *w, uint32_t pool, const struct pt_report *r);
void brute_regret(const struct pw *w, uint32_t pool, const struct pt_report *r);
void brute_waterfall(const struct pw *w, uint32_t pool, const struct pt_report *r);
void brute_leaks(const struct pw *w, uint32_t pool, const struct pt_report *r);

#endif
