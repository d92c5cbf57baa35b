// SPDX-License-Identifier: MIT
/* test_judge.c - budgets against figures made by hand: which state, which limit, whose line. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/budget/judge.h"
#include "format/error.h"

#define MIB	 1048576.0
#define ROWS_MAX 64

/* One run; `rows` in the order that figures.h asks for. */
static struct pt_figures *run(struct pt_figures *f, const char *program, const char *trace)
{
	memset(f, 0, sizeof(*f));
	f->program = strdup(program);
	f->trace = strdup(trace);
	f->rows = calloc(ROWS_MAX, sizeof(f->rows[0]));
	return f;
}

static double *row(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name)
{
	struct pt_figures_row *r = &f->rows[f->rows_nr++];

	assert_true(f->rows_nr <= ROWS_MAX);
	r->scope = scope;
	r->pool = pool ? strdup(pool) : NULL;
	r->name = name ? strdup(name) : NULL;
	for (int i = 0; i < PT_METRIC_NR; i++)
		r->values[i] = NAN;
	return r->values;
}

static double *phase(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *from, const char *to)
{
	double *values = row(f, scope, pool, NULL);

	f->rows[f->rows_nr - 1].from = strdup(from);
	f->rows[f->rows_nr - 1].to = strdup(to);
	return values;
}

/* Called from main.c:line * 10. */
static double *site(struct pt_figures *f, const char *pool, const char *function, uint32_t line)
{
	double *values = row(f, pool ? PT_SCOPE_POOL_SITE : PT_SCOPE_SITE, pool, NULL);
	struct pt_figures_row *r = &f->rows[f->rows_nr - 1];

	r->frames = calloc(2, sizeof(r->frames[0]));
	r->frames_nr = 2;
	r->frames[0] = (struct pt_figure_frame){ strdup(function), strdup("/src/pool.c"), line };
	r->frames[1] = (struct pt_figure_frame){ strdup("main"), strdup("/src/main.c"), line * 10 };
	r->name = pt_figures_site_name(r->frames, r->frames_nr);
	return values;
}

