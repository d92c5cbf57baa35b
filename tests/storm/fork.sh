#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 8: forks from a process in which eight threads allocate: no hang, every trace valid, each child's calls exact.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm fork 8 10000 200

traced "$T/storm" "$PT_PROGS/fork_storm" "$SIZE" >"$T/pids"
is "${SIZE}_forks_from_8_allocating_threads_all_end" "$? $(wc -l <"$T/pids")" "0 $SIZE"
forked_s=$(($(date +%s) - storm_begun_s))
infos "$T/storm" >"$T/infos"
jq -r '"\(.pid) \(.whole) \(.lost_events) \(.anomalies.alloc_of_live + .anomalies.free_of_dead) \(.allocations) " +
	"\(.frees) \(.parent_trace) \(.trace_id)"' "$T/infos" >"$T/lines"
is "each_process_left_a_trace_that_can_be_read" "$(wc -l <"$T/lines") $(wc -c <"$T/info.err")" "$((SIZE + 1)) 0"
is "all_are_whole_without_loss_or_disorder" "$(grep -vc '^[0-9]* true 0 0 ' "$T/lines")" 0
# Process ids come again after 32,768, and some of the children have the same one.
parent=$(awk 'NR == FNR { child[$1] = 1; next } !($1 in child) { print $8, $5 + $6 }' "$T/pids" "$T/lines")
is "each_child_has_exactly_its_events_and_names_its_parent" "$(awk -v parent="${parent% *}" '
	$5 == 100 && $6 == 100 && $7 == parent { n++ } END { print n + 0 }' "$T/lines")" "$SIZE"
storm_over "$SIZE forks" "$forked_s s to fork, $(wc -l <"$T/lines") valid traces; ${parent#* } calls by the parent meanwhile"
