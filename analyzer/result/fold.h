/* SPDX-License-Identifier: MIT */
/*
 * fold.h - call sites that a digest shows alike: the same line, called from the same lines.
 *
 * A whole stack is too fine for a digest: one line of code that is reached in a hundred ways
 * would be a hundred rows that read the same.
 */
#ifndef PT_FOLD_H
#define PT_FOLD_H

#include "report.h"

#define PT_FOLD_CALLERS 3u /* behind the frame that names the site */

/*
 * pt_sites_fold() - sites[] of `r` with those that read alike added up.
 *
 * out: one site for each group, in the order of the first of each; frames are borrowed from `r`,
 *      so free() the array and nothing else. No ages. Sites without frames stay as they are.
 *
 * 0 or -PT_ENOMEM.
 */
int pt_sites_fold(const struct pt_report *r, struct pt_report_site **out, size_t *out_nr);

/* pt_sites_same_line() - are two sites named by the same line and called from the same line?
 * Both must have frames. */
bool pt_sites_same_line(const struct pt_report_site *a, const struct pt_report_site *b);

/* pt_sites_compare_shown() - an order in which sites that a digest shows alike are equal. Those
 * without frames come last and are equal to nothing but themselves. */
int pt_sites_compare_shown(const struct pt_report_site *a, const struct pt_report_site *b);

#endif