/* A process, two pools beside malloc, threads, CPUs, phases and sites. `scale` makes another run of it. */
static void busy(struct pt_figures *f, double scale)
{
	double *v;

	run(f, "app", "app.ptrace");
	v = row(f, PT_SCOPE_PROCESS, NULL, NULL);
	v[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB * scale;
	v[PT_METRIC_PEAK_IN_USE_BYTES] = 80 * MIB * scale;
	v[PT_METRIC_BLOWUP] = 1.25;
	v[PT_METRIC_ALLOCATIONS] = 1000;
	phase(f, PT_SCOPE_PROCESS, NULL, "start", "warm")[PT_METRIC_PEAK_HELD_BYTES] = 10 * MIB;
	phase(f, PT_SCOPE_PROCESS, NULL, "warm", "drain")[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB;
	phase(f, PT_SCOPE_PROCESS, NULL, "drain", "end")[PT_METRIC_PEAK_HELD_BYTES] = 60 * MIB;
	row(f, PT_SCOPE_POOL, "malloc", NULL)[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB;
	v = row(f, PT_SCOPE_POOL, "msgbuf", NULL);
	v[PT_METRIC_PEAK_HELD_BYTES] = 40 * MIB * scale;
	v[PT_METRIC_BLOWUP] = 1.25;
	v[PT_METRIC_MISSES] = 50;
	v[PT_METRIC_GETS] = 200;
	v = row(f, PT_SCOPE_POOL, "orders", NULL);
	v[PT_METRIC_PEAK_HELD_BYTES] = 10 * MIB * scale;
	v[PT_METRIC_MISSES] = 30;
	v[PT_METRIC_GETS] = 40;
	phase(f, PT_SCOPE_POOL, "msgbuf", "start", "warm")[PT_METRIC_MISSES] = 48;
	phase(f, PT_SCOPE_POOL, "msgbuf", "warm", "drain")[PT_METRIC_MISSES] = 2;
	phase(f, PT_SCOPE_POOL, "msgbuf", "drain", "end")[PT_METRIC_MISSES] = 0;
	row(f, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 1 * MIB;
	row(f, PT_SCOPE_THREAD, NULL, "worker-*")[PT_METRIC_IN_USE_AT_END_BYTES] = 3 * MIB * scale;
	row(f, PT_SCOPE_THREAD, NULL, "worker-io-*")[PT_METRIC_IN_USE_AT_END_BYTES] = 5 * MIB * scale;
	row(f, PT_SCOPE_CPU, NULL, "0")[PT_METRIC_IN_USE_AT_END_BYTES] = 7 * MIB;
	row(f, PT_SCOPE_CPU, NULL, "1")[PT_METRIC_IN_USE_AT_END_BYTES] = 2 * MIB;
	site(f, NULL, "parse", 120)[PT_METRIC_HELD_AT_PEAK_BYTES] = 60 * MIB;
	site(f, NULL, "index", 40)[PT_METRIC_HELD_AT_PEAK_BYTES] = 30 * MIB;
	site(f, NULL, "log", 7)[PT_METRIC_HELD_AT_PEAK_BYTES] = 10 * MIB;
	row(f, PT_SCOPE_POOL_THREAD, "msgbuf", "worker-*")[PT_METRIC_MISSES] = 45;
	row(f, PT_SCOPE_POOL_THREAD, "orders", "worker-*")[PT_METRIC_MISSES] = 30;
	site(f, "msgbuf", "take", 5)[PT_METRIC_MISSES] = 50;
	site(f, "orders", "order", 6)[PT_METRIC_MISSES] = 30;
}

static double *values_of(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name)
{
	for (size_t i = 0; i < f->rows_nr; i++) {
		struct pt_figures_row *r = &f->rows[i];

		if (r->scope == scope && !r->from && (!pool || !strcmp(r->pool, pool)) &&
		    (!name || !strcmp(r->frames_nr ? r->frames[0].function : r->name, name)))
			return r->values;
	}
	fail_msg("no such row");
	return NULL;
}

static struct pt_budgets budgets;
static struct pt_check check;

/* Judges the budgets that `items` are: below the usual head, or a whole file. */
static const struct pt_check_item *judge(const char *items, const struct pt_figures *runs, size_t runs_nr,
					 const struct pt_baseline *baseline)
{
	char path[64], text[2048], error[PT_BUDGET_ERROR_BYTES];
	int fd = memfd_create("budget", MFD_CLOEXEC);

	snprintf(text, sizeof(text), "%s%s", strstr(items, "version:") ? "" : "version: 1\nbudgets:\n", items);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (pt_budgets_read(path, &budgets, error))
		fail_msg("%s", error);
	close(fd);
	assert_int_equal(pt_judge(&budgets, runs, runs_nr, baseline, &check), 0);
	return check.items;
}

static void done(void)
{
	pt_check_fini(&check);
	pt_budgets_fini(&budgets);
}

static void free_runs(struct pt_figures *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		pt_figures_fini(&runs[i]);
}

static void states_are(size_t within, size_t warned, size_t broken, size_t unknown)
{
	const size_t expected[] = { within, warned, broken, unknown };

	for (int i = PT_CHECK_WITHIN; i <= PT_CHECK_UNKNOWN; i++)
		if (check.states[i] != expected[i])
			fail_msg("state %d: %zu, not %zu; first: %s", i, check.states[i], expected[i],
				 check.items_nr ? check.items[0].text : "none");
	assert_int_equal(check.items_nr, within + warned + broken + unknown);
}

/* One budget, one run, no baseline: one item. */
static void judged(const char *item, enum pt_check_state state, double measured)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	busy(&f, 1);
	it = judge(item, &f, 1, NULL);
	assert_int_equal(check.items_nr, 1);
	if (it->state != state || !(isnan(measured) ? isnan(it->measured) : fabs(it->measured - measured) < 1e-6))
		fail_msg("%s: state %d, measured %g: %s", item, it->state, it->measured, it->text);
	assert_int_equal(check.states[state], 1);
	done();
	pt_figures_fini(&f);
}

static void every_selector_finds_its_rows(void **state)
{
	(void)state;
	judged("  - {metric: peak_held_bytes, max: 100 MiB}", PT_CHECK_WITHIN, 100 * MIB);
	judged("  - {metric: peak_held_bytes, max: 99 MiB}", PT_CHECK_BROKEN, 100 * MIB);
	judged("  - {metric: peak_held_bytes, pool: msgbuf, max: 40 MiB}", PT_CHECK_WITHIN, 40 * MIB);
	judged("  - {metric: in_use_at_end_bytes, thread: 'worker-*', max: 7 MiB}", PT_CHECK_BROKEN, 8 * MIB);
	judged("  - {metric: in_use_at_end_bytes, thread: worker-7, max: 3 MiB}", PT_CHECK_WITHIN, 3 * MIB);
	judged("  - {metric: in_use_at_end_bytes, thread: 'm[a-z]?n', max: 1}", PT_CHECK_BROKEN, 1 * MIB);
	judged("  - {metric: in_use_at_end_bytes, cpu: 1, max: 1}", PT_CHECK_BROKEN, 2 * MIB);
	judged("  - {metric: held_at_peak_bytes, site: parse, max: 1}", PT_CHECK_BROKEN, 60 * MIB);
	judged("  - {metric: held_at_peak_bytes, site: 'i* (pool.c)', max: 1}", PT_CHECK_BROKEN, 30 * MIB);
	judged("  - {metric: held_at_peak_bytes, site: 'main (main.c)', max: 1}", PT_CHECK_BROKEN, 100 * MIB);
	judged("  - {metric: held_at_peak_bytes, pool: malloc, site: log, max: 1}", PT_CHECK_BROKEN, 10 * MIB);
	judged("  - {metric: misses, pool: msgbuf, thread: worker-1, max: 1}", PT_CHECK_BROKEN, 45);
	judged("  - {metric: misses, pool: '*', thread: worker-1, max: 1}", PT_CHECK_BROKEN, 75);
	judged("  - {metric: misses, pool: orders, site: 'ord*', max: 1}", PT_CHECK_BROKEN, 30);
}

static void phases_are_put_together_of_those_between(void **state)
{
	(void)state;
	judged("  - {metric: misses, pool: msgbuf, phase: warm..drain, max: 2}", PT_CHECK_WITHIN, 2);
	judged("  - {metric: misses, pool: msgbuf, phase: start..drain, max: 2}", PT_CHECK_BROKEN, 50);
	judged("  - {metric: peak_held_bytes, phase: drain..end, max: 60 MiB}", PT_CHECK_WITHIN, 60 * MIB);
	judged("  - {metric: peak_held_bytes, phase: start..end, max: 60 MiB}", PT_CHECK_BROKEN, 100 * MIB);
}

static void several_rows_are_their_sum_or_of_peaks_and_ratios_the_largest(void **state)
{
	(void)state;
	judged("  - {metric: misses, pool: '[mo]*', max: 79}", PT_CHECK_BROKEN, 80); /* malloc has none */
	judged("  - {metric: peak_held_bytes, pool: '*[fs]', max: 39 MiB}", PT_CHECK_BROKEN, 40 * MIB);
	judged("  - {metric: misses, per: gets, pool: msgbuf, max: 25%}", PT_CHECK_WITHIN, 0.25);
	judged("  - {metric: misses, per: gets, pool: '*', max: 0.5}", PT_CHECK_BROKEN, 0.75);
	judged("  - {metric: peak_held_bytes, per: peak_in_use_bytes, min: 1.25}", PT_CHECK_WITHIN, 1.25);
}

static void limits_hold_at_their_value_and_break_beyond(void **state)
{
	(void)state;
	judged("  - {metric: blowup, max: 1.25}", PT_CHECK_WITHIN, 1.25);
	judged("  - {metric: blowup, max: 1.24}", PT_CHECK_BROKEN, 1.25);
	judged("  - {metric: blowup, min: 1.25}", PT_CHECK_WITHIN, 1.25);
	judged("  - {metric: blowup, min: 1.26}", PT_CHECK_BROKEN, 1.25);
	judged("  - {metric: blowup, max: 1.24, level: warning}", PT_CHECK_WARNED, 1.25);
	judged("  - {metric: blowup, max: 1.24, program: 'a*'}", PT_CHECK_BROKEN, 1.25);
}

static void unknown(const char *item, const char *reason, double measured)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	busy(&f, 1);
	f.reasons[PT_METRIC_RSS_PEAK_BYTES] = "no RSS sample in the trace";
	it = judge(item, &f, 1, NULL);
	states_are(0, 0, 0, 1);
	if (!it->reason || strcmp(it->reason, reason) != 0)
		fail_msg("%s:\n%s\nnot\n%s", item, it->reason, reason);
	assert_true(isnan(measured) ? isnan(it->measured) : it->measured == measured);
	assert_true(it->text && it->text[0] && !it->advice && !it->sites_nr);
	done();
	pt_figures_fini(&f);
}

static void what_cannot_be_told_says_why_and_what_there_is(void **state)
{
	(void)state;
	unknown("  - {metric: misses, pool: msgbfu, max: 1}", "no pool is called \"msgbfu\"; there are: msgbuf, malloc, orders",
		NAN);
	unknown("  - {metric: misses, pool: msgbfu, thread: x, max: 1}",
		"no pool is called \"msgbfu\"; there are: msgbuf, malloc, orders", NAN);
	unknown("  - {metric: misses, pool: msgbuf, thread: wroker-1, max: 1}",
		"no thread of a pool is called \"wroker-*\"; there are: worker-*", NAN);
	unknown("  - {metric: allocations, thread: worker, max: 1}",
		"no thread is called \"worker\"; there are: worker-*, worker-io-*, main", NAN);
	unknown("  - {metric: allocations, cpu: 7, max: 1}", "no CPU is called \"7\"; there are: 0, 1", NAN);
	unknown("  - {metric: allocations, site: prase, max: 1}", "no call site is called \"prase\"; there are: parse, index, log",
		NAN);
	unknown("  - {metric: misses, pool: msgbuf, phase: warm..dry, max: 1}",
		"no mark \"warm\" with a mark \"dry\" behind it; there are: start, warm, drain, end", NAN);
	unknown("  - {metric: blowup, program: bap, max: 1}", "no trace is of a program called \"bap\"; there are: app", NAN);
	unknown("  - {metric: rss_peak_bytes, max: 1}", "rss_peak_bytes is not known: no RSS sample in the trace", NAN);
	unknown("  - {metric: peak_held_bytes, per: rss_peak_bytes, max: 1}",
		"rss_peak_bytes is not known: no RSS sample in the trace", NAN);
	unknown("  - {metric: misses, pool: malloc, max: 1}", "misses is not known of malloc, only of annotated pools", NAN);
	unknown("  - {metric: blowup, max_increase: 5%}", "max_increase: needs a baseline; give one with --baseline FILE", 1.25);
	unknown("  - {metric: blowup, max_increase: 5%, max: 2}", "max_increase: needs a baseline; give one with --baseline FILE",
		1.25);
	judged("  - {metric: blowup, max_increase: 5%, max: 1}", PT_CHECK_BROKEN, 1.25); /* that is sure */
}

static void optional_budgets_ask_for_nothing(void **state)
{
	struct pt_figures f;

	(void)state;
	busy(&f, 1);
	judge("  - {metric: misses, pool: none, max: 1, optional: true}\n  - {metric: blowup, program: z, max: 1, optional: true}\n"
	      "  - {metric: misses, pool: msgbuf, phase: a..b, max: 1, optional: true}", &f, 1, NULL);
	states_are(0, 0, 0, 0);
	done();
	judge("  - {metric: misses, pool: msgbuf, max: 1, optional: true}", &f, 1, NULL);
	states_are(0, 0, 1, 0);
	done();
	pt_figures_fini(&f);
}

static void a_ratio_to_nothing_is_none_or_cannot_be_told(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	busy(&f, 1);
	values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_GETS] = 0;
	it = judge("  - {metric: misses, per: gets, pool: msgbuf, max: 1}", &f, 1, NULL);
	states_are(0, 0, 0, 1);
	assert_string_equal(it->reason, "gets is 0, so there is no ratio to it");
	done();
	values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 0;
	it = judge("  - {metric: misses, per: gets, pool: msgbuf, max: 0}", &f, 1, NULL);
	states_are(1, 0, 0, 0);
	assert_true(it->measured == 0);
	done();
	pt_figures_fini(&f);
}

/* What is blamed: function and value of each site. */
static void blamed(const struct pt_check_item *it, uint32_t nr, const char *const *functions, const double *values)
{
	assert_int_equal(it->sites_nr, nr);
	for (uint32_t i = 0; i < nr; i++)
		if (strcmp(it->sites[i].function, functions[i]) != 0 || fabs(it->sites[i].value - values[i]) > 1e-6)
			fail_msg("%u: %s %g", i, it->sites[i].text, it->sites[i].value);
}

static void each_row_is_an_item_of_its_own(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	busy(&f, 1);
	it = judge("  - {metric: misses, pool: '[mo][sr]*', each: true, max: 40}\n"
		   "  - {metric: in_use_at_end_bytes, thread: '*', each: true, max: 4 MiB}", &f, 1, NULL);
	states_are(3, 0, 2, 0);
	assert_string_equal(it[0].row, "pool msgbuf");
	assert_int_equal(it[0].state, PT_CHECK_BROKEN);
	assert_string_equal(it[1].row, "pool orders");
	assert_int_equal(it[1].state, PT_CHECK_WITHIN);
	assert_string_equal(it[2].row, "threads main");
	assert_string_equal(it[4].row, "threads worker-io-*");
	assert_int_equal(it[4].state, PT_CHECK_BROKEN);
	assert_int_equal(it[4].line, 4);
	assert_int_equal(it[4].column, 5);
	done();
	pt_figures_fini(&f);
}

static void several_runs_are_judged_by_their_median(void **state)
{
	const double scales[] = { 1.4, 1.0, 1.2, 0.9, 3.0 };
	struct pt_figures runs[5];
	const struct pt_check_item *it;

	(void)state;
	for (int i = 0; i < 5; i++)
		busy(&runs[i], scales[i]);
	values_of(&runs[2], PT_SCOPE_SITE, NULL, "parse")[PT_METRIC_HELD_AT_PEAK_BYTES] = 77 * MIB;
	it = judge("  - {metric: peak_held_bytes, max: 119 MiB}", runs, 5, NULL);
	states_are(0, 0, 1, 0);
	blamed(it, 3, (const char *[]){ "parse", "index", "log" }, (double[]){ 77 * MIB, 30 * MIB, 10 * MIB }); /* of that run */
	done();
	it = judge("  - {metric: peak_held_bytes, max: 120 MiB}\n  - {metric: peak_held_bytes, pool: '*', each: true, max: 47 MiB}",
		   runs, 5, NULL);
	states_are(2, 0, 2, 0); /* malloc has 100 MiB */
	assert_int_equal(it[0].runs, 5);
	assert_true(fabs(it[0].measured - 120 * MIB) < 1 && it[0].low == 90 * MIB && it[0].high == 300 * MIB);
	assert_string_equal(it[0].text, "peak_held_bytes of the process is 120.0 MiB (median of 5 runs, 90.0 MiB to 300.0 MiB); "
					"allowed: at most 120.0 MiB");
	assert_true(fabs(it[2].measured - 48 * MIB) < 1);
	done();
	/* Where a run has no such pool, it held nothing; a ratio it does not have. */
	for (size_t k = 0; k < 3; k++)
		values_of(&runs[k], PT_SCOPE_POOL, "orders", NULL)[PT_METRIC_MISSES] = 10 + (double)k;
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < runs[i].rows_nr; k++)
			if (runs[i].rows[k].scope == PT_SCOPE_POOL && !strcmp(runs[i].rows[k].pool, "msgbuf"))
				memcpy(runs[i].rows[k].pool, "absent", 6);
	it = judge("  - {metric: misses, pool: msgbuf, max: 0}\n  - {metric: misses, per: gets, pool: msgbuf, max: 0}", runs, 5, NULL);
	states_are(1, 0, 1, 0);
	assert_true(it[0].measured == 0 && it[0].high == 50 && it[0].runs == 5);
	assert_true(it[1].measured == 0.25 && it[1].runs == 2);
	done();
	free_runs(runs, 5);
}

