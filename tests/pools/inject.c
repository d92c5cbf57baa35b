// SPDX-License-Identifier: MIT
/* inject.c - the table of defects. */
#include "inject.h"

enum inject inject = INJECT_NOTHING;

#define INJECT_LISTED(member, name, what) { name, what },
const struct inject_row inject_table[INJECT_NR] = { INJECT_ROWS(INJECT_LISTED) };
