/* SPDX-License-Identifier: MIT */
/*
 * text_modes.h - the tables of a report in which not every event was recorded. 0 or -PT_ENOMEM.
 */
#ifndef PT_TEXT_MODES_H
#define PT_TEXT_MODES_H

#include "render.h"

/* pt_text_estimates() - what a sample says of malloc: in place of its totals and tables. */
int pt_text_estimates(const struct pt_render *to, const struct pt_report *r);

/* pt_text_counters() - what was counted, for whatever `to->by` asks; nothing where nothing was. */
int pt_text_counters(const struct pt_render *to, const struct pt_report *r);

#endif
