// SPDX-License-Identifier: MIT
/*
 * figures_builder.c - figures made by hand.
 */
#include "figures_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static char *copy(const char *text)
{
	return text ? must(strdup(text)) : NULL;
}

void fb_figures(struct pt_figures *f, const char *program, const char *trace)
{
	*f = (struct pt_figures){ .program = copy(program), .trace = copy(trace) };
}

struct pt_figures_row *fb_row(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name)
{
	struct pt_figures_row *row;

	f->rows = must(realloc(f->rows, (f->rows_nr + 1) * sizeof(*f->rows)));
	row = &f->rows[f->rows_nr++];
	*row = (struct pt_figures_row){ .scope = scope, .pool = copy(pool), .name = copy(name) };
	for (int m = 0; m < PT_METRIC_NR; m++)
		row->values[m] = NAN;
	return row;
}

struct pt_figures_row *fb_phase(struct pt_figures *f, const char *pool, const char *from, const char *to)
{
	struct pt_figures_row *row = fb_row(f, pool ? PT_SCOPE_POOL : PT_SCOPE_PROCESS, pool, NULL);

	row->from = copy(from);
	row->to = copy(to);
	return row;
}

/* "take pool.c:12" */
static void frame(struct pt_figure_frame *f, char *text)
{
	char *file = strchr(text, ' '), *line = file ? strrchr(file, ':') : NULL;

	if (file)
		*file++ = '\0';
	if (line) {
		*line++ = '\0';
		f->line = (uint32_t)strtoul(line, NULL, 10);
	}
	f->function = strcmp(text, "?") != 0 ? copy(text) : NULL;
	f->file = copy(file);
}

struct pt_figures_row *fb_site(struct pt_figures *f, const char *pool, const char *stack)
{
	struct pt_figures_row *row = fb_row(f, pool ? PT_SCOPE_POOL_SITE : PT_SCOPE_SITE, pool, NULL);
	char *text = copy(stack), *next;

	row->frames = must(calloc(PT_FIGURE_FRAMES_MAX, sizeof(*row->frames)));
	for (char *at = *text ? text : NULL; at && row->frames_nr < PT_FIGURE_FRAMES_MAX; at = next) {
		next = strstr(at, " < ");
		if (next) {
			*next = '\0';
			next += 3;
		}
		frame(&row->frames[row->frames_nr++], at);
	}
	row->name = must(pt_figures_site_name(row->frames, row->frames_nr));
	free(text);
	return row;
}
