/* SPDX-License-Identifier: MIT */
/* check_items.h - checks and diffs made by hand, static: nothing is to be freed. */
#ifndef PT_CHECK_ITEMS_H
#define PT_CHECK_ITEMS_H

#include "../../analyzer/result/check.h"
#include "../../analyzer/result/diff.h"

/*
 * check_items() - kind: "within", "broken" (one of each state, two programs), "nowarning" (the same without the
 * warning), "unknown", "torn" (two, for one reason), "noise", "one" (a single budget), "empty", or "hostile" (names of any bytes). NULL: no such kind.
 */
const struct pt_check *check_items(const char *kind);

/* check_items_diff() - kind: "grown", "same" or "hostile". NULL: no such kind. */
const struct pt_diff *check_items_diff(const char *kind);

/* What hostile names are made of: markup, workflow commands, escapes, control characters, bytes that are no UTF-8,
 * characters that XML does not have. */
#define HOSTILE "<a href=\"&amp;\">'%25\r\n::error file=x,line=1::no\x1b[31m\x01\x7f\xff\xc3(\xef\xbf\xbe]]>\\\xe2\x82\xac"

#endif
