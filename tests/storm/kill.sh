#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 1: SIGKILL at random instants. Every call that had returned is in the trace, none that had not begun, nothing is torn.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm kill 1 1000 200

mkdir "$T/kills"
"$PT_PROGS/kill_loop" "$SIZE" "$PT_LIB" "$T/kills" "$PT_PROGS/kill_victim" >"$T/killed" 2>"$T/kill.err"
is "${SIZE}_victims_were_killed_at_random_instants" "$? $(wc -l <"$T/killed")" "0 $SIZE"
note "$(cat "$T/kill.err")"

# Killed before the recorder began: no file, or one that has not even a header.
while read -r pid finished rest; do
	trace=$T/kills/$pid.ptrace
	[ ! -e "$trace" ] || [ -z "$(head -c 4096 "$trace" | tr -d '\0')" ] || continue
	rm -f "$trace"
	echo "$pid $finished"
done <"$T/killed" >"$T/early"
early=$(wc -l <"$T/early")
is "who_left_no_trace_had_done_nothing" "$(awk '$2' "$T/early" | wc -l)" 0

infos "$T/kills" >"$T/infos"
is "every_killed_trace_is_read" "$(wc -l <"$T/infos") $(wc -c <"$T/info.err")" "$((SIZE - early)) 0"
torn=$(jq -r 'select(.corrupt_chunks + .missing_chunks + .lost_events + .anomalies.alloc_of_live +
	.anomalies.free_of_dead > 0 or .truncated) | .pid' "$T/infos" | wc -l)
is "none_is_torn_has_losses_or_disorder" "$torn" 0
# Allocations that libc makes before and for the threads: at most 3 + 2 in this program.
jq -r '"\(.pid) \(.allocations) \(.frees)"' "$T/infos" | awk -v libc=16 '
	NR == FNR { done[$1] = $2; begun[$1] = $3; frees_done[$1] = $4; frees_begun[$1] = $5; next }
	{ events += $2 + $3 }
	$2 < done[$1] || $3 < frees_done[$1] { short++ }
	$2 > begun[$1] + libc || $3 > frees_begun[$1] { long++ }
	END { print events + 0, short + 0, long + 0 }' "$T/killed" - >"$T/judged"
read -r events short long <"$T/judged"
is "every_call_that_had_returned_is_in_the_trace" "$short" 0
is "no_call_is_in_the_trace_that_had_not_begun" "$long" 0
within "most_victims_lived_to_record" "$early" 0 $((SIZE / 2))
within "and_recorded_a_lot" "$events" $((SIZE * 500)) 100000000000
# Not only what was counted: a report can be made of each.
broken=0
for trace in $(ls "$T/kills"/*.ptrace | awk 'NR % 20 == 1'); do
	report "$trace" >"$T/report.json" && holds "$T/report.json" '(.totals.allocations | type == "number") and .totals.frees <= .totals.allocations' ||
		broken=$((broken + 1))
done
is "and_a_report_is_made_of_it" "$broken" 0
storm_over "$SIZE kills" "$events events read; $torn torn, $short short of a call that had returned, $long with one that had not begun; $early died before the recorder began"
