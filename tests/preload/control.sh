#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace control: a process that runs is paused, resumed and asked for a snapshot through its trace.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/lib/running.sh"

runs_on "$T/run" "$PT_PROGS/count_truth" 1 20000000
# all_events: so far; the program does not stop by itself
all_events() { info "$trace" | jq .allocations; }

is "it_pauses" "$(asks pause)" "0 paused"
sleep 0.1 # for events that were under way
first=$(all_events)
sleep 0.4
is "a_paused_process_records_nothing" "$(all_events)" "$first"
is "pausing_twice_is_no_error" "$(asks pause)" "0 paused"
is "it_resumes" "$(asks resume)" "0 resumed"
sleep 0.4
second=$(all_events)
ok "a_resumed_process_records_again" [ "$second" -gt "$first" ]
is "resuming_twice_is_no_error" "$(asks resume)" "0 resumed"
is "a_snapshot_is_taken" "$(asks snapshot)" "0 snapshot 1"
is "it_pauses_again" "$(asks pause)" "0 paused"
info "$trace" >"$T/info.json"
ok "each_pause_and_resume_is_in_the_trace_once" holds "$T/info.json" \
	'[.events_by_kind.pause, .events_by_kind.resume] == [2, 1] and .lost_events == 0 and .corrupt_chunks == 0'
report "$trace" >"$T/report.json"
ok "the_report_says_for_how_long" holds "$T/report.json" '.pauses.count == 2 and .pauses.paused_ns > 400000000'
"$PT_BIN" report "$trace" | tr -s ' \n' ' ' >"$T/report.txt"
ok "and_not_that_the_program_did_it" grep -q 'The recording was paused 2 times, .*control' "$T/report.txt"
ends

POOLTRACE_MODE=counters runs_on "$T/counted" "$PT_PROGS/count_truth" 1 20000000
"$PT_BIN" report "$trace" | tr -s ' \n' ' ' >"$T/report.txt"
ok "of_a_running_program_more_is_to_be_had_now" grep -q "\`pooltrace control $victim full\` now" "$T/report.txt"
ends
"$PT_BIN" report "$trace" | tr -s ' \n' ' ' >"$T/report.txt"
ok "of_one_that_ended_only_next_time" grep -q "record the next run without --counters" "$T/report.txt"

"$PT_BIN" control "$victim" pause 2>"$T/err"
is "a_process_that_is_gone_is_an_error" $? 2
"$PT_BIN" control $$ pause 2>"$T/err"
is "a_process_without_a_trace_is_an_error" "$? $(grep -c 'writes no trace' "$T/err")" "2 1"
"$PT_BIN" control $$ stop 2>"$T/err"
is "another_word_is_an_error" "$? $(grep -c 'none of pause, resume, full' "$T/err")" "2 1"

mkfifo "$T/fifo"
# One that does not allocate: said after the time, and heeded when it does.
env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/still.ptrace" sh -c 'read x <"$1"; :' sh "$T/fifo" &
victim=$!
sleep 0.5
"$PT_BIN" control --wait=1 "$victim" pause >"$T/out" 2>"$T/err"
is "a_process_that_does_not_allocate_is_said_to_do_so_later" "$? $(grep -c 'has not allocated since' "$T/err")" "2 1"
echo >"$T/fifo"
wait "$victim" 2>/dev/null
done_testing
