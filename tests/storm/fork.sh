#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 8: forks from a process in which eight threads allocate; --full 10,000 of them.
. "$PT_SRC/tests/lib/tap.sh"
NR=$([ "${STORM_FULL:-0}" = 1 ] && echo 10000 || echo 1000)

begun_s=$(date +%s)
traced "$T/storm" "$PT_PROGS/fork_storm" "$NR" >"$T/pids"
is "${NR}_forks_from_8_allocating_threads_all_end" "$? $(wc -l <"$T/pids")" "0 $NR"
note "$NR forks took $(($(date +%s) - begun_s)) s"
find "$T/storm" -name '*.ptrace' | xargs -n 200 "$PT_BIN" info --json 2>"$T/err" |
	jq -r '(if type == "array" then .[] else . end) | "\(.pid) \(.whole) \(.lost_events) " +
		"\(.anomalies.alloc_of_live + .anomalies.free_of_dead) \(.events_by_kind | "\(.alloc) \(.free)") \(.parent_trace != null)"' >"$T/infos"
is "each_process_left_a_trace_that_can_be_read" "$(wc -l <"$T/infos") $(wc -c <"$T/err")" "$((NR + 1)) 0"
is "all_are_whole_without_loss_or_disorder" "$(grep -vc '^[0-9]* true 0 0 ' "$T/infos")" 0
is "each_child_has_exactly_its_events" "$(awk 'NR == FNR { child[$1] = 1; next }
	$1 in child && $5 == 100 && $6 == 100 { n++ } END { print n + 0 }' "$T/pids" "$T/infos")" "$NR"
note "$(awk 'NR == FNR { child[$1] = 1; next } !($1 in child) { print "the parent: " $5 + $6 " calls" }' "$T/pids" "$T/infos")"
done_testing
