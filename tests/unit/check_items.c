// SPDX-License-Identifier: MIT
/*
 * check_items.c - checks and diffs made by hand.
 */
#include "check_items.h"

#include <math.h>
#include <string.h>

#define NONE     .per = PT_METRIC_NR, .baseline = NAN, .min = NAN
#define NR(list) (sizeof(list) / sizeof((list)[0]))

static struct pt_check_item items[8];
static struct pt_check check;
static char *traces[] = { "run 1.ptrace", "run 2.ptrace" };

static struct pt_check_item within(void)
{
	return (struct pt_check_item){
		NONE, .state = PT_CHECK_WITHIN, .name = "blowup of pool msgbuf", .program = "server", .row = "pool msgbuf",
		.metric = PT_METRIC_BLOWUP, .unit = PT_UNIT_RATIO, .runs = 1, .measured = 1.5, .low = 1.5, .high = 1.5,
		.max = 2.0, .text = "blowup of pool msgbuf is 1.50, at most 2.00 is allowed" };
}

static struct pt_check_item broken(void)
{
	struct pt_check_item item = {
		.state = PT_CHECK_BROKEN, .name = "workers give back", .program = "server", .row = "threads worker-*",
		.line = 7, .column = 5, .metric = PT_METRIC_IN_USE_AT_END_BYTES, .per = PT_METRIC_NR,
		.unit = PT_UNIT_BYTES, .runs = 2, .measured = 3 << 20, .low = 2 << 20, .high = 4 << 20, .max = 1 << 20,
		.min = NAN, .baseline = 524288, .baseline_runs = 10, .blame = PT_METRIC_IN_USE_AT_END_BYTES,
		.sites_nr = 3, .text = "in_use_at_end_bytes of threads worker-* is 3.0 MiB, at most 1.0 MiB is allowed",
		.advice = "free it when the worker ends" };

	item.sites[0] = (struct pt_check_site){ "take_buffer (pool.c:120), called from handle (server.c:40)", "take_buffer",
						"/src/app/build/../src/pool.c", 120, 2 << 20, 1024 };
	item.sites[1] = (struct pt_check_site){ "grow (list.c:7)", "grow", "/usr/include/list, 1:2.c", 7, 512 << 10, 0 };
	item.sites[2] = (struct pt_check_site){ "libz.so.1+0x1234", NULL, NULL, 0, 1024, NAN };
	return item;
}

static struct pt_check_item warned(void)
{
	return (struct pt_check_item){
		NONE, .state = PT_CHECK_WARNED, .name = "misses", .program = "client", .row = "pool msgbuf",
		.metric = PT_METRIC_MISSES, .unit = PT_UNIT_COUNT, .runs = 1, .measured = 12, .low = 12, .high = 12, .max = 0,
		.text = "misses of pool msgbuf are 12, at most 0 is allowed" };
}

static struct pt_check_item unknown(void)
{
	return (struct pt_check_item){
		NONE, .line = 9, .column = 3, .state = PT_CHECK_UNKNOWN, .name = "blowup of pool mgsbuf", .program = "client",
		.row = "pool mgsbuf", .metric = PT_METRIC_BLOWUP, .unit = PT_UNIT_RATIO, .measured = NAN, .low = NAN,
		.high = NAN, .max = 2, .text = "blowup of pool mgsbuf cannot be told",
		.reason = "no such pool; there is: msgbuf" };
}

static struct pt_check_item hostile(enum pt_check_state state)
{
	struct pt_check_item item = broken();

	item.state = state;
	item.name = item.program = item.row = item.text = item.advice = HOSTILE;
	item.reason = state == PT_CHECK_UNKNOWN ? HOSTILE : NULL;
	for (uint32_t i = 0; i < item.sites_nr; i++)
		item.sites[i] = (struct pt_check_site){ HOSTILE, HOSTILE, HOSTILE, i, 1, NAN };
	return item;
}

static void add(struct pt_check_item item)
{
	items[check.items_nr++] = item;
	check.states[item.state]++;
}

const struct pt_check *check_items(const char *kind)
{
	static char bad_path[] = HOSTILE;
	static char *bad_traces[] = { bad_path };

	check = (struct pt_check){ .budget_path = "budget.yml", .baseline_path = "base.json", .traces = traces,
				   .traces_nr = NR(traces), .items = items, .duration_ns = 1500000000 };
	if (!strcmp(kind, "within") || !strcmp(kind, "broken") || !strcmp(kind, "nowarning"))
		add(within());
	if (!strcmp(kind, "one")) {
		add(within());
		check.baseline_path = NULL;
	} else if (!strcmp(kind, "within")) {
		add(within());
		items[1].name = "another";
	} else if (!strcmp(kind, "noise")) {
		add(within());
		items[0].is_noise = true;
		items[0].baseline = 1.4;
		items[0].baseline_runs = 1;
		check.budget_path = NULL;
	} else if (!strcmp(kind, "broken") || !strcmp(kind, "nowarning")) {
		add(broken());
		if (!strcmp(kind, "broken"))
			add(warned());
		add(unknown());
	} else if (!strcmp(kind, "unknown") || !strcmp(kind, "torn")) {
		add(unknown());
		if (!strcmp(kind, "torn"))
			add(unknown());
	} else if (!strcmp(kind, "hostile")) {
		for (int s = 0; s <= PT_CHECK_UNKNOWN; s++)
			add(hostile((enum pt_check_state)s));
		check.budget_path = check.baseline_path = bad_path;
		check.traces = bad_traces;
		check.traces_nr = 1;
	} else if (strcmp(kind, "empty") != 0) {
		return NULL;
	}
	return &check;
}

const struct pt_diff *check_items_diff(const char *kind)
{
	static struct pt_diff_change changes[] = {
		{ PT_SCOPE_PROCESS, "process", PT_METRIC_PEAK_HELD_BYTES, 10 << 20, 74 << 20, false, false, 2 },
		{ PT_SCOPE_POOL, "pool msgbuf", PT_METRIC_IDLE_AT_END_BYTES, 1 << 20, 64 << 20, false, false, 9 },
		{ PT_SCOPE_POOL, "pool msgbuf", PT_METRIC_MISSES, 100, 90, false, false, 1 },
		{ PT_SCOPE_SITE, "grow (list.c:7)", PT_METRIC_IN_USE_AT_END_BYTES, 0, 4096, false, true, 3 },
		{ PT_SCOPE_SITE, "shrink (list.c:9)", PT_METRIC_IN_USE_AT_END_BYTES, 4096, 0, true, false, 0.5 },
		{ PT_SCOPE_POOL_SITE, "put (pool.c:3) of pool msgbuf", PT_METRIC_GRAPH_RETAINED_BYTES, NAN, 4096, false, false, 0 },
	};
	static struct pt_diff_change bad[] = {
		{ PT_SCOPE_SITE, HOSTILE, PT_METRIC_IN_USE_AT_END_BYTES, 0, INFINITY, false, true, 1 },
	};
	static struct pt_diff diff;

	diff = (struct pt_diff){ "a.ptrace", "b.ptrace", "server", "server", changes, NR(changes), 5, 3, 40, 1, 2 };
	if (!strcmp(kind, "same"))
		diff.changes_nr = diff.hidden_nr = diff.unsure_nr = diff.sites_only_before = diff.sites_only_after = 0;
	else if (!strcmp(kind, "hostile"))
		diff = (struct pt_diff){ HOSTILE, HOSTILE, HOSTILE, NULL, bad, NR(bad), 0, 0, 0, 0, 1 };
	else if (strcmp(kind, "grown") != 0)
		return NULL;
	return &diff;
}
