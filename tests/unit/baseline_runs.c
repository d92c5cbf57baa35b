/* SPDX-License-Identifier: MIT */
/*
 * baseline_runs.c - see baseline_runs.h.
 */
#include "baseline_runs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "figures_builder.h"

void make_runs(struct pt_figures runs[RUNS + 1])
{
	for (int i = 0; i < RUNS; i++) {
		struct pt_figures *f = &runs[i];
		double *v;

		fb_figures(f, "app", "run.ptrace");
		v = fb_row(f, PT_SCOPE_PROCESS, NULL, NULL)->values;
		v[PT_METRIC_PEAK_HELD_BYTES] = 1000000 + 1000 * i;
		v[PT_METRIC_HOARD_BYTE_SECONDS] = 12345678.123456 + i;
		fb_phase(f, NULL, "start", "warm")->values[PT_METRIC_ALLOCATIONS] = 10;
		fb_phase(f, NULL, "warm", "load")->values[PT_METRIC_ALLOCATIONS] = 20;
		fb_phase(f, NULL, "load", "warm")->values[PT_METRIC_ALLOCATIONS] = 30;
		fb_phase(f, NULL, "warm", "load")->values[PT_METRIC_ALLOCATIONS] = 40 + i;
		fb_phase(f, NULL, "load", "end")->values[PT_METRIC_ALLOCATIONS] = 50;
		v = fb_row(f, PT_SCOPE_POOL, "msg\xff\"buf", NULL)->values; /* a name with a byte that is no UTF-8 */
		v[PT_METRIC_MISSES] = 7;
		v[PT_METRIC_BLOWUP] = i ? 1.0 / 3 * i : NAN;
		if (i)
			fb_row(f, PT_SCOPE_THREAD, NULL, "worker-*")->values[PT_METRIC_IDLE_AT_END_BYTES] = 64;
		fb_row(f, PT_SCOPE_CPU, NULL, "3")->values[PT_METRIC_IDLE_AT_END_BYTES] = 64;
		v = fb_site(f, NULL, "take dir/pool.c:12 < ? libx.so < main main.c:7")->values;
		v[PT_METRIC_IN_USE_AT_END_BYTES] = 4096;
		v = fb_site(f, "msg\xff\"buf", "get pool.c:3")->values;
		v[PT_METRIC_MISSES] = 7;
	}
	fb_figures(&runs[RUNS], "child", "child.ptrace");
	fb_row(&runs[RUNS], PT_SCOPE_PROCESS, NULL, NULL)->values[PT_METRIC_PEAK_HELD_BYTES] = 5;
}

void free_runs(struct pt_figures *runs, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		pt_figures_fini(&runs[i]);
}

const struct pt_baseline_row *row_of(const struct pt_baseline_program *p, enum pt_scope scope)
{
	for (size_t i = 0; i < p->rows_nr; i++)
		if (p->rows[i].is.scope == scope)
			return &p->rows[i];
	fail();
	return NULL;
}
