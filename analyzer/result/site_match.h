/* SPDX-License-Identifier: MIT */
/*
 * site_match.h - which call site of one build or run is which of another.
 *
 * By functions and base names of files, never by addresses or lines. First those that read the same; of the rest, those
 * with the same naming frame, the best fit of callers first: compilers inline, clone and leave out frames (tail calls)
 * differently.
 */
#ifndef PT_SITE_MATCH_H
#define PT_SITE_MATCH_H

#include "figures.h"

#define PT_SITE_NONE UINT32_MAX

/* pt_sites_alike() - 0: different code; 1: reads the same; between: same naming frame, and that share of
 * the callers in common (longest common subsequence over the longer of both). */
double pt_sites_alike(const struct pt_figures_row *a, const struct pt_figures_row *b);

/*
 * pt_sites_match() - pairs rows of one scope (PT_SCOPE_SITE or PT_SCOPE_POOL_SITE of one pool).
 *
 * to_b: a_nr numbers: index into b, or PT_SITE_NONE. No row of b is taken twice. 0 or -PT_ENOMEM.
 */
int pt_sites_match(const struct pt_figures_row *a, size_t a_nr, const struct pt_figures_row *b, size_t b_nr,
		   uint32_t *to_b);

#endif
