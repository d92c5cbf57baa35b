#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The small version of ./dev false-alarms: free-running threads, ten runs without a change and one with a leak.
. "$PT_SRC/tests/lib/tap.sh"

if sh "$PT_SRC/tests/bench/false_alarms.sh" marketdata 10 "$T/runs" >"$T/table" 2>"$T/error"; then
	note "$(cat "$T/table")"
else
	note "$(head -n 3 "$T/error")"
fi
of() { sed -n "s/^pooltrace check.*settings *\\([0-9]*\\) of \\([0-9]*\\) *\\([0-9]*\\) of \\([0-9]*\\)\$/\\$1/p" "$T/table"; }
within "of_ten_runs_that_did_not_change_at_most_one_is_a_false_alarm" "$(of 1)" 0 1
is "and_a_leak_of_a_tenth_of_the_memory_is_told" "$(of 3) $(of 4)" "1 1"
done_testing
