// SPDX-License-Identifier: MIT
/*
 * figures_sites.c - figures of call sites: stacks that read the same, without lines, are one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "figures_rows.h"
#include "function_name.h"
#include "site.h"

static bool is_beginning(const struct pt_report_frame *f)
{
	if (!f->function)
		return f->module && !strncmp(pt_base_name(f->module), "libc.so", 7);
	return pt_function_is_start(f->function);
}

/* The frames that tell a site, from the one that names it up to main(): [first, *end). */
static size_t told_frames(const struct pt_report_site *site, size_t *end)
{
	size_t first = pt_site_frame(site);

	*end = site->frames_nr;
	for (size_t i = first; i < site->frames_nr; i++)
		if (site->frames[i].function && !strcmp(site->frames[i].function, "main"))
			*end = i + 1;
	while (*end > first + 1 && is_beginning(&site->frames[*end - 1]))
		(*end)--;
	return first;
}

static int copy_frame(struct pt_figure_frame *to, const struct pt_report_frame *from)
{
	const char *file = from->function ? from->file : pt_base_name(from->module ? from->module : "?");

	to->line = from->function ? from->line : 0;
	to->function = from->function ? strndup(from->function, pt_function_plain_length(from->function)) : NULL;
	to->file = file ? strdup(file) : NULL;
	return (from->function && !to->function) || (file && !to->file) ? -PT_ENOMEM : 0;
}

static void free_frames(struct pt_figure_frame *frames, uint32_t frames_nr)
{
	for (uint32_t i = 0; i < frames_nr; i++) {
		free(frames[i].function);
		free(frames[i].file);
	}
	free(frames);
}

static bool same_function(const struct pt_figure_frame *a, const struct pt_figure_frame *b)
{
	if (!a->function || !b->function || strcmp(a->function, b->function) != 0)
		return false;
	return a->file && b->file ? !strcmp(pt_base_name(a->file), pt_base_name(b->file)) : a->file == b->file;
}

/*
 * NULL: no memory. A site without frames has none. A function that calls itself is one frame, with its innermost line: how
 * deep it went tells no sites apart, and gcc's half of a function (.part.0) is called by the function itself.
 */
static struct pt_figure_frame *copy_frames(const struct pt_report_site *site, uint32_t *frames_nr)
{
	size_t end = 0, first = site->frames_nr ? told_frames(site, &end) : 0;
	struct pt_figure_frame *frames = calloc(PT_FIGURE_FRAMES_MAX, sizeof(*frames));
	uint32_t nr = 0;
	int err = 0;

	for (size_t i = first; frames && i < end && nr < PT_FIGURE_FRAMES_MAX && !err; i++) {
		err = copy_frame(&frames[nr], &site->frames[i]);
		if (!err && nr && same_function(&frames[nr - 1], &frames[nr])) {
			free(frames[nr].function);
			free(frames[nr].file);
			frames[nr] = (struct pt_figure_frame){ 0 };
		} else {
			nr++;
		}
	}
	*frames_nr = nr;
	if (!err)
		return frames;
	free_frames(frames, nr);
	return NULL;
}

char *pt_figures_site_name(const struct pt_figure_frame *frames, uint32_t frames_nr)
{
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);
	bool failed;

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < frames_nr; i++) {
		const struct pt_figure_frame *f = &frames[i];
		const char *file = f->file ? pt_base_name(f->file) : NULL;

		if (i)
			fputs(" < ", out);
		if (!f->function)
			fputs(file ? file : "?", out);
		else if (!file)
			fputs(f->function, out);
		else
			fprintf(out, "%s (%s)", f->function, file);
	}
	if (!frames_nr)
		fputc('?', out);
	failed = ferror(out);
	if ((fclose(out) != 0) | failed) {
		free(text);
		return NULL;
	}
	return text;
}

int pt_rows_add_site(struct pt_rows *b, enum pt_scope scope, const char *pool, const struct pt_report_site *site,
		     const double values[PT_METRIC_NR], const struct pt_errors *errors, double weight)
{
	uint32_t frames_nr;
	struct pt_figure_frame *frames = copy_frames(site, &frames_nr);
	char *name = frames ? pt_figures_site_name(frames, frames_nr) : NULL;
	struct pt_figures_row *row = name ? pt_rows_add(b, scope, pool, name, values) : NULL;
	double *heaviest = row ? &b->weights[row - b->out->rows] : NULL;
	int err = row ? pt_rows_add_stack(row, frames, frames_nr, values) : -PT_ENOMEM;

	free(name);
	if (row && errors)
		pt_rows_estimated(b, row, errors);
	if (row && weight > *heaviest) { /* of equals the first: in the order of the report */
		*heaviest = weight;
		free_frames(row->frames, row->frames_nr);
		row->frames = frames;
		row->frames_nr = frames_nr;
	} else if (frames) {
		free_frames(frames, frames_nr);
	}
	return err;
}

