#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is recorded changes while the program runs: by the program, and by `pooltrace control`.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/lib/running.sh"
. "$PT_SRC/tests/preload/fault_lib.sh"

is "a_program_switches_itself_under_four_threads" "$(traced "$T/self" timeout 60 "$PT_PROGS/light_truth" switch 40)" switched
trace=$(ls "$T"/self/light_truth.*)
info "$trace" >"$T/info.json"
ok "each_change_is_told_once" holds "$T/info.json" '.events_by_kind.mode == 160 and .lost_events == 0 and .whole'
# What is under way when a thread loses its CPU ends in another mode than it began in: at most one event of a thread a change.
within "only_what_was_under_way_is_out_of_order" "$(jq '.anomalies.alloc_of_live + .anomalies.free_of_dead' "$T/info.json")" 0 64
ok "the_counters_add_up" "$PT_PROGS/count_read" "$trace"

# Threads stopped while a change is told, at each step of one, and in a reallocation.
for way in "tell 41" "between 51" "late 40"; do
	changes=${way#* } way=${way% *}
	timeout 60 env LD_PRELOAD="$FAULTY_LIB" POOLTRACE_OUTPUT="$T/$way.ptrace" "$PT_PROGS/switch_points" "$way" >"$T/out"
	is "threads_stopped_in_a_change_end_well_$way" "$? $(cat "$T/out")" "0 switched"
	info "$T/$way.ptrace" >"$T/info.json"
	ok "and_each_change_is_told_once_$way" holds "$T/info.json" ".events_by_kind.mode == $changes and .lost_events == 0 and .whole"
	is "nobody_sees_two_ways_at_once_$way" "$(jq -c '.anomalies | [.alloc_of_live, .free_of_dead, .free_of_unknown, .explained_by_gaps]' "$T/info.json")" "[0,0,0,0]"
done

# twice N HOW: of a program whose threads leave twice, what libc allocates for it (by what is told and counted); $frees likewise
twice()
{
	rm -f "$T"/twice*.ptrace
	POOLTRACE_MODE=$2 POOLTRACE_SIZE_LIMIT=1G timeout 60 env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/twice.ptrace" \
		"$PT_PROGS/light_edges" twice "$1" "$2" >"$T/out"
	status=$?
	info "$T/twice.ptrace" >"$T/info.json"
	# shellcheck disable=SC2046
	set -- $(grep . "$T/out" || echo 0 0) $(jq '.allocations, .frees' "$T/info.json") $("$PT_PROGS/count_read" "$T/twice.ptrace" | awk '$1 == "total" { print $2, $4 }') 0 0 0 0
	libc=$(($3 + $5 - $1)) frees=$(($4 + $6 - $2))
}
for how in full counters; do
	twice 1 $how
	ours=$libc
	twice 300 $how
	is "threads_that_leave_twice_end_well_$how" $status 0
	is "each_of_their_calls_is_there_once_$how" "$libc $frees" "$ours 0"
	ok "and_none_is_lost_$how" holds "$T/info.json" '.whole and .lost_events == 0 and .corrupt_chunks == 0 and
		.anomalies.alloc_of_live == 0 and .anomalies.free_of_dead == 0'
	rm -f "$T"/twice*.ptrace
done

runs_on "$T/run" "$PT_PROGS/count_truth" 1 40000000
events() { info "$trace" | jq '.allocations + .frees'; }
counted() { "$PT_PROGS/count_read" "$trace" | awk '$1 == "total" { print $2 }'; }

is "it_counts" "$(asks counters)" "0 counts"
sleep 0.1
first=$(events) before=$(counted)
sleep 0.3
is "and_records_nothing" "$(events)" "$first"
ok "but_counts" [ "$(counted)" -gt "$before" ]
is "it_pauses" "$(asks pause)" "0 paused"
sleep 0.1
before=$(counted)
sleep 0.2
is "and_counts_nothing" "$(counted)" "$before"
is "a_change_while_it_is_paused_holds" "$(asks sample=64K)" "0 samples"
is "from_when_it_resumes" "$(asks resume)" "0 resumed"
sleep 0.2
second=$(events)
ok "it_samples" [ "$second" -gt "$first" ]
is "and_counts_no_more" "$(counted)" "$before"
is "the_same_again_is_no_error" "$(asks sample=64K)" "0 samples"
is "another_rate_is_a_change" "$(asks sample=1M)" "0 samples"
is "it_records_all_again" "$(asks full)" "0 records every event"
sleep 0.2
ok "all" [ "$(events)" -gt $((second + 20000)) ]
is "no_rate_is_an_error" "$(asks sample=0)" "2 "
is "nor_too_high_a_rate" "$(asks sample=2G)" "2 "
ends
info "$trace" >"$T/info.json"
ok "each_change_is_in_the_trace" holds "$T/info.json" '.events_by_kind.mode == 4 and .lost_events == 0 and .corrupt_chunks == 0'

runs_on "$T/ring" POOLTRACE_MODE=ring=1M "$PT_PROGS/count_truth" 1 40000000
is "a_flight_recorder_is_not_switched" "$(asks counters) $(grep -c 'flight recorder' "$T/err")" "2  1"
is "but_paused" "$(asks pause)" "0 paused"
ends
"$PT_BIN" record --ring 1M --counters -- true 2>"$T/err"
is "two_modes_are_refused" "$? $(grep -c 'one of them' "$T/err")" "2 1"
"$PT_BIN" record --sample=64K -o "$T/rec.ptrace" -- "$PT_PROGS/hello" >/dev/null 2>&1
is "record_passes_it_on" "$? $(info "$T/rec.ptrace" | jq -r .whole)" "0 true"
done_testing
