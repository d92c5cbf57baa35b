// SPDX-License-Identifier: MIT
/*
 * figures_stacks.c - the lines of a call site, which has none in its name: functions make the site, and a function may
 * allocate, get or put at several of its lines.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "figures_rows.h"

/* More than that are one heap of them: what is large is seldom the 65th. */
#define STACKS_MAX 64u

static bool same_lines(const struct pt_figure_stack *s, const struct pt_figure_frame *frames, uint32_t frames_nr)
{
	for (uint32_t i = 0; i < frames_nr; i++)
		if (s->lines[i] != frames[i].line)
			return false;
	return true;
}

int pt_rows_add_stack(struct pt_figures_row *row, const struct pt_figure_frame *frames, uint32_t frames_nr,
		      const double values[PT_METRIC_NR])
{
	struct pt_figure_stack *stacks = row->stacks;
	uint32_t i = 0;

	while (i < row->stacks_nr && !same_lines(&stacks[i], frames, frames_nr))
		i++;
	if (i < row->stacks_nr) {
		pt_rows_add_values(stacks[i].values, values);
		return 0;
	}
	if (i == STACKS_MAX)
		return 0;
	stacks = realloc(row->stacks, (i + 1) * sizeof(*stacks));
	if (!stacks)
		return -PT_ENOMEM;
	row->stacks = stacks;
	row->stacks_nr = i + 1;
	memset(&stacks[i], 0, sizeof(stacks[i]));
	memcpy(stacks[i].values, values, sizeof(stacks[i].values));
	for (uint32_t k = 0; k < frames_nr; k++)
		stacks[i].lines[k] = frames[k].line;
	return 0;
}

struct pt_figure_frame pt_figures_frame(const struct pt_figures_row *row, uint32_t nth, enum pt_metric metric)
{
	struct pt_figure_frame frame = row->frames[nth];
	double most = 0;

	for (uint32_t i = 0; i < row->stacks_nr; i++) {
		if (!(row->stacks[i].values[metric] > most)) /* NAN is not */
			continue;
		most = row->stacks[i].values[metric];
		frame.line = row->stacks[i].lines[nth];
	}
	return frame;
}
