/* SPDX-License-Identifier: MIT */
/*
 * graph_rivals.h - other ways to find dominators, to compare the analyzer's with: docs/design/0006-dominators.md.
 *
 * As pt_dominators_solve(), but there must be memory.
 */
#ifndef BENCH_GRAPH_RIVALS_H
#define BENCH_GRAPH_RIVALS_H

#include "../../analyzer/model/preorder.h"

void bench_solve_lt(const struct pt_preorder *p, uint32_t *idom);  /* Lengauer and Tarjan, with path compression */
void bench_solve_nca(const struct pt_preorder *p, uint32_t *idom); /* Georgiadis: semi-NCA */
void bench_solve_chk(const struct pt_preorder *p, uint32_t *idom); /* Cooper, Harvey and Kennedy */

#endif
