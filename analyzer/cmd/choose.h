/* SPDX-License-Identifier: MIT */
/*
 * choose.h - the pools that --pool asks for.
 */
#ifndef PT_CHOOSE_H
#define PT_CHOOSE_H

#include "../result/report.h"

/*
 * pt_choose_pools() - leaves only the pools of that name, or else those that match it as a
 * pattern of fnmatch(3).
 *
 * Returns PT_EXIT_OK; when there is none complains, names those there are, PT_EXIT_ERROR.
 */
int pt_choose_pools(struct pt_report *r, const char *path, const char *wanted);

#endif
