// SPDX-License-Identifier: MIT
/*
 * bars.c - quantities as lengths and heights.
 */
#include "bars.h"

#include <math.h>

#define SIDES 8 /* of a block character: eighths */

unsigned int pt_bar_width(const struct pt_render *to)
{
	return to->width ? to->width : PT_BAR_PIPE_WIDTH;
}

void pt_bar(const struct pt_render *to, double from, double till, double full, unsigned int columns)
{
	unsigned int first, last;

	if (till < from) {
		double swap = from;

		from = till;
		till = swap;
	}
	if (!(full > 0) || !(till > from))
		return;
	first = (unsigned int)lround(fmax(from, 0) / full * columns);
	last = (unsigned int)lround(fmin(till, full) / full * columns);
	if (first >= columns)
		first = columns - 1;
	for (unsigned int i = 0; i < first; i++)
		fputc(' ', to->out);
	if (last <= first || (till - from) / full * columns < 0.5) {
		last = first;
		fputs(to->utf8 ? "▏" : "|", to->out);
	}
	for (unsigned int i = first; i < last; i++)
		fputs(to->utf8 ? "█" : "#", to->out);
}

void pt_bar_step(const struct pt_render *to, uint64_t value, uint64_t full)
{
	static const char *const blocks[SIDES + 1] = {
		" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"
	};
	static const char *const letters[SIDES + 1] = {
		" ", ".", ":", "-", "=", "+", "*", "%", "#"
	};
	unsigned int height;

	if (!full)
		full = 1;
	height = (unsigned int)lround((double)value / (double)full * SIDES);
	if (height > SIDES)
		height = SIDES;
	if (value && !height)
		height = 1;
	fputs((to->utf8 ? blocks : letters)[height], to->out);
}
