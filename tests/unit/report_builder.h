/* SPDX-License-Identifier: MIT */
/*
 * report_builder.h - reports made by hand, for tests of what reads them.
 *
 * Aborts when it runs out of memory. Free with pt_report_fini().
 */
#ifndef PT_REPORT_BUILDER_H
#define PT_REPORT_BUILDER_H

#include "analyzer/result/report.h"

#define RB_MIB	  (1024ull * 1024)
#define RB_SECOND 1000000000ull

/* rb_text() - a copy that lives as long as the process, for frames; NULL of NULL. */
const char *rb_text(const char *text);

/* rb_quiet() - a program of `threads_nr` threads in which nothing is wrong: 10 s, 10 MiB at the
 * peak. */
void rb_quiet(struct pt_report *r, size_t threads_nr);

/* rb_idle() - thread `i` holds `bytes` more idle at the end, all of it for `age_us`. Totals follow.
 */
void rb_idle(struct pt_report *r, size_t i, uint64_t bytes, uint64_t age_us);

/* rb_site() - one more site; a frame in `file` line `line` called by main() (main.c:10), below
 * operator new. Returns its index. */
uint32_t rb_site(struct pt_report *r, const char *function, const char *file, uint32_t line,
		 uint64_t idle_bytes, uint64_t in_use_bytes);

void rb_cell(struct pt_report_matrix *m, uint32_t from, uint32_t to, uint64_t objects,
	     uint64_t bytes);

/* rb_hoard() - the whole story: "hoarder" holds 64 MiB from parse_message(), "producer" and
 * "consumer" pass 1 GiB, "starved" misses what the hoarder holds. */
void rb_hoard(struct pt_report *r);

#endif
