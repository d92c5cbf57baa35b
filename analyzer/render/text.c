// SPDX-License-Identifier: MIT
/*
 * text.c - the report for people: what is wrong first, then the numbers behind it.
 */
#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/ages.h"
#include "../result/diagnosis.h"
#include "../result/fold.h"
#include "../result/quantity.h"
#include "table.h"
#include "text_modes.h"
#include "text_pool.h"

#define LABEL_COLUMNS (int)PT_TEXT_LABEL

typedef char number[PT_QUANTITY_BYTES];

void pt_text_heading(const struct pt_render *to, const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	fprintf(to->out, "\n%s", pt_style(to, PT_STYLE_TITLE));
	if (text)
		pt_text_wrap(to, text, 0);
	fputs(pt_style(to, PT_STYLE_PLAIN), to->out);
	free(text);
}

/* How long, by how many threads, how much: what is known of it. */
static int title_text(const struct pt_report *r, char **line)
{
	number duration, allocations, threads;

	if (r->modes.told == PT_TOLD_COUNTS) /* its last event says nothing of its end */
		return asprintf(line, "%s (pid %u): %s, %s", r->program, r->pid,
				pt_quantity_counted(threads, r->counts->threads, "thread"),
				pt_quantity_counted(allocations, r->totals.allocations, "allocation"));
	pt_quantity_counted(allocations, r->totals.allocations, "allocation");
	return asprintf(line, "%s (pid %u): %s, %s, %s%s", r->program, r->pid,
			pt_quantity_time(duration, r->totals.duration_ns),
			pt_quantity_counted(threads, r->threads_nr, "thread"),
			r->modes.told != PT_TOLD_SAMPLE ? "" : r->totals.allocations ? "about " : "no allocation of a sample",
			r->modes.told == PT_TOLD_SAMPLE && !r->totals.allocations ? "" : allocations);
}

static void title(const struct pt_render *to, const struct pt_report *r)
{
	char *line;

	if (title_text(r, &line) < 0)
		return;
	fputs(pt_style(to, PT_STYLE_TITLE), to->out);
	pt_text_wrap(to, line, 0);
	fputs(pt_style(to, PT_STYLE_PLAIN), to->out);
	free(line);
}

void pt_text_findings(const struct pt_render *to, const struct pt_finding *found, size_t found_nr)
{
	static const enum pt_style styles[] = { PT_STYLE_GOOD, PT_STYLE_PLAIN, PT_STYLE_WARN,
						PT_STYLE_BAD };

	for (size_t i = 0; i < found_nr; i++) {
		fprintf(to->out, "%s%-*s%s", pt_style(to, styles[found[i].severity]), LABEL_COLUMNS,
			pt_severity_name(found[i].severity), pt_style(to, PT_STYLE_PLAIN));
		pt_text_wrap(to, found[i].text, LABEL_COLUMNS);
		if (!found[i].advice[0])
			continue;
		fprintf(to->out, "%-*s", LABEL_COLUMNS, "  to do");
		pt_text_wrap(to, found[i].advice, LABEL_COLUMNS);
	}
}

static void findings(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_finding found[PT_FINDINGS_MAX];
	size_t found_nr = pt_diagnose(r, found), shown = 0;

	/* Where pools alone are asked for and each has its page, the page says it. */
	bool on_pages = !pt_report_has_allocator(r) && (to->by == PT_BY_ALL || to->by == PT_BY_POOL);

	for (size_t i = 0; i < found_nr; i++)
		if (!on_pages || strcmp(found[i].kind, "pool") != 0)
			found[shown++] = found[i];
	pt_text_findings(to, found, shown);
	for (size_t i = 0; i < r->notes_nr; i++) {
		fprintf(to->out, "%-*s", LABEL_COLUMNS, "remark");
		pt_text_wrap(to, r->notes[i], LABEL_COLUMNS);
	}
}

void pt_text_line(const struct pt_render *to, const char *label, const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	fprintf(to->out, "  %-*s", LABEL_COLUMNS, label);
	if (text)
		pt_text_wrap(to, text, LABEL_COLUMNS + 2);
	free(text);
}

static int all_idle_ages(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_age_histogram all;
	number n;
	char heading[128];

	pt_ages_of_all(r, &all);
	snprintf(heading, sizeof(heading),
		 "Idle memory at the end, by age (half of it: at least %s)",
		 pt_quantity_time(n, pt_median_age_us(&all) * 1000));
	return pt_text_ages(to, heading, &all);
}

static int site_tables(const struct pt_render *to, const struct pt_report *r, size_t top,
		       bool stacks)
{
	static const enum pt_site_key keys[] = { PT_SITE_IDLE, PT_SITE_IN_USE, PT_SITE_HOARD,
						 PT_SITE_TEMPORARY };
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(keys) / sizeof(keys[0]); i++)
		rc = pt_text_sites(to, r, keys[i], top, stacks);
	return rc;
}

/* Sites that would read alike are one row of the digest. */
static int folded_sites(const struct pt_render *to, const struct pt_report *r, size_t top)
{
	struct pt_report folded = *r;
	int rc = pt_sites_fold(r, &folded.sites, &folded.sites_nr);

	if (rc)
		return rc;
	rc = site_tables(to, &folded, top, false);
	free(folded.sites);
	return rc;
}