static void programs_are_judged_apart(void **state)
{
	struct pt_figures runs[3];
	const struct pt_check_item *it;

	(void)state;
	for (int i = 0; i < 3; i++)
		busy(&runs[i], i == 1 ? 2 : 1);
	free(runs[1].program);
	runs[1].program = strdup("child");
	it = judge("  - {metric: peak_held_bytes, max: 150 MiB}\n  - {metric: blowup, program: 'c?ild', max: 2}", runs, 3, NULL);
	states_are(2, 0, 1, 0);
	assert_string_equal(it[0].program, "app");
	assert_int_equal(it[0].runs, 2);
	assert_string_equal(it[1].program, "child");
	assert_int_equal(it[1].state, PT_CHECK_BROKEN);
	assert_string_equal(it[2].program, "child");
	assert_int_equal(check.traces_nr, 3);
	assert_string_equal(check.traces[2], "app.ptrace");
	done();
	free_runs(runs, 3);
}

static void beyond_the_limits_nothing_is_told(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	busy(&f, 1);
	f.lost_share = 0.03;
	it = judge("  - {metric: blowup, max: 1}", &f, 1, NULL);
	states_are(0, 0, 0, 1);
	assert_string_equal(it->reason, "app.ptrace has lost 3% of its events, and limits: allow 0%; record it again");
	assert_true(it->measured == 1.25 && it->max == 1);
	done();
	judge("version: 1\nlimits: {lost: 3%}\nbudgets:\n  - {metric: blowup, max: 1}", &f, 1, NULL);
	states_are(0, 0, 1, 0);
	done();
	f.torn_share = 0.5;
	it = judge("version: 1\nlimits: {lost: 3%, torn: 49%}\nbudgets:\n  - {metric: blowup, max: 1}\n"
		   "  - {metric: misses, pool: x, max: 1}", &f, 1, NULL);
	states_are(0, 0, 0, 2);
	assert_string_equal(it[1].reason, "app.ptrace is torn: it lacks 50% of its bytes or chunks, and limits: allow 49%; record it "
					  "again");
	done();
	pt_figures_fini(&f);
}

