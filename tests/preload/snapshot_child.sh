#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A snapshot's process: what it must not hold, must not meet its end by, and must not do to the recording.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT
PROGRAM=$PT_PROGS/snapshot_child
. "$PT_SRC/tests/preload/snapshot_lib.sh"

snapped -- withdrawn
if [ "$status" = 77 ]; then
	skip "it_leaves_the_programs_directory_group_and_priority" "real-time priority is not allowed here"
else
	is "it_leaves_the_programs_directory_group_and_priority" "$(said seen) $(said holds_directory_group_or_priority)" "1 0"
	within "and_copies_next_to_nothing_of_what_it_looks_at_KiB" "$(said dirty_kib)" 8 4096
fi
snapped -- sealed
is "what_is_shared_with_files_is_let_go_of_while_it_writes" "$(said sealed) $(said writing)" "1 1"
snapped -- unreadable
is "guards_cut_files_and_PROT_NONE_do_not_kill_it" "$status $(said settled) $(said "done")" "0 1 1"
snapped -- killed
is "when_it_is_killed_the_recorder_counts_it" "$(said begun) $(said "done") $(said lost_for_memory) $(said zombies)" "1 0 1 0"

# Terabytes that nobody touched; and in a program that is not dumpable, whose page tables cannot be read.
snapped -- sparse
is "a_terabyte_of_nothing_is_looked_through" "$(said settled) $(said "done")" "1 1"
within "without_page_tables_for_it_KiB" "$(said page_table_kib)" 0 2048
snapped -- private
if [ "$status" = 77 ]; then
	skip "nor_where_the_program_is_not_dumpable" "changing the user is not allowed here"
else
	is "nor_where_the_program_is_not_dumpable" "$status $(said settled) $(said "done")" "0 1 1"
	within "nor_page_tables_there_KiB" "$(said page_table_kib)" 0 2048
fi

# A sandbox around the program, which the recorder is not told of.
for denied in close_range both; do
	rm -f "$T/x.ptrace"
	SNAPSHOT_DENY=$denied SNAPSHOT_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/x.ptrace timeout 60 "$PROGRAM" descriptors \
		>"$T/out" 2>"$T/err"
	is "without_${denied}_the_programs_descriptors_stay_open" "$? $(said through_the_pipe)" "0 6 abc"
	is "and_the_snapshot_without_${denied}_is_done_or_counted" "$(said "done") $(said lost_for_the_system)" \
		"$([ $denied = both ] && echo 0 1 || echo 1 0)"
done

snapped -- jailed
if [ "$status" = 77 ]; then
	skip "without_proc_it_is_dropped_and_counted" "chroot is not allowed here"
else
	is "without_proc_it_is_dropped_and_counted" "$status $(said settled | tr '\n' ' ')$(said lost_for_the_system)" "0 1 1 2"
fi

# Room in the trace: the program's own events come first.
snapped POOLTRACE_SIZE_LIMIT=4M -- crowded
is "several_at_once_leave_room_for_events" "$(said settled) $(said lost_for_the_limit) $(said stopped)" "1 6 0"
is "and_no_event_is_lost" "$("$PT_BIN" info --json "$T/x.ptrace" | jq '.lost_events')" 0
is "and_what_they_gave_back_is_no_threads_death" "$("$PT_BIN" info --json "$T/x.ptrace" | jq '.unopened_pages')" 0
snapped POOLTRACE_SIZE_LIMIT=4M -- crowded 1
is "one_alone_gives_back_all" "$("$PT_BIN" info --json "$T/x.ptrace" | jq -c '[.returned_pages, .snapshots.bytes, .snapshots.lost.limit]')" \
	"[0,0,1]"

# A forked process: its parent's trace is no memory of the program.
rm -f "$T"/x.ptrace.*
snapped -- forked
is "a_forked_process_has_snapshots_too" "$(said status) $(find "$T" -name 'x.ptrace.*' | wc -l)" "0 1"
is "in_which_its_parents_trace_is_no_memory" "$("$PT_BIN" dump --json --snapshot 1 "$T"/x.ptrace.* |
	jq -c 'select(.kind == "region" and .memory == "anonymous") | select((.start | length) == (.end | length)) | .start[0:6] != .end[0:6]' |
	grep -c true)" 0
env "$PROGRAM" shrunk >"$T/plain" 2>/dev/null
snapped -- shrunk
is "memory_where_the_trace_was_mapped_once_is_there" "$(said there)" 1
ok "and_survives_a_fork" diff "$T/plain" "$T/out"

# As process 1 of a container: with it all others are killed.
rm -f "$T/x.ptrace"
if unshare --pid --fork --mount-proc true 2>/dev/null; then
	LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/all.%p.ptrace POOLTRACE_SNAPSHOT=exit unshare --pid --fork --mount-proc \
		"$PT_PROGS/snapshot_hazards" limits >"$T/out" 2>"$T/err"
	cp --sparse=always "$T/all.1.ptrace" "$T/x.ptrace"
	is "at_the_exit_of_process_1_the_snapshot_is_finished_first" "$(said links) $(header)" "100000 2 2 0 0 0 0 0 0"
else
	skip "at_the_exit_of_process_1_the_snapshot_is_finished_first" "a pid namespace is not allowed here"
fi
done_testing
