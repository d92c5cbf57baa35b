/* SPDX-License-Identifier: MIT */
/* nameless.h - a file without symbols that most memory is allocated in. */
#ifndef PT_NAMELESS_H
#define PT_NAMELESS_H

#include "../result/report.h"

/* pt_nameless_note() - when most of what call sites hold is told by places instead of functions: one note in r->notes, that says
 * whose symbols would help. Call sites have their frames. 0 or -PT_ENOMEM. */
int pt_nameless_note(struct pt_report *r);

#endif
