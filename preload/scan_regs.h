/* SPDX-License-Identifier: MIT */
/* scan_regs.h - the registers in a signal's frame. In the snapshot's child only (scan.h). */
#ifndef PT_SCAN_REGS_H
#define PT_SCAN_REGS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * pt_scan_registers() - tell(arg, number, word) for each 8 bytes of them, until it returns false.
 *
 * context: a ucontext_t. number: DWARF's for x86-64; that of an xmm register stands for all words of the
 * ymm or zmm register which it is the beginning of. Returns what the last call did.
 */
bool pt_scan_registers(const void *context, bool (*tell)(void *arg, uint32_t number, uint64_t word), void *arg);

#endif
