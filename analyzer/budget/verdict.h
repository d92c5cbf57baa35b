/* SPDX-License-Identifier: MIT */
/*
 * verdict.h - an item's limits, its state and the sentences about it.
 */
#ifndef PT_VERDICT_H
#define PT_VERDICT_H

#include "../result/check.h"
#include "measure.h"

/*
 * pt_verdict() - limits and state of an item whose numbers are in: WITHIN, WARNED, BROKEN, or UNKNOWN without a reason yet: its
 * baseline is missing, or is_unsure.
 *
 * comparisons: with a baseline, in the whole check.
 */
void pt_verdict(struct pt_check_item *item, const struct pt_measured *m, uint32_t comparisons);

/* pt_verdict_text() - text and advice of an item whose state, reason and sites are known. 0 or -PT_ENOMEM. */
int pt_verdict_text(struct pt_check_item *item, const struct pt_measured *m);

#endif
