#!/bin/sh
# SPDX-License-Identifier: MIT
#
# However a program dies, what it had done is in the trace.
. "$PT_SRC/tests/lib/tap.sh"

NR=${KILLS:-200} # ./dev storm kill asks for more
mkdir "$T/kills"
"$PT_PROGS/kill_loop" $NR "$PT_LIB" "$T/kills" "$PT_PROGS/kill_victim" >"$T/killed" 2>"$T/kill.err"
is "${NR}_victims_were_killed_at_random_instants" "$? $(wc -l <"$T/killed")" "0 $NR"
note "$(cat "$T/kill.err")"

# Allocations that libc makes before and for the threads: at most 3 + 2 in this program.
libc=16
unreadable=0 torn=0 short=0 long=0 early=0 events=0
while read -r pid finished begun frees_finished frees_begun; do
	trace=$T/kills/$pid.ptrace
	# Killed before the recorder began: no file, or one that has not even a header.
	if [ ! -e "$trace" ] || [ -z "$(head -c 4096 "$trace" | tr -d '\0')" ]; then
		[ "$finished" = 0 ] || unreadable=$((unreadable + 1))
		early=$((early + 1))
		continue
	fi
	if ! report "$trace" >"$T/report.json" 2>"$T/err" || ! info "$trace" >"$T/info.json" 2>>"$T/err"; then
		unreadable=$((unreadable + 1))
		[ $unreadable -gt 5 ] || note "$pid: $(head -n 1 "$T/err")"
		continue
	fi
	holds "$T/info.json" '.corrupt_chunks == 0 and .lost_events == 0' || torn=$((torn + 1))
	read -r allocations frees <<EOF
$(jq -r '.totals | "\(.allocations) \(.frees)"' "$T/report.json")
EOF
	events=$((events + allocations + frees))
	if [ "$allocations" -lt "$finished" ] || [ "$frees" -lt "$frees_finished" ]; then
		short=$((short + 1))
		[ $short -gt 5 ] || note "$pid: recorded $allocations/$frees, done $finished/$frees_finished"
	fi
	[ "$allocations" -le $((begun + libc)) ] && [ "$frees" -le "$frees_begun" ] || long=$((long + 1))
	rm -f "$trace"
done <"$T/killed"
note "$events events read, $early victims killed before the first"
is "every_killed_trace_is_read" $unreadable 0
is "no_killed_trace_is_torn_or_has_losses" $torn 0
is "every_call_that_had_returned_is_in_the_trace" $short 0
is "no_call_is_in_the_trace_that_had_not_begun" $long 0
within "most_victims_lived_to_record" $early 0 $((NR / 2))
within "and_recorded_a_lot" $events 100000 100000000000

# the_same WAY: status and counts of a traced run equal those of a counted run
the_same()
{
	counted "$T/sums.$1" "$PT_PROGS/ways_to_die" "$1" "$PT_PROGS/ways_to_die" return 2>/dev/null
	counted_status=$?
	traced "$T/die.$1" "$PT_PROGS/ways_to_die" "$1" "$PT_PROGS/ways_to_die" return 2>/dev/null
	is "status_of_$1_is_as_untraced" $? $counted_status
	allocations=0 frees=0
	for trace in "$T/die.$1"/*.ptrace; do
		# shellcheck disable=SC2046
		set -- "$1" $(totals "$trace")
		allocations=$((allocations + ${2:-0}))
		frees=$((frees + ${3:-0}))
	done
	is "nothing_is_lost_by_$1" "$allocations $frees" "$(counts "$T/sums.$1")"
}
ulimit -c 0
for way in return exit _exit quick_exit abort segv sigkill sigterm exec thread_exit; do
	the_same $way
done
is "exec_leaves_two_traces" "$(ls "$T/die.exec" | wc -l)" 2
done_testing
