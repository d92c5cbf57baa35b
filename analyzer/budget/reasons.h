/* SPDX-License-Identifier: MIT */
/*
 * reasons.h - why something cannot be told, and what there is instead. Each is malloc'ed; NULL: no memory.
 */
#ifndef PT_REASONS_H
#define PT_REASONS_H

#include "../result/check.h"
#include "measure.h"

/* pt_reason_no_match() - `no pool is called "msgbfu"; there are: msgbuf, malloc`, the most alike first. */
char *pt_reason_no_match(const struct pt_budget *b, const struct pt_figures *f);

/* pt_reason_untold() - *reason: a run has no such rows, for its trace says nothing of them; NULL stays: none is so. 0 or
 * -PT_ENOMEM. */
int pt_reason_untold(const struct pt_budget *b, const struct pt_program *p, char **reason);

/* pt_reason_unsure() - it is an estimate, and a limit lies within its margin. */
char *pt_reason_unsure(const struct pt_check_item *item);

/* pt_reason_not_known() - the metric, or the one it is divided by, is null. */
char *pt_reason_not_known(const struct pt_measured *m);

/* pt_reason_no_baseline() - there is none, or this is not in it. given: was a baseline given at all? */
char *pt_reason_no_baseline(const struct pt_measured *m, const struct pt_baseline *given);

/* pt_reason_no_program() - no trace is of such a program. */
char *pt_reason_no_program(const struct pt_budget *b, const struct pt_program *programs, size_t nr);

#endif
