/* SPDX-License-Identifier: MIT */
/* boot.h - the boot for those who come before the first allocation. */
#ifndef PT_BOOT_H
#define PT_BOOT_H

#include <stdbool.h>

/* pt_boot() - once; false when it is too early (before libc is up) or already under way. errno kept. */
bool pt_boot(void);

#endif
