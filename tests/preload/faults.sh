#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The nth system call that the recorder makes fails, n = 1, 2, ...: the program does not notice, and what is
# not recorded is counted. ./dev storms faults goes through every kind of call and n up to 200.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/preload/fault_lib.sh"
FAULTY=$PT_PROGS/faulty

# Is the truth that sweeps are held against one?
counted "$T/sums" "$FAULTY" one >/dev/null
traced "$T/one" "$FAULTY" one >/dev/null
is "unfaulted_all_is_recorded" "$(totals "$(the_trace "$T/one")")" "$(counts "$T/sums") 0"
POOLTRACE_FAULT=mmap:one:ENOMEM LD_PRELOAD=$FAULTY_LIB POOLTRACE_OUTPUT=$T/no "$FAULTY" one >/dev/null 2>"$T/err"
is "a_fault_that_is_not_understood_is_no_test" "$? $(grep -c 'not understood' "$T/err")" "99 1"

swept one 1 200 "any:EPERM any+:EPERM mmap:ENOMEM mmap+:ENOMEM madvise:EAGAIN madvise+:EINVAL" "$FAULTY" one
swept threads 1 60 "any:EPERM" "$FAULTY" threads
swept forks 1 200 "any:EPERM" "$FAULTY" forks
swept code 1 100 "any:EPERM" "$FAULTY" code "$PT_PROGS/libplugin.so"
# A mapping that cannot be unmapped stays: that one call is not asked for under a limit of the address space.
swept limits 1 200 "madvise:EPERM mmap+:ENOMEM open:EMFILE ftruncate+:EFBIG" "$FAULTY" limits
export POOLTRACE_SNAPSHOT=exit,every=1ms
swept snapshots 1 60 "any:EPERM" "$FAULTY" one
unset POOLTRACE_SNAPSHOT
SWEPT_LOOSE=1 swept shell 1 200 "any:EPERM" sh -c 'x=$(echo a b c | tr a-c A-C); echo "$x"; exit 7'
note "$swept_runs runs, in $swept_failed of them a call failed"
done_testing
