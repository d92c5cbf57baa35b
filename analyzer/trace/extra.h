/* SPDX-License-Identifier: MIT */
/* extra.h - PT_REC_EXT records into events and tables. Inside trace/ only. */
#ifndef PT_EXTRA_H
#define PT_EXTRA_H

#include "merge.h"

/* pt_extra_event() - w->rec is a PT_REC_EXT. 1 and *ev (kind and place are filled in here), 0
 * when it makes no event, -PT_ECORRUPT when its fields make no sense, -PT_ENOMEM. */
int pt_extra_event(struct pt_trace *t, struct pt_writer *w, struct pt_event *ev);

#endif
