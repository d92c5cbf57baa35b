/* SPDX-License-Identifier: MIT */
/*
 * amount.h - numbers as people write them into budgets: 64 MiB, 200 ms, 1.5, 25%.
 */
#ifndef PT_AMOUNT_H
#define PT_AMOUNT_H

#include "../result/metric.h"

/* pt_amount_read() - NULL and *out in the metric's unit (bytes, ns ...), or what is wrong with it and what to do, static text
 * that goes on behind `"TEXT" `. Nothing that is negative, infinite or no number. */
const char *pt_amount_read(const char *text, enum pt_unit unit, double *out);

/* pt_amount_read_share() - "10%": 0.1. Likewise. */
const char *pt_amount_read_share(const char *text, double *out);

/* pt_amount_is_share() - does it end in a percent sign? */
bool pt_amount_is_share(const char *text);

#endif
