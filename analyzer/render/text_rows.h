/* SPDX-License-Identifier: MIT */
/*
 * text_rows.h - threads and CPUs on their way into a table of the text report.
 */
#ifndef PT_TEXT_ROWS_H
#define PT_TEXT_ROWS_H

#include "../result/label.h"
#include "../result/report.h"

struct pt_text_row {
	const struct pt_tally *tally;
	char label[PT_LABEL_BYTES + 16];
};

/* Each: r->threads_nr or r->cpus_nr rows as they come, malloc'ed. NULL: no memory. */
struct pt_text_row *pt_text_rows_of_threads(const struct pt_report *r);
struct pt_text_row *pt_text_rows_of_cpus(const struct pt_report *r);

/* pt_text_by() - for qsort(): most first by one number, then by another, then as they came. */
int pt_text_by(uint64_t x_first, uint64_t y_first, uint64_t x_second, uint64_t y_second, const void *x, const void *y);

#endif
