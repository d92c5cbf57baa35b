/* SPDX-License-Identifier: MIT */
/*
 * blame_place.h - whom to send to which line of a stack: the pool's own, or that of whoever called the pool.
 */
#ifndef PT_BLAME_PLACE_H
#define PT_BLAME_PLACE_H

#include "../result/figures.h"

/*
 * pt_blame_place() - of a pool's call site the line of who used the pool: the first outside of the file whose function
 * tells nearly all of the pool's gets, or puts.
 *
 * Frame 0 when that function is none of the pool's own: the program tells its pool here and there. Borrowed from the row.
 */
struct pt_figure_frame pt_blame_place(const struct pt_figures *f, const struct pt_figures_row *row, enum pt_metric metric);

#endif
