#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a program could notice of its snapshots, and must not; and what becomes of them when something is refused.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT
PROGRAM=$PT_PROGS/snapshot_hazards
. "$PT_SRC/tests/preload/snapshot_lib.sh"

env POOLTRACE_OUTPUT="$T/none" "$PROGRAM" hidden >"$T/plain" 2>/dev/null
plain=$?
for mode in call registers; do
	snapped POOLTRACE_SNAPSHOT=$([ $mode = registers ] && echo registers) -- hidden
	is "${mode}_ends_as_untraced" "$status" $plain
	ok "${mode}_says_what_it_says_untraced" diff "$T/plain" "$T/out"
	is "${mode}_was_taken_and_written_to_its_end" "$(said number) $(header)" "1 1 1 0 0 0 0 0 0"
	is "${mode}_was_still_being_written_when_the_program_looked" "$(grep -c alive "$T/err")" 1
	within "${mode}_leaves_no_heap_of_zombies" "$(said zombies)" 0 8
done
snapped -- hidden
is "errno_is_kept" "$(said errno)" 1234
is "descriptors_signals_and_threads_are_unchanged" "$(said surroundings_changed)" 0
is "wait_sees_no_child" "$(said waitpid)" "-1 ECHILD"
is "a_pipe_reaches_its_end_while_the_snapshot_is_written" "$(said pipe_reaches_its_end)" "1 4"
is "so_does_a_socket" "$(said socket_reaches_its_end)" 1
is "a_lock_is_given_back" "$(said lock_is_given_back)" 0
is "handlers_run_in_the_program_alone_and_no_SIGCHLD_comes" "$(said handlers_ran) $(said handlers_ran_after_its_end)" "1 1"
is "exit_handlers_run_once" "$(said exit_handler)" ran
is "buffered_text_is_written_once" "$(grep -c 'buffered text' "$T/out")" 1
snapped POOLTRACE_SNAPSHOT=exit -- hidden
ok "one_at_exit_changes_nothing_either" diff "$T/plain" "$T/out"
ok "and_outlives_the_program" settled
is "and_is_whole" "$(header)" "2 2 0 0 0 0 0 0"

for mode in call registers; do
	snapshots=$([ $mode = call ] && echo 1000 || echo 300)
	snapped POOLTRACE_SNAPSHOT=$([ $mode = registers ] && echo registers) -- load "$snapshots"
	is "${mode}_under_load_ends" "$status $(said settled)" "0 $snapshots"
	is "${mode}_under_load_loses_no_snapshot" "$(said taken) $(header)" "$snapshots $snapshots $snapshots 0 0 0 0 0 0"
	is "${mode}_leaves_no_zombies_under_load" "$(said zombies_beyond_eight)" 0
	ok "${mode}_under_load_loses_no_event" whole "$T/x.ptrace"
	rm -f "$T/x.ptrace"
done
snapped -- many 20
is "more_than_eight_at_once_are_refused_and_counted" \
	"$(said settled) $(said begun) $(said adds_up) $(said refused) $(said taken_are_done)" "1 20 1 1 1"
is "and_for_that_reason" "$(header | awk '{ print $6 == $1 - $2 }')" 1

# The last letter is changed in the program: its command line does not count.
snapped -- canary CANARY-A
secret=$(said secret)
is "there_is_a_secret_and_a_snapshot" "$secret $(header)" "CANARY-B 1 1 0 0 0 0 0 0"
is "the_secret_would_be_found_in_what_the_program_writes" "$(grep -c "$secret" "$T/err")" 1
cp --sparse=always "$T/x.ptrace" "$T/trace"
truncate -s "$(($(du -B 4096 "$T/trace" | cut -f 1) * 4096 + 1048576))" "$T/trace"
is "the_secret_is_not_in_the_trace" "$(LC_ALL=C grep -a -c "$secret" "$T/trace")" 0
is "nor_is_its_beginning" "$(LC_ALL=C grep -a -c CANARY "$T/trace")" 0

# Refused. The program is the same.
snapped -- limits
is "with_room_for_it_a_snapshot_is_done" "$status $(said links) $(header)" "0 100000 1 1 0 0 0 0 0 0"
snapped POOLTRACE_SIZE_LIMIT=700K -- limits
is "beyond_half_of_the_size_limit_it_is_dropped_and_counted" "$status $(said links) $(said settled) $(header)" \
	"0 100000 1 1 0 1 0 0 0 0 0"
snapped POOLTRACE_SIZE_LIMIT=64K -- limits
is "a_full_trace_leaves_the_program_alone" "$status $(said links) $(said settled)" "0 100000 1"
snapped -- memory
is "without_address_space_it_is_dropped_or_done" \
	"$status $(said links) $(said settled) $(header | awk '{ print $1, $2 + $5 }')" "0 100000 1 1 1"
snapped -- nproc
is "without_a_process_for_it_it_is_dropped_and_counted" "$status $(said links) $(said number) $(header)" \
	"0 100000 0 1 0 0 0 1 0 0 0"
snapped -- seccomp
is "one_in_a_sandbox_does_not_kill" "$status $(cat "$T/out")" "0 alive"
is "and_for_that_reason_it_is_dropped_and_counted" "$(header)" "1 0 0 0 0 0 1 0"
mkdir "$T/small"
if mount -t tmpfs -o size=600k pooltrace-test "$T/small" 2>/dev/null; then
	rm -f "$T/x.ptrace"
	env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/small/x.ptrace" "$PROGRAM" limits >"$T/out" 2>"$T/err"
	status=$?
	dd if="$T/small/x.ptrace" of="$T/x.ptrace" bs=4096 count=1 2>/dev/null
	umount "$T/small"
	is "on_a_full_disk_it_is_dropped_and_counted" "$status $(said links) $(said settled) $(header)" \
		"0 100000 1 1 0 0 1 0 0 0 0"
else
	skip "on_a_full_disk_it_is_dropped_and_counted" "mounting a tmpfs is not allowed here"
fi
done_testing
