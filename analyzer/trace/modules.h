/* SPDX-License-Identifier: MIT */
/* modules.h - which module an address belongs to, as modules come and go. Inside trace/ only. */
#ifndef PT_MODULES_H
#define PT_MODULES_H

#include "tables.h"

/* pt_modules_find() - the module that is mapped at `ip` now, or PT_MODULE_NONE. */
uint32_t pt_modules_find(const struct pt_trace *t, const struct pt_tables *tab, uint64_t ip);
void pt_modules_fini(struct pt_trace *t, struct pt_tables *tab);

#endif
