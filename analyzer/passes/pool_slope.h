/* SPDX-License-Identifier: MIT */
/*
 * pool_slope.h - the straight line through a series.
 */
#ifndef PT_POOL_SLOPE_H
#define PT_POOL_SLOPE_H

#include <stdint.h>

/*
 * pt_pool_slope() - least squares through what a count of bytes was at the end of each step.
 *
 * y:        bytes, modulo 2^64: a negative number is a large one. steps_nr <= 128 of them.
 * width_ns: of a step; the last one ends at end_ns.
 *
 * Returns bytes per second, or NAN: fewer than 3 steps. Integers until the last division.
 */
double pt_pool_slope(const uint64_t *y, uint32_t steps_nr, uint64_t width_ns, uint64_t end_ns);

#endif
