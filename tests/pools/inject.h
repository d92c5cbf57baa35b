/* SPDX-License-Identifier: MIT */
/*
 * inject.h - defects that tests switch on, one at a time: what a careless change would do to the pools.
 *
 * A new one is a row here and an `if (INJECTED(NAME))` where the change would be made. The line that is to be blamed for
 * it carries the comment `inject: name`; tests/pools/regressions.sh looks for that.
 */
#ifndef TESTS_INJECT_H
#define TESTS_INJECT_H

#define INJECT_ROWS(row)                                                         \
	row(NOTHING, "nothing", "as it should be")                               \
	row(CAP_REMOVED, "cap-removed", "quotes: no bound on what a processor keeps")  \
	row(CAP_TOO_SMALL, "cap-too-small", "quotes: only one buffer is kept")   \
	row(PUT_ELSEWHERE, "put-elsewhere", "orders: put on any processor's shard") \
	row(STEAL_DISABLED, "steal-disabled", "fills: a get looks into its own shard alone") \
	row(CLEAR_REMOVED, "clear-removed", "messages: put with all they point at") \
	row(PURGE_TOO_OFTEN, "purge-too-often", "orders: a collection in every round") \
	row(BORROW_LEAK, "borrow-leak", "fills: a way out that does not put back") \
	row(DOUBLE_PUT, "double-put", "fills: put twice")                        \
	row(STAYS_LARGE, "stays-large", "scratch: buffers that grew are put as they are") \
	row(CACHE_PER_THREAD, "cache-per-thread", "scratch: a pool for each worker, not one for all") \
	row(PREWARMED, "prewarmed", "fills: far more than needed is made in advance") \
	row(NEVER_TRIMMED, "never-trimmed", "a list that only grows")            \
	row(LOST_POINTER, "lost-pointer", "memory that nothing points at")       \
	row(HOT_LOOP, "hot-loop", "malloc and free for each message")            \
	row(LARGE_RECORDS, "large-records", "records of 32 KiB instead of 2")    \
	row(THREAD_HOARD, "thread-hoard", "four megabytes that are used once and stay in the allocator")

#define INJECT_MEMBER(member, name, what) INJECT_##member,
enum inject { INJECT_ROWS(INJECT_MEMBER) INJECT_NR };
#undef INJECT_MEMBER

/* Set before threads are; nothing but the exchange's --inject changes it. */
extern enum inject inject;
#define INJECTED(member) (inject == INJECT_##member)

struct inject_row {
	const char *name, *what;
};
extern const struct inject_row inject_table[INJECT_NR];

#endif
