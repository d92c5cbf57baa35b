// SPDX-License-Identifier: MIT
/*
 * fuzz_report.c - libFuzzer: any bytes, read as a trace, through all that `report`, `check`, `baseline` and `diff`
 * make of one: frames, the report in text and JSON, figures, a baseline of them, a budget of every kind, a diff.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/budget/judge.h"
#include "../../analyzer/cmd/facts.h"
#include "../../analyzer/cmd/frames.h"
#include "../../analyzer/passes/analyse.h"
#include "../../analyzer/passes/graph.h"
#include "../../analyzer/render/check.h"
#include "../../analyzer/render/diff.h"
#include "../../analyzer/render/render.h"
#include "../../analyzer/trace/snapshot.h"
#include "fuzz.h"

static const char budget_text[] =
	"version: 1\n"
	"budgets:\n"
	"  - metric: blowup\n    max: 2\n"
	"  - metric: idle_at_end_bytes\n    pool: '*'\n    max: 1M\n"
	"  - metric: allocations\n    max_increase: 10%\n"
	"  - metric: allocated_bytes\n    site: '*'\n    max: 1M\n";

static void render(const struct pt_report *r)
{
	static const char *const names[] = { "text", "json" };

	for (int by = PT_BY_ALL; by <= PT_BY_SHARD; by++) {
		for (size_t i = 0; i < 2; i++) {
			const struct pt_renderer *renderer = pt_renderer_find(names[i]);
			struct pt_render to = { .out = fuzz_null(), .width = 80, .utf8 = true, .by = (enum pt_by)by,
						.top = by == PT_BY_ALL ? 10 : 0, .reports_nr = 1 };

			if (i && by != PT_BY_ALL)
				continue; /* JSON has all of them */
			if ((renderer->begin && renderer->begin(&to)) || renderer->report(&to, r, 0) ||
			    (renderer->end && renderer->end(&to)))
				abort();
		}
	}
}

static const struct pt_budgets *budgets(void)
{
	static struct pt_budgets all;
	static int rc = -1;

	if (rc) {
		char path[FUZZ_PATH_BYTES], error[PT_BUDGET_ERROR_BYTES];
		int fd = fuzz_file((const uint8_t *)budget_text, sizeof(budget_text) - 1, path);

		rc = pt_budgets_read(path, &all, error);
		if (rc) {
			fprintf(stderr, "%s\n", error);
			abort();
		}
		close(fd);
	}
	return &all;
}

static void judge(const struct pt_figures *f)
{
	static const char *const names[] = { "text", "junit", "sarif", "github", "json" };
	struct pt_check_render to = { .to = { .out = fuzz_null(), .width = 80 }, .folder = "/src" };
	struct pt_baseline baseline;
	struct pt_check check;
	struct pt_diff diff;

	if (pt_baseline_make(f, 1, &baseline) || pt_judge(budgets(), f, 1, &baseline, &check) ||
	    pt_baseline_write(&baseline, fuzz_null()))
		abort();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (pt_check_renderer_find(names[i])->render(&to, &check))
			abort();
	}
	if (pt_diff_make(f, f, &diff))
		abort();
	if (diff.changes_nr)
		abort(); /* nothing changed */
	pt_diff_fini(&diff);
	pt_check_fini(&check);
	pt_baseline_fini(&baseline);
}

/* The last whole snapshot's figures; g->snapshots_nr says whether there is one. */
static void graph(const char *path, struct pt_symbols *symbols, struct pt_graph_report *g)
{
	static const struct pt_graph_ask last = { 0 };
	struct pt_trace *t;

	memset(g, 0, sizeof(*g));
	if (pt_trace_open(&t, path))
		abort();
	if (pt_snapshots_nr(t) && !pt_graph_analyse(t, &last, NULL, NULL, g) && g->snapshots_nr &&
	    pt_frames_fill_graph(symbols, t, g))
		abort();
	pt_trace_close(t);
}

static void whole_way(const char *path, struct pt_trace *t, struct pt_symbols *symbols)
{
	static struct pt_report r; /* too large for a stack under ASan */
	struct pt_graph_report g;
	struct pt_figures f;

	if (pt_analyse(t, NULL, NULL, NULL, &r))
		abort();
	r.limits = (struct pt_pool_limits)PT_POOL_LIMITS_DEFAULT;
	if (pt_facts_fill(t, &r) || pt_frames_fill(symbols, t, &r, 0))
		abort();
	render(&r);
	graph(path, symbols, &g);
	if (pt_figures_make(&r, g.snapshots_nr ? &g.snapshots[0] : NULL, &f))
		abort();
	judge(&f);
	pt_figures_fini(&f);
	pt_graph_report_fini(&g);
	pt_report_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_BYTES];
	int fd = fuzz_file(data, size, path);
	struct pt_symbols *symbols = fuzz_symbols();
	struct pt_trace *t;

	if (!pt_trace_open(&t, path)) {
		whole_way(path, t, symbols);
		pt_trace_close(t);
	}
	close(fd);
	return 0;
}
