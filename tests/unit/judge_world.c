// SPDX-License-Identifier: MIT
/* judge_world.c - see judge_world.h. */
#include "judge_world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct pt_budgets jw_budgets;
struct pt_check jw_check;

double *jw_site(struct pt_figures *f, const char *pool, const char *function, uint32_t line)
{
	char stack[128];

	snprintf(stack, sizeof(stack), "%s /src/pool.c:%u < main /src/main.c:%u", function, line, line * 10);
	return fb_site(f, pool, stack)->values;
}

void jw_busy(struct pt_figures *f, double scale)
{
	double *v;

	fb_figures(f, "app", "app.ptrace");
	v = fb_row(f, PT_SCOPE_PROCESS, NULL, NULL)->values;
	v[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB * scale;
	v[PT_METRIC_PEAK_IN_USE_BYTES] = 80 * MIB * scale;
	v[PT_METRIC_BLOWUP] = 1.25;
	v[PT_METRIC_ALLOCATIONS] = 1000;
	fb_phase(f, NULL, "start", "warm")->values[PT_METRIC_PEAK_HELD_BYTES] = 10 * MIB;
	fb_phase(f, NULL, "warm", "drain")->values[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB;
	fb_phase(f, NULL, "drain", "end")->values[PT_METRIC_PEAK_HELD_BYTES] = 60 * MIB;
	fb_row(f, PT_SCOPE_POOL, "malloc", NULL)->values[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB;
	v = fb_row(f, PT_SCOPE_POOL, "msgbuf", NULL)->values;
	v[PT_METRIC_PEAK_HELD_BYTES] = 40 * MIB * scale;
	v[PT_METRIC_BLOWUP] = 1.25;
	v[PT_METRIC_MISSES] = 50;
	v[PT_METRIC_GETS] = 200;
	v = fb_row(f, PT_SCOPE_POOL, "orders", NULL)->values;
	v[PT_METRIC_PEAK_HELD_BYTES] = 10 * MIB * scale;
	v[PT_METRIC_MISSES] = 30;
	v[PT_METRIC_GETS] = 40;
	fb_phase(f, "msgbuf", "start", "warm")->values[PT_METRIC_MISSES] = 48;
	fb_phase(f, "msgbuf", "warm", "drain")->values[PT_METRIC_MISSES] = 2;
	fb_phase(f, "msgbuf", "drain", "end")->values[PT_METRIC_MISSES] = 0;
	fb_row(f, PT_SCOPE_THREAD, NULL, "main")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 1 * MIB;
	fb_row(f, PT_SCOPE_THREAD, NULL, "worker-*")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 3 * MIB * scale;
	fb_row(f, PT_SCOPE_THREAD, NULL, "worker-io-*")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 5 * MIB * scale;
	fb_row(f, PT_SCOPE_CPU, NULL, "0")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 7 * MIB;
	fb_row(f, PT_SCOPE_CPU, NULL, "1")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 2 * MIB;
	jw_site(f, NULL, "parse", 120)[PT_METRIC_HELD_AT_PEAK_BYTES] = 60 * MIB;
	jw_site(f, NULL, "index", 40)[PT_METRIC_HELD_AT_PEAK_BYTES] = 30 * MIB;
	jw_site(f, NULL, "log", 7)[PT_METRIC_HELD_AT_PEAK_BYTES] = 10 * MIB;
	fb_row(f, PT_SCOPE_POOL_THREAD, "msgbuf", "worker-*")->values[PT_METRIC_MISSES] = 45;
	fb_row(f, PT_SCOPE_POOL_THREAD, "orders", "worker-*")->values[PT_METRIC_MISSES] = 30;
	jw_site(f, "msgbuf", "take", 5)[PT_METRIC_MISSES] = 50;
	jw_site(f, "orders", "order", 6)[PT_METRIC_MISSES] = 30;
}

double *jw_values(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name)
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

const struct pt_check_item *jw_judge(const char *items, const struct pt_figures *runs, size_t runs_nr,
					 const struct pt_baseline *baseline)
{
	char path[64], text[2048], error[PT_BUDGET_ERROR_BYTES];
	int fd = memfd_create("budget", MFD_CLOEXEC);

	snprintf(text, sizeof(text), "%s%s", strstr(items, "version:") ? "" : "version: 1\nbudgets:\n", items);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (pt_budgets_read(path, &jw_budgets, error))
		fail_msg("%s", error);
	close(fd);
	assert_int_equal(pt_judge(&jw_budgets, runs, runs_nr, baseline, &jw_check), 0);
	return jw_check.items;
}

void jw_done(void)
{
	pt_check_fini(&jw_check);
	pt_budgets_fini(&jw_budgets);
}

void jw_free(struct pt_figures *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		pt_figures_fini(&runs[i]);
}

void jw_states_are(size_t within, size_t warned, size_t broken, size_t unknown)
{
	const size_t expected[] = { within, warned, broken, unknown };

	for (int i = PT_CHECK_WITHIN; i <= PT_CHECK_UNKNOWN; i++)
		if (jw_check.states[i] != expected[i])
			fail_msg("state %d: %zu, not %zu; first: %s", i, jw_check.states[i], expected[i],
				 jw_check.items_nr ? jw_check.items[0].text : "none");
	assert_int_equal(jw_check.items_nr, within + warned + broken + unknown);
}

void jw_blamed(const struct pt_check_item *it, uint32_t nr, const char *const *functions, const double *values)
{
	assert_int_equal(it->sites_nr, nr);
	for (uint32_t i = 0; i < nr; i++)
		if (strcmp(it->sites[i].function, functions[i]) != 0 || fabs(it->sites[i].value - values[i]) > 1e-6)
			fail_msg("%u: %s %g", i, it->sites[i].text, it->sites[i].value);
}

void jw_baseline(struct pt_baseline *b, const double *scales, size_t nr)
{
	struct pt_figures runs[16] = { 0 };

	for (size_t i = 0; i < nr; i++)
		jw_busy(&runs[i], scales[i]);
	assert_int_equal(pt_baseline_make(runs, nr, b), 0);
	jw_free(runs, nr);
}
