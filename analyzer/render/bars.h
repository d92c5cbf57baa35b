/* SPDX-License-Identifier: MIT */
/*
 * bars.h - quantities as lengths and heights, in block characters or in ASCII.
 */
#ifndef PT_BARS_H
#define PT_BARS_H

#include <stdint.h>

#include "render.h"

#define PT_BAR_PIPE_WIDTH 100u /* drawings are made for this when the width is not known */

/* pt_bar_width() - columns of the terminal, or PT_BAR_PIPE_WIDTH. */
unsigned int pt_bar_width(const struct pt_render *to);

/*
 * pt_bar() - the stretch from `from` to `till` on a scale of 0 to `full` in `columns` columns,
 * blanks before it. What is not 0 shows, if only as a thin line. Prints no newline, nothing
 * behind the bar.
 */
void pt_bar(const struct pt_render *to, double from, double till, double full,
	    unsigned int columns);

/* pt_bar_step() - one column of a strip: `value` of `full` as a height. What is not 0 shows. */
void pt_bar_step(const struct pt_render *to, uint64_t value, uint64_t full);

#endif