static void the_largest_call_sites_are_blamed(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	busy(&f, 1);
	/* The same line again, further out called from elsewhere; and one that has least. */
	site(&f, NULL, "tiny", 1)[PT_METRIC_HELD_AT_PEAK_BYTES] = 1 * MIB;
	site(&f, NULL, "index", 40)[PT_METRIC_HELD_AT_PEAK_BYTES] = 35 * MIB;
	it = judge("  - {metric: peak_held_bytes, max: 1}\n  - {metric: misses, pool: '*', max: 1}\n"
		   "  - {metric: misses, per: gets, pool: '*', max: 0}\n  - {metric: misses, pool: orders, thread: '*', max: 0}\n"
		   "  - {metric: held_at_peak_bytes, site: 'l*', max: 1}\n  - {metric: peak_held_bytes, min: 1 GiB}", &f, 1, NULL);
	states_are(0, 0, 6, 0);
	blamed(&it[0], 3, (const char *[]){ "index", "parse", "log" }, (double[]){ 65 * MIB, 60 * MIB, 10 * MIB });
	assert_int_equal(it[0].blame, PT_METRIC_HELD_AT_PEAK_BYTES);
	assert_string_equal(it[0].sites[1].text, "parse (pool.c:120), called from main (main.c:1200)");
	assert_string_equal(it[0].sites[1].file, "/src/pool.c");
	assert_int_equal(it[0].sites[1].line, 120);
	assert_true(isnan(it[0].sites[1].before));
	blamed(&it[1], 2, (const char *[]){ "take", "order" }, (double[]){ 50, 30 });
	blamed(&it[2], 1, (const char *[]){ "order" }, (double[]){ 30 }); /* the pool with the largest ratio alone */
	assert_non_null(strstr(it[2].text, "the largest of 2: orders"));
	blamed(&it[3], 1, (const char *[]){ "order" }, (double[]){ 30 });
	blamed(&it[4], 1, (const char *[]){ "log" }, (double[]){ 10 * MIB });
	assert_int_equal(it[5].sites_nr, 0); /* too little has no line that made it */
	assert_non_null(it[0].advice);
	done();
	pt_figures_fini(&f);
}

