/* SPDX-License-Identifier: MIT */
/*
 * site_match.h - which call site of one build or run is which of another.
 *
 * By functions and base names of files, never by addresses or lines. First those that read the same; of the rest, those
 * with the same naming frame, the best fit of callers first: compilers inline, clone and leave out frames (tail calls)
 * differently. Last those of which one lacks the naming frame alone: its call of malloc() was a tail call.
 *
 * What gcc -O2 and clang -O2 make of one program: tests/pools/sites_victim.c.
 */
#ifndef PT_SITE_MATCH_H
#define PT_SITE_MATCH_H

#include "figures.h"

#define PT_SITE_NONE UINT32_MAX

/*
 * pt_sites_alike() - 0: different code; 1: reads the same; between: how much of the longer stack they share.
 *
 * Frames in common (longest common subsequence), less the places where each has frames that the other has not: leaving
 * out frames never puts others there. Clones of a function are that function, a file that is not known may be any, and
 * how programs and threads begin does not count. Above 0 only with the same naming frame, or when one lacks it.
 */
double pt_sites_alike(const struct pt_figures_row *a, const struct pt_figures_row *b);

/*
 * pt_sites_match() - pairs rows of one scope (PT_SCOPE_SITE or PT_SCOPE_POOL_SITE of one pool).
 *
 * to_b: a_nr numbers: index into b, or PT_SITE_NONE. No row of b is taken twice. 0 or -PT_ENOMEM.
 * Time: n log n; each row is compared with at most 64 of those named alike.
 */
int pt_sites_match(const struct pt_figures_row *a, size_t a_nr, const struct pt_figures_row *b, size_t b_nr,
		   uint32_t *to_b);

#endif
