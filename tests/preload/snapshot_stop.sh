#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Snapshots among threads and signals that are in the way of standing still.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT
PROGRAM=$PT_PROGS/snapshot_stop
. "$PT_SRC/tests/preload/snapshot_lib.sh"

for how in mark registers; do
	snapped POOLTRACE_SNAPSHOT=$how -- small
	is "${how}_on_a_small_signal_stack" "$status $(said alive) $(said "done")" "0 1 20"
	snapped POOLTRACE_SNAPSHOT=$how -- jumping
	is "${how}_jumped_out_of_leave_the_threads_running" "$status $(said jumped) $(said threads_go_on)" "0 1 1"
	is "${how}_jumped_out_of_are_not_the_last" "$(said one_more)" 1
	snapped POOLTRACE_SNAPSHOT=$how -- borrowed
	is "${how}_in_a_child_of_vfork_is_none" "$(said vfork_status) $(said number_in_it) $(said begun) $(said "done")" "3 0 1 1"
	snapped POOLTRACE_SNAPSHOT=$how -- crowd
	is "${how}_with_1300_threads" "$status $(said "done")" "0 5"
	within "${how}_with_1300_threads_stalls_ms" "$(said longest_ms)" 0 1000
done
snapped POOLTRACE_SNAPSHOT=registers -- sigwaiting
is "who_waits_for_all_signals_is_sent_none" "$status $(said unexpected_signals)" "0 0"
snapped POOLTRACE_SNAPSHOT=registers -- headless
is "when_the_first_thread_is_gone_snapshots_are_done" "$status $(said "done")" "0 10"
within "and_nobody_waits_for_it_ms" "$(said longest_ms)" 0 80
is "nor_is_it_told" "$("$PT_BIN" dump --json --snapshot 10 "$T/x.ptrace" | jq -s '[.[] | select(.kind == "thread")] | length')" 1
snapped POOLTRACE_SNAPSHOT=registers -- breeding
is "among_threads_that_come_and_go_snapshots_are_done" "$status $(said "done")" "0 30"
within "among_threads_that_come_and_go_they_stall_ms" "$(said longest_ms)" 0 400

snapped POOLTRACE_SNAPSHOT=registers -- vectors
if [ "$status" = 77 ]; then
	skip "vector_registers_are_told_whole" "the processor has no AVX2"
else
	for register in ymm7:24 zmm29:80; do
		value=$(said ${register%:*})
		[ "$value" = "(nil)" ] ||
			is "${register%:*}_is_told_beyond_its_first_half" \
				"$("$PT_BIN" dump --snapshot 1 "$T/x.ptrace" | grep -c "number=${register#*:} value=$value\$")" 1
	done
fi

# `pooltrace snapshot` uses the signal only while there is a handler for it.
rm -f "$T/x.ptrace"
LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/x.ptrace POOLTRACE_SNAPSHOT=signal=USR2 "$PROGRAM" unused >"$T/out" 2>"$T/err" &
pid=$!
until grep -q ready "$T/out"; do sleep 0.05; done
"$PT_BIN" snapshot --wait 1 $pid >/dev/null 2>"$T/said"
wait $pid
is "a_program_that_has_taken_the_signal_back_is_not_sent_it" "$? $(said alive) $(grep -c 'has not allocated since' "$T/said")" "0 1 1"
done_testing
