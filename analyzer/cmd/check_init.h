/* SPDX-License-Identifier: MIT */
/* check_init.h - a first budget file, made from what was measured. */
#ifndef PT_CHECK_INIT_H
#define PT_CHECK_INIT_H

#include <stdio.h>

#include "../result/figures.h"

/*
 * pt_check_init() - writes YAML that holds for these runs, with head-room and with comments that explain it.
 *
 * For each program the process and each annotated pool. 0, -PT_ENOMEM or -PT_EIO (out's error flag is set).
 */
int pt_check_init(const struct pt_figures *runs, size_t runs_nr, FILE *out);

#endif
