// SPDX-License-Identifier: MIT
/*
 * fuzz_budget.c - libFuzzer: any bytes, read as a budget file; what is a budget is judged.
 *
 * It starts from the examples of docs/ci.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/budget/judge.h"
#include "../../format/error.h"
#include "fuzz.h"

static void judge(const struct pt_budgets *budgets)
{
	struct pt_figures_row rows[FUZZ_ROWS_MAX];
	struct pt_baseline baseline;
	struct pt_figures f;
	struct pt_check check;
	size_t told = 0;

	fuzz_figures(&f, rows, 1e5, 0);
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
	char error[PT_BUDGET_ERROR_BYTES], path[FUZZ_PATH_BYTES];
	int fd = fuzz_file(data, size, path), rc;
	struct pt_budgets budgets;
	unsigned int line, column;

	rc = pt_budgets_read(path, &budgets, error);
	if (!rc)
		judge(&budgets);
	else if (rc != -PT_EINVAL || sscanf(error, "%u:%u: ", &line, &column) != 2 || strpbrk(error, "\n\r\033"))
		abort();
	pt_budgets_fini(&budgets);
	close(fd);
	return 0;
}