/* The allocator's own: the tables of secondary interest are half as long. */
static int allocator_digest(const struct pt_render *to, const struct pt_report *r)
{
	size_t half = to->top ? (to->top + 1) / 2 : 0;
	struct pt_render shorter = *to;
	int rc = pt_text_threads(to, r);

	shorter.top = half;
	if (!rc)
		rc = pt_text_freed_by(&shorter, r);
	if (!rc)
		rc = pt_text_stranded(&shorter, r);
	if (!rc)
		rc = pt_text_cpus(&shorter, r);
	if (!rc)
		rc = folded_sites(to, r, half);
	return rc ? rc : all_idle_ages(to, r);
}

/* A digest of everything: two screens of the allocator, and before that one of each bad pool. */
static int digest(const struct pt_render *to, const struct pt_report *r)
{
	bool allocator = pt_report_has_allocator(r) && r->totals.allocations;
	int rc = 0;

	if (pt_report_has_pools(r) && allocator)
		rc = pt_text_pools_table(to, r);
	if (!rc && allocator)
		rc = pt_text_layers(to, r);
	if (!rc)
		rc = pt_text_marks(to, r);
	if (!rc)
		rc = pt_text_pool_pages(to, r, to->top, !pt_report_has_allocator(r));
	if (rc || !allocator)
		return rc;
	if (r->modes.told != PT_TOLD_EVENTS)
		return r->modes.told == PT_TOLD_SAMPLE ? pt_text_estimates(to, r) : 0;
	pt_text_totals(to, r);
	return allocator_digest(to, r);
}

/* What `--by` asks for, of the allocator. */
static int allocator_tables(const struct pt_render *to, const struct pt_report *r)
{
	int rc;

	switch (to->by) {
	case PT_BY_THREAD:
		rc = pt_text_threads(to, r);
		if (!rc)
			rc = pt_text_freed_by(to, r);
		return rc ? rc : pt_text_stranded(to, r);
	case PT_BY_CPU:
		rc = pt_text_cpus(to, r);
		return rc ? rc : pt_text_stranded_cpus(to, r);
	case PT_BY_SITE:
		return site_tables(to, r, to->top, true);
	default:
		return 0;
	}
}

/* The allocator's row and ages; then the page of every annotated pool. */
static int pools_by_pool(const struct pt_render *to, const struct pt_report *r)
{
	int rc = pt_report_has_pools(r) ? pt_text_pools_table(to, r) : pt_text_pools(to, r);

	for (size_t i = 0; !rc && i < r->pools_nr; i++)
		if (!r->pools[i].detail)
			rc = pt_text_ages(to, "Blocks reused, by how long they had been idle",
					  &r->pools[i].reuse_age);
	if (!rc)
		rc = pt_text_layers(to, r);
	if (!rc)
		rc = pt_text_marks(to, r);
	return rc ? rc : pt_text_pool_pages(to, r, 0, true);
}

/* What `--by` asks for, where malloc was sampled or only counted. */
static int in_part(const struct pt_render *to, const struct pt_report *r, bool allocator)
{
	int rc = 0;

	if (pt_report_has_pools(r))
		rc = to->by == PT_BY_POOL ? pools_by_pool(to, r) : pt_text_pool_tables(to, r);
	return rc || !allocator || r->modes.told != PT_TOLD_SAMPLE ? rc : pt_text_estimates(to, r);
}

static int tables(const struct pt_render *to, const struct pt_report *r)
{
	bool allocator = pt_report_has_allocator(r) && r->totals.allocations;
	int rc;

	if (to->by == PT_BY_ALL)
		return digest(to, r);
	if (r->modes.told != PT_TOLD_EVENTS)
		return in_part(to, r, allocator);
	if (allocator)
		pt_text_totals(to, r);
	if (to->by == PT_BY_POOL)
		return pools_by_pool(to, r);
	if (to->by == PT_BY_SHARD && !pt_report_has_pools(r)) {
		fputc('\n', to->out);
		pt_text_wrap(to, "No table by shard: only annotated pools have shards (docs/pools.md), and the trace has none.", 0);
	}
	rc = pt_text_pool_tables(to, r);
	return rc || !allocator ? rc : allocator_tables(to, r);
}

static int report(const struct pt_render *to, const struct pt_report *r, size_t index)
{
	int rc = 0;

	if (index)
		fputc('\n', to->out);
	title(to, r);
	if (to->reports_nr > 1) {
		fprintf(to->out, "%-*s", LABEL_COLUMNS, "trace");
		pt_text_wrap(to, r->trace_path, LABEL_COLUMNS);
	}
	findings(to, r);
	if (r->totals.allocations || pt_report_has_pools(r))
		rc = tables(to, r);
	if (!rc)
		rc = pt_text_counters(to, r);
	if (!rc && ferror(to->out))
		rc = -PT_EIO;
	return rc;
}

const struct pt_renderer pt_render_text = { "text", NULL, report, NULL };
