/* SPDX-License-Identifier: MIT */
/*
 * blame.h - whose line it is: the call sites that contribute most to a number that is over.
 */
#ifndef PT_BLAME_H
#define PT_BLAME_H

#include "../result/check.h"
#include "measure.h"

/*
 * pt_blame() - fills item->blame and item->sites: in the run that the median is of, against a baseline those that grew
 * most, without one (or when none grew) those that have most.
 *
 * Sites that read alike (same line, called from the same line) are one. 0 or -PT_ENOMEM.
 */
int pt_blame(const struct pt_measured *m, struct pt_check_item *item);

#endif
