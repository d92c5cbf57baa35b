#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 2: ways to end a process. Of 1000 allocations and 998 frees by two threads, and libc's own, all are in the trace.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm exits 2 20 1
PROGRAM=$PT_PROGS/ways_to_die

# the_same WAY: SIZE runs; statuses and counts of traced runs equal those of counted runs
the_same()
{
	: >"$T/counted" && : >"$T/traced"
	for i in $(seq "$SIZE"); do
		counted "$T/sums.$1" "$PROGRAM" "$1" "$PROGRAM" return 2>/dev/null
		echo $? >>"$T/counted"
		traced "$T/die.$1" "$PROGRAM" "$1" "$PROGRAM" return 2>/dev/null
		echo $? >>"$T/traced"
	done
	is "status_of_$1_is_as_untraced" "$(sort -u "$T/traced")" "$(sort -u "$T/counted")"
	infos "$T/die.$1" >"$T/infos"
	got=$(kept_and_lost "$T/infos")
	is "nothing_is_lost_by_$1" "$got" "$(counts "$T/sums.$1") 0 0"
	recorded=$((recorded + $(echo "${got% * *}" | tr ' ' '+')))
	is "and_each_trace_is_whole_after_$1" "$(jq -r 'select(.whole | not) | .pid' "$T/infos" | wc -l) $(wc -c <"$T/info.err")" "0 0"
	calls=$((calls + $(counts "$T/sums.$1" | tr ' ' '+')))
}
ulimit -c 0
calls=0 recorded=0 ways=0
for way in return exit _exit quick_exit abort segv sigkill sigterm exec thread_exit; do
	ways=$((ways + 1))
	the_same $way
done
is "exec_leaves_two_traces" "$(ls "$T/die.exec" | wc -l)" $((2 * SIZE))
storm_over "$ways ways, $SIZE times each" "$calls calls, $recorded recorded"
