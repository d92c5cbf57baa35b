// SPDX-License-Identifier: MIT
/* text_rows.c - see text_rows.h. */
#include "text_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct pt_text_row *pt_text_rows_of_threads(const struct pt_report *r)
{
	struct pt_text_row *rows = malloc((r->threads_nr + 1) * sizeof(*rows));

	for (size_t i = 0; rows && i < r->threads_nr; i++) {
		rows[i].tally = &r->threads[i].tally;
		pt_label_thread(r, (uint32_t)i, rows[i].label);
	}
	return rows;
}

struct pt_text_row *pt_text_rows_of_cpus(const struct pt_report *r)
{
	struct pt_text_row *rows = malloc((r->cpus_nr + 1) * sizeof(*rows));

	for (size_t i = 0; rows && i < r->cpus_nr; i++) {
		rows[i].tally = &r->cpus[i].tally;
		snprintf(rows[i].label, sizeof(rows[i].label), "%" PRIu32, r->cpus[i].cpu);
	}
	return rows;
}

int pt_text_by(uint64_t x_first, uint64_t y_first, uint64_t x_second, uint64_t y_second, const void *x, const void *y)
{
	if (x_first != y_first)
		return x_first < y_first ? 1 : -1;
	if (x_second != y_second)
		return x_second < y_second ? 1 : -1;
	return (x > y) - (x < y);
}
