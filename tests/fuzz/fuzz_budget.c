// SPDX-License-Identifier: MIT
/*
 * fuzz_budget.c - libFuzzer: any bytes, read as a budget file; what is a budget is judged.
 *
 * Built and run for some seconds by fuzz.sh, which starts from the examples of docs/ci.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../analyzer/budget/judge.h"
#include "../../format/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A row of each scope, so that a pattern may match or not. */
static void figure(struct pt_figures *f, struct pt_figures_row rows[PT_SCOPE_NR])
{
	static struct pt_figure_frame frames[] = { { "take", "/src/pool.c", 7 }, { "main", "main.c", 9 } };

	for (int scope = 0; scope < PT_SCOPE_NR; scope++) {
		struct pt_figures_row *row = &rows[scope];
		bool site = scope == PT_SCOPE_SITE || scope == PT_SCOPE_POOL_SITE;

		*row = (struct pt_figures_row){ .scope = (enum pt_scope)scope, .frames = site ? frames : NULL,
						.frames_nr = site ? 2 : 0 };
		if (scope == PT_SCOPE_POOL || scope >= PT_SCOPE_POOL_THREAD)
			row->pool = "msgbuf";
		if (scope >= PT_SCOPE_THREAD)
			row->name = site ? "take (pool.c) < main (main.c)" : scope == PT_SCOPE_CPU ? "3" : "worker-*";
		for (int i = 0; i < PT_METRIC_NR; i++)
			row->values[i] = pt_metrics[i].scopes & PT_SCOPE_BIT(scope) ? i * 1e5 : NAN;
	}
	*f = (struct pt_figures){ .program = "app", .trace = "app.ptrace", .rows = rows, .rows_nr = PT_SCOPE_NR };
}

static void judge(const struct pt_budgets *budgets)
{
	struct pt_figures_row rows[PT_SCOPE_NR];
	struct pt_baseline baseline;
	struct pt_figures f;
	struct pt_check check;
	size_t told = 0;

	figure(&f, rows);
	if (pt_baseline_make(&f, 1, &baseline) || pt_judge(budgets, &f, 1, &baseline, &check))
		abort();
	for (size_t i = 0; i < check.items_nr; i++) {
		const struct pt_check_item *item = &check.items[i];

		if (!item->text || (item->state == PT_CHECK_UNKNOWN) != (item->reason != NULL))
			abort();
		told += check.states[item->state] > 0;
	}
	if (told != check.items_nr)
		abort();
	pt_check_fini(&check);
	pt_baseline_fini(&baseline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), rc;
	char error[PT_BUDGET_ERROR_BYTES], path[64];
	struct pt_budgets budgets;
	unsigned int line, column;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = pt_budgets_read(path, &budgets, error);
	if (!rc)
		judge(&budgets);
	else if (rc != -PT_EINVAL || sscanf(error, "%u:%u: ", &line, &column) != 2 || strpbrk(error, "\n\r\033"))
		abort();
	pt_budgets_fini(&budgets);
	close(fd);
	return 0;
}