static double or_none(uint64_t bytes)
{
	return bytes == PT_UNKNOWN ? 0 : (double)bytes;
}

static int of_heap(struct pt_rows *b)
{
	bool unreachable_known = b->snapshot && b->snapshot->unreachable_bytes != PT_UNKNOWN;
	double values[PT_METRIC_NR];
	int err = 0;

	for (size_t i = 0; i < b->r->sites_nr && !err; i++) {
		const struct pt_tally *t = &b->r->sites[i].tally;
		double kept = or_none(t->in_use_bytes) + or_none(t->idle_bytes) + or_none(t->in_use_at_peak_bytes) +
			      or_none(t->idle_at_peak_bytes);

		pt_rows_of_tally(b, t, values);
		values[PT_METRIC_PEAK_IN_USE_BYTES] = values[PT_METRIC_PEAK_IDLE_BYTES] = NAN;
		values[PT_METRIC_GRAPH_RETAINED_BYTES] = b->snapshot ? 0 : NAN;
		values[PT_METRIC_UNREACHABLE_BYTES] = unreachable_known ? 0 : NAN;
		values[PT_METRIC_UNREACHABLE_OBJECTS] = unreachable_known ? 0 : NAN;
		err = pt_rows_add_site(b, PT_SCOPE_SITE, NULL, &b->r->sites[i], values, &t->errors,
				       kept ? 1 + kept : 1 - 1 / (1 + (double)t->allocated_bytes));
	}
	return err;
}

/* The columns of a call site of a pool. */
static void of_pool_row(const struct pt_rows *b, const struct pt_pool_row *row, double *values)
{
	pt_rows_of_pool_row(b, row, values);
	values[PT_METRIC_PEAK_HELD_BYTES] = values[PT_METRIC_PEAK_IN_USE_BYTES] = NAN;
	values[PT_METRIC_PEAK_IDLE_BYTES] = NAN;
	values[PT_METRIC_REGRETTED_DROPS] = (double)row->regretted_drops;
	values[PT_METRIC_REGRETTED_BYTES] = (double)row->regretted_bytes;
	values[PT_METRIC_LEAKED_OBJECTS] = values[PT_METRIC_LEAKED_BYTES] = 0;
	values[PT_METRIC_MISUSE] = 0;
	values[PT_METRIC_GRAPH_RETAINED_BYTES] = b->snapshot ? 0 : NAN;
}

static int add_pool_site(struct pt_rows *b, const struct pt_report_pool *p, uint32_t site, const double *values,
			 double weight)
{
	if (site >= b->r->pool_sites_nr)
		return 0;
	return pt_rows_add_site(b, PT_SCOPE_POOL_SITE, p->name, &b->r->pool_sites[site], values, NULL, weight);
}

static int of_pool(struct pt_rows *b, const struct pt_report_pool *p)
{
	static const struct pt_pool_row zero;
	const struct pt_pool_detail *d = p->detail;
	double values[PT_METRIC_NR];
	int err = 0;

	for (size_t i = 0; i < d->sites_nr && !err; i++) {
		const struct pt_pool_row *row = &d->sites[i].row;
		double kept = (double)(row->in_use_bytes + row->idle_bytes + row->in_use_at_peak_bytes +
				       row->idle_at_peak_bytes);

		of_pool_row(b, row, values);
		err = add_pool_site(b, p, d->sites[i].site, values,
				    kept ? 1 + kept : 1 - 1 / (1 + (double)(row->gets + row->puts + row->drops)));
	}
	for (size_t i = 0; i < d->leaks_nr && !err; i++) {
		of_pool_row(b, &zero, values);
		values[PT_METRIC_LEAKED_OBJECTS] = (double)d->leaks[i].objects;
		values[PT_METRIC_LEAKED_BYTES] = (double)d->leaks[i].bytes;
		err = add_pool_site(b, p, d->leaks[i].site, values, 0);
	}
	for (size_t i = 0; i < d->misuse_nr && !err; i++) {
		of_pool_row(b, &zero, values);
		values[PT_METRIC_MISUSE] = (double)d->misuse[i].objects;
		err = add_pool_site(b, p, d->misuse[i].site, values, 0);
	}
	return err;
}

int pt_figures_of_sites(struct pt_rows *b)
{
	int err = of_heap(b);

	for (size_t i = 0; i < b->r->pools_nr && !err; i++)
		if (b->r->pools[i].detail)
			err = of_pool(b, &b->r->pools[i]);
	return err;
}