static void make_baseline(struct pt_baseline *b, const double *scales, size_t nr)
{
	struct pt_figures runs[16];

	for (size_t i = 0; i < nr; i++)
		busy(&runs[i], scales[i]);
	assert_int_equal(pt_baseline_make(runs, nr, b), 0);
	free_runs(runs, nr);
}

static const double steady[] = { 1, 1, 1, 1, 1 };

static void an_increase_is_measured_from_the_baselines_median(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	make_baseline(&base, steady, 5);
	busy(&f, 1.1);
	it = judge("  - {metric: peak_held_bytes, max_increase: 10%}\n  - {metric: peak_held_bytes, max_increase: 9.9%}\n"
		   "  - {metric: peak_held_bytes, max_increase: 10 MiB}\n  - {metric: peak_held_bytes, max_increase: 9 MiB}\n"
		   "  - {metric: peak_held_bytes, max_increase: 50%, max: 105 MiB}\n"
		   "  - {metric: peak_held_bytes, max_increase: 9%, level: warning}\n"
		   "  - {metric: peak_held_bytes, per: peak_in_use_bytes, max_increase: 0%}", &f, 1, &base);
	states_are(3, 1, 3, 0);
	assert_int_equal(it[1].state, PT_CHECK_BROKEN);
	assert_int_equal(it[3].state, PT_CHECK_BROKEN);
	assert_int_equal(it[4].state, PT_CHECK_BROKEN);
	assert_true(it[4].max == 105 * MIB && fabs(it[3].max - 109 * MIB) < 1);
	assert_true(it[0].baseline == 100 * MIB && it[0].baseline_runs == 5 && !it[0].is_noise);
	assert_string_equal(it[3].text, "peak_held_bytes of the process is 110.0 MiB; allowed: 9.0 MiB more than the baseline's "
					"median, 100.0 MiB");
	assert_string_equal(it[1].text, "peak_held_bytes of the process is 110.0 MiB; allowed: 9.9 MiB (9.9%) more than the baseline's "
					"median, 100.0 MiB");
	assert_string_equal(it[1].advice, "More is used than before or than allowed: look at what these lines take. If it is meant to "
					  "be so, change the budget or make the baseline anew with `pooltrace baseline`.");
	assert_true(fabs(it[6].baseline - 1.25) < 1e-9);
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

static void a_share_of_nothing_is_the_floor(void **state)
{
	struct pt_baseline base;
	struct pt_figures f, old;

	(void)state;
	busy(&old, 1);
	values_of(&old, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 0;
	values_of(&old, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 0;
	assert_int_equal(pt_baseline_make(&old, 1, &base), 0);
	busy(&f, 1);
	values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 16;
	values_of(&f, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 65536;
	judge("  - {metric: misses, pool: msgbuf, max_increase: 5%}\n  - {metric: in_use_at_end_bytes, thread: main, max_increase: 5%}",
	      &f, 1, &base);
	states_are(2, 0, 0, 0);
	done();
	values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 17;
	values_of(&f, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 65537;
	judge("  - {metric: misses, pool: msgbuf, max_increase: 5%}\n  - {metric: in_use_at_end_bytes, thread: main, max_increase: 5%}",
	      &f, 1, &base);
	states_are(0, 0, 2, 0);
	done();
	pt_figures_fini(&f);
	pt_figures_fini(&old);
	pt_baseline_fini(&base);
}

static void scatter_of_the_baseline_holds_back(void **state)
{
	const double wide[] = { 0.9, 1.1, 1.0, 0.95, 1.05 };
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;
	/* One row; of several rows together; and of two metrics. */
	const char *items = "  - {metric: peak_held_bytes, max_increase: 5%}\n"
			    "  - {metric: in_use_at_end_bytes, thread: 'worker*', max_increase: 5%}\n"
			    "  - {metric: peak_held_bytes, per: allocations, max_increase: 5%}\n";

	(void)state;
	make_baseline(&base, wide, 5);
	busy(&f, 1.2);
	it = judge(items, &f, 1, &base);
	states_are(3, 0, 0, 0);
	for (int i = 0; i < 3; i++)
		assert_true(it[i].is_noise && it[i].max > it[i].measured && it[i].measured > it[i].baseline * 1.05);
	assert_non_null(strstr(it[0].text, "its runs scatter up to"));
	assert_true(fabs(it[1].baseline - 8 * MIB) < 1);
	done();
	pt_figures_fini(&f);
	busy(&f, 9); /* that is no scatter */
	judge(items, &f, 1, &base);
	states_are(0, 0, 3, 0);
	done();
	pt_baseline_fini(&base);
	pt_figures_fini(&f);
	make_baseline(&base, wide, 1); /* of one run nothing is known: it holds nothing back */
	busy(&f, 1);
	it = judge(items, &f, 1, &base);
	states_are(0, 0, 3, 0);
	assert_non_null(strstr(it[0].text, "(one run in the baseline: its scatter is not known)"));
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

static void phases_are_compared_with_phases(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	make_baseline(&base, steady, 3);
	busy(&f, 1);
	for (size_t i = 0; i < f.rows_nr; i++)
		if (f.rows[i].from && !strcmp(f.rows[i].from, "warm"))
			f.rows[i].values[PT_METRIC_MISSES] += 60;
	it = judge("  - {metric: misses, pool: msgbuf, phase: start..warm, max_increase: 0}\n"
		   "  - {metric: misses, pool: msgbuf, phase: warm..drain, max_increase: 59}\n"
		   "  - {metric: misses, pool: msgbuf, phase: start..end, max_increase: 60}", &f, 1, &base);
	states_are(2, 0, 1, 0);
	assert_int_equal(it[1].state, PT_CHECK_BROKEN);
	assert_true(it[1].baseline == 2 && it[1].measured == 62 && it[2].baseline == 50);
	assert_string_equal(it[1].row, "phase warm..drain of pool msgbuf");
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

static void call_sites_that_grew_are_blamed_not_those_that_are_large(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	make_baseline(&base, steady, 3);
	busy(&f, 2);
	values_of(&f, PT_SCOPE_SITE, NULL, "log")[PT_METRIC_HELD_AT_PEAK_BYTES] = 25 * MIB;
	values_of(&f, PT_SCOPE_SITE, NULL, "index")[PT_METRIC_HELD_AT_PEAK_BYTES] = 31 * MIB;
	values_of(&f, PT_SCOPE_SITE, NULL, "parse")[PT_METRIC_HELD_AT_PEAK_BYTES] = 59 * MIB;
	/* An edit above moved its lines. */
	for (size_t i = 0; i < f.rows_nr; i++)
		for (uint32_t k = 0; k < f.rows[i].frames_nr; k++)
			f.rows[i].frames[k].line += 3;
	it = judge("  - {metric: peak_held_bytes, max_increase: 5%}\n  - {metric: peak_held_bytes, max: 1}\n"
		   "  - {metric: misses, pool: msgbuf, max: 1}", &f, 1, &base);
	states_are(0, 0, 3, 0);
	blamed(&it[0], 2, (const char *[]){ "log", "index" }, (double[]){ 15 * MIB, 1 * MIB });
	assert_true(it[0].sites[0].before == 10 * MIB);
	assert_int_equal(it[0].sites[0].line, 10);
	blamed(&it[1], 2, (const char *[]){ "log", "index" }, (double[]){ 15 * MIB, 1 * MIB });
	blamed(&it[2], 1, (const char *[]){ "take" }, (double[]){ 50 }); /* nothing grew: it was so before */
	assert_true(isnan(it[2].sites[0].before));
	done();
	pt_figures_fini(&f);
	/* What grew a little does not explain what was over before. */
	busy(&f, 1.1);
	values_of(&f, PT_SCOPE_SITE, NULL, "log")[PT_METRIC_HELD_AT_PEAK_BYTES] = 11 * MIB;
	it = judge("  - {metric: peak_held_bytes, max_increase: 5%}\n  - {metric: peak_held_bytes, max: 1}", &f, 1, &base);
	blamed(&it[0], 1, (const char *[]){ "log" }, (double[]){ 1 * MIB });
	blamed(&it[1], 3, (const char *[]){ "parse", "index", "log" }, (double[]){ 60 * MIB, 30 * MIB, 11 * MIB });
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

/* take < mid < `outer`, of `bytes`. */
static void deep_site(struct pt_figures *f, const char *outer, double bytes)
{
	struct pt_figures_row *r;

	site(f, NULL, "take", 1)[PT_METRIC_HELD_AT_PEAK_BYTES] = bytes;
	r = &f->rows[f->rows_nr - 1];
	r->frames = realloc(r->frames, 3 * sizeof(r->frames[0]));
	free(r->frames[1].function);
	r->frames[1].function = strdup("mid");
	r->frames[2] = (struct pt_figure_frame){ strdup(outer), strdup("/src/main.c"), 99 };
	r->frames_nr = 3;
	free(r->name);
	r->name = pt_figures_site_name(r->frames, r->frames_nr);
}

static void each_call_site_is_compared_with_the_one_most_like_it(void **state)
{
	struct pt_baseline base;
	struct pt_figures f, old;
	const struct pt_check_item *it;

	(void)state;
	run(&old, "app", "old");
	deep_site(&old, "alpha", 1 * MIB);
	deep_site(&old, "beta", 8 * MIB);
	assert_int_equal(pt_baseline_make(&old, 1, &base), 0);
	run(&f, "app", "new");
	deep_site(&f, "beta", 9 * MIB);
	deep_site(&f, "gamma", 2 * MIB); /* reads like none, most like either */
	it = judge("  - {metric: held_at_peak_bytes, site: take, each: true, max_increase: 1 MiB}", &f, 1, &base);
	states_are(2, 0, 0, 0);
	assert_true(it[0].baseline == 8 * MIB && it[0].measured == 9 * MIB);
	assert_true(it[1].baseline == 1 * MIB && it[1].measured == 2 * MIB);
	assert_string_equal(it[0].row, "call sites take (pool.c) < mid (main.c) < beta (main.c)");
	done();
	pt_figures_fini(&f);
	pt_figures_fini(&old);
	pt_baseline_fini(&base);
}

static void what_the_baseline_does_not_have_cannot_be_told(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	make_baseline(&base, steady, 3);
	busy(&f, 1);
	row(&f, PT_SCOPE_CPU, NULL, "9")[PT_METRIC_ALLOCATIONS] = 1;
	it = judge("  - {metric: allocations, cpu: 9, max_increase: 5%}\n  - {metric: allocations, cpu: 9, max: 0, max_increase: 5%}",
		   &f, 1, &base);
	states_are(0, 0, 1, 1);
	assert_string_equal(it[0].reason, "the baseline has no such allocations of that; make it anew with `pooltrace baseline`");
	done();
	free(f.program);
	f.program = strdup("apps");
	it = judge("  - {metric: blowup, max_increase: 5%}", &f, 1, &base);
	states_are(0, 0, 0, 1);
	assert_string_equal(it[0].reason, "the baseline knows no program \"apps\", there are: app; make it anew with `pooltrace "
					  "baseline`");
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

static const struct pt_check_item *item_of(const char *metric, const char *where)
{
	for (size_t i = 0; i < check.items_nr; i++)
		if (!strcmp(pt_metrics[check.items[i].metric].name, metric) && !strcmp(check.items[i].row, where))
			return &check.items[i];
	return NULL;
}

static void judge_default(const struct pt_figures *f, const struct pt_baseline *base)
{
	assert_int_equal(pt_budgets_default(&budgets), 0);
	assert_int_equal(pt_judge(&budgets, f, 1, base, &check), 0);
}

static void default_budgets_take_what_is_new_or_gone_as_it_is(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	make_baseline(&base, steady, 3);
	busy(&f, 1);
	judge_default(&f, &base);
	states_are(check.items_nr, 0, 0, 0);
	assert_true(check.items_nr >= 6);
	assert_null(item_of("peak_held_bytes", "pool malloc")); /* is the process */
	assert_non_null(item_of("misses", "pool orders"));
	assert_null(item_of("unreachable_bytes", "process")); /* known neither then nor now */
	done();
	for (size_t i = 0; i < f.rows_nr; i++)
		if (f.rows[i].pool && !strcmp(f.rows[i].pool, "orders"))
			memcpy(f.rows[i].pool, "outers", 6);
	judge_default(&f, &base);
	states_are(check.items_nr, 0, 0, 0);
	it = item_of("misses", "pool outers");
	assert_non_null(it);
	assert_non_null(strstr(it->text, "it is new, the baseline does not have it"));
	it = item_of("peak_held_bytes", "pool orders");
	assert_non_null(it);
	assert_non_null(strstr(it->text, "this program does no longer"));
	assert_null(item_of("misses", "pool orders")); /* told once */
	done();
	values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 66;
	judge_default(&f, &base);
	states_are(check.items_nr, 0, 0, 0);
	done();
	values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 67; /* 50 + 5 % is less than 50 + 16 */
	values_of(&f, PT_SCOPE_PROCESS, NULL, NULL)[PT_METRIC_PEAK_HELD_BYTES] = 105.01 * MIB;
	judge_default(&f, &base);
	states_are(check.items_nr - 2, 0, 2, 0);
	assert_int_equal(item_of("misses", "pool msgbuf")->state, PT_CHECK_BROKEN);
	assert_int_equal(item_of("peak_held_bytes", "process")->state, PT_CHECK_BROKEN);
	done();
	free(f.program);
	f.program = strdup("other");
	judge_default(&f, &base);
	states_are(0, 0, 0, check.items_nr); /* of it nothing is known */
	assert_true(check.items_nr > 0);
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

/* All threads of a pool may happen to run one after another: less in use at once, and the ratio is higher. */
static void by_default_blowup_breaks_only_when_more_is_held(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	double *msgbuf;

	(void)state;
	make_baseline(&base, steady, 3);
	busy(&f, 1);
	msgbuf = values_of(&f, PT_SCOPE_POOL, "msgbuf", NULL);
	msgbuf[PT_METRIC_BLOWUP] = 2;
	msgbuf[PT_METRIC_PEAK_HELD_BYTES] = 40 * MIB;
	judge_default(&f, &base);
	assert_int_equal(item_of("blowup", "pool msgbuf")->state, PT_CHECK_WITHIN);
	assert_non_null(strstr(item_of("blowup", "pool msgbuf")->text, "less was in use, and no more is held than before"));
	done();
	msgbuf[PT_METRIC_PEAK_HELD_BYTES] = 40.01 * MIB; /* by itself allowed */
	judge_default(&f, &base);
	assert_int_equal(item_of("blowup", "pool msgbuf")->state, PT_CHECK_BROKEN);
	assert_int_equal(item_of("peak_held_bytes", "pool msgbuf")->state, PT_CHECK_WITHIN);
	done();
	msgbuf[PT_METRIC_PEAK_HELD_BYTES] = 10 * MIB; /* who asks for the ratio gets the ratio */
	judge("  - {metric: blowup, pool: msgbuf, max_increase: 5%}", &f, 1, &base);
	states_are(0, 0, 1, 0);
	done();
	pt_figures_fini(&f);
	pt_baseline_fini(&base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_selector_finds_its_rows),
		cmocka_unit_test(phases_are_put_together_of_those_between),
		cmocka_unit_test(several_rows_are_their_sum_or_of_peaks_and_ratios_the_largest),
		cmocka_unit_test(limits_hold_at_their_value_and_break_beyond),
		cmocka_unit_test(what_cannot_be_told_says_why_and_what_there_is),
		cmocka_unit_test(optional_budgets_ask_for_nothing),
		cmocka_unit_test(a_ratio_to_nothing_is_none_or_cannot_be_told),
		cmocka_unit_test(each_row_is_an_item_of_its_own),
		cmocka_unit_test(several_runs_are_judged_by_their_median),
		cmocka_unit_test(programs_are_judged_apart),
		cmocka_unit_test(beyond_the_limits_nothing_is_told),
		cmocka_unit_test(the_largest_call_sites_are_blamed),
		cmocka_unit_test(an_increase_is_measured_from_the_baselines_median),
		cmocka_unit_test(a_share_of_nothing_is_the_floor),
		cmocka_unit_test(scatter_of_the_baseline_holds_back),
		cmocka_unit_test(phases_are_compared_with_phases),
		cmocka_unit_test(call_sites_that_grew_are_blamed_not_those_that_are_large),
		cmocka_unit_test(each_call_site_is_compared_with_the_one_most_like_it),
		cmocka_unit_test(what_the_baseline_does_not_have_cannot_be_told),
		cmocka_unit_test(default_budgets_take_what_is_new_or_gone_as_it_is),
		cmocka_unit_test(by_default_blowup_breaks_only_when_more_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
