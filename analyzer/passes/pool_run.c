// SPDX-License-Identifier: MIT
/*
 * pool_run.c - hands each change of an annotated pool to every pass, and lets them finish.
 */
#include "pool_run.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "pool_make.h"

static int hand_out(void *arg, const struct pt_pool_change *c)
{
	struct pt_pool_run *run = arg;
	int r = 0;

	for (size_t i = 0; pt_pool_passes[i] && !r; i++)
		r = pt_pool_passes[i]->change(run->states[i], c);
	return r;
}

int pt_pool_run_init(struct pt_pool_run *run, const struct pt_pool_limits *limits)
{
	static const struct pt_pool_limits defaults = PT_POOL_LIMITS_DEFAULT;
	int r = 0;

	memset(run, 0, sizeof(*run));
	run->limits = limits ? *limits : defaults;
	run->pools = pt_pools_open(hand_out, run);
	if (!run->pools)
		return -PT_ENOMEM;
	for (size_t i = 0; pt_pool_passes[i] && !r; i++) {
		run->states[i] = calloc(1, pt_pool_passes[i]->state_size);
		if (!run->states[i] || i + 1 == PT_POOL_PASSES_MAX)
			r = -PT_ENOMEM;
		else if (pt_pool_passes[i]->start)
			pt_pool_passes[i]->start(run->states[i], run->pools, &run->limits);
	}
	if (r)
		pt_pool_run_fini(run);
	return r;
}

void pt_pool_run_fini(struct pt_pool_run *run)
{
	for (size_t i = 0; pt_pool_passes[i]; i++) {
		if (run->states[i] && pt_pool_passes[i]->fini)
			pt_pool_passes[i]->fini(run->states[i]);
		free(run->states[i]);
	}
	pt_pools_close(run->pools);
	memset(run, 0, sizeof(*run));
}

int pt_pool_run_finish(struct pt_pool_run *run, const struct pt_trace *t, uint64_t end_ns,
		       struct pt_report *out)
{
	struct pt_pool_finish f = {
		.trace = t, .pools = run->pools, .limits = &run->limits, .report = out, .end_ns = end_ns
	};
	int r;

	if (!pt_pools_any(run->pools))
		return 0;
	r = pt_pools_finish(run->pools, end_ns);
	if (!r)
		r = pt_pool_make(run->pools, out);
	if (r)
		return r;
	f.rows = out->pools + (out->pools_nr - pt_pools_nr(run->pools));
	for (size_t i = 0; pt_pool_passes[i] && !r; i++)
		r = pt_pool_passes[i]->finish(run->states[i], &f);
	return r;
}
