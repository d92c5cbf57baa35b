/* SPDX-License-Identifier: MIT */
/* rule.h - unwind rules by address, each asked of the unwinder once a process. */
#ifndef PT_RULE_H
#define PT_RULE_H

#include <stdint.h>

#include "unwinder.h"

/* pt_rule_of() - the rule for a return address. Async-signal-safe; nanoseconds when it is known. */
struct pt_rule pt_rule_of(uint64_t return_address, struct pt_scratch *scratch);

/* pt_rules_forget() - code went away: everything remembered is void. */
void pt_rules_forget(void);

/* pt_rules_after_fork() - in a forked child, before its first event. */
void pt_rules_after_fork(void);

#endif
