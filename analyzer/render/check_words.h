/* SPDX-License-Identifier: MIT */
/*
 * check_words.h - the words that all formats of a check share.
 *
 * Each that returns char * returns malloc'ed text, or NULL without memory.
 */
#ifndef PT_CHECK_WORDS_H
#define PT_CHECK_WORDS_H

#include "../result/check.h"

/* pt_check_state_name() - "within", "warning", "broken", "unknown". */
const char *pt_check_state_name(enum pt_check_state state);

/* pt_unit_name() - "bytes", "count", "ns", "ratio", "byte-seconds". */
const char *pt_unit_name(enum pt_unit unit);

/* pt_check_verdict() - "2 of 12 budgets are broken; 1 cannot be told". */
char *pt_check_verdict(const struct pt_check *c);

/* pt_check_title() - what it is called: the budget's name; of a default budget, which is about many things, whose
 * number this one is. */
char *pt_check_title(const struct pt_check_item *item);

/* pt_check_sentence() - what is said of an item: its text, and why it cannot be told. */
char *pt_check_sentence(const struct pt_check_item *item);

/* pt_check_site_share() - "2.1 MiB", "2.1 MiB more than the 300 KiB of the baseline". */
char *pt_check_site_share(const struct pt_check_item *item, const struct pt_check_site *site);

/* pt_check_site_words() - "take_buffer (pool.c:120), called from handle (server.c:40): 2.1 MiB". */
char *pt_check_site_words(const struct pt_check_item *item, const struct pt_check_site *site);

/* pt_check_details() - the sites, a line each, and what to do: all that comes after the sentence; may be "". */
char *pt_check_details(const struct pt_check_item *item);

/* pt_check_allowed() - for a table: "1.0 MiB" at most, "1 to 5", "at least 3"; "-" without a limit. */
char *pt_check_allowed(const struct pt_check_item *item);

/*
 * pt_check_path() - a source file as it is called in the tree that is being checked.
 *
 * A file below `folder` (absolute; may be NULL) is named from there; "." and ".." are worked out by name alone. A
 * relative name loses "../" at its front, which is the way from a build folder into the tree. Else it stays absolute.
 */
char *pt_check_path(const char *folder, const char *file);

#endif
