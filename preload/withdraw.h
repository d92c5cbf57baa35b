/* SPDX-License-Identifier: MIT */
/*
 * withdraw.h - the snapshot's child lets go of all that it has in common with the program.
 *
 * In the child only, before anything else (scan.h).
 */
#ifndef PT_WITHDRAW_H
#define PT_WITHDRAW_H

#include <stdbool.h>

/* pt_withdraw() - False: the table of descriptors is still the program's; then no descriptor may be opened or
 * closed. */
bool pt_withdraw(void);

#endif
