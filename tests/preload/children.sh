#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every process has its own trace; a forked child names its parent.
. "$PT_SRC/tests/lib/tap.sh"

trace_of() { ls "$1"/*."$2".*.ptrace 2>/dev/null; }

for how in fork fork+exec vfork+exec posix_spawn; do
	dir=$T/$how
	pid=$(traced "$dir" "$PT_PROGS/spawn" $how "$PT_PROGS/hello" | grep -v hello)
	want=2
	[ $how = fork+exec ] && want=3 # the forked child allocates before it becomes another program
	is "${how}_leaves_a_trace_a_process" "$(ls "$dir" | wc -l)" $want
	broken=0
	for trace in "$dir"/*.ptrace; do
		whole "$trace" || broken=$((broken + 1))
	done
	is "${how}_leaves_whole_traces" $broken 0
	parent=$(for trace in "$dir"/spawn.*.ptrace; do
		case $trace in *."$pid".*) ;; *) echo "$trace" ;; esac
	done)
	is "${how}_keeps_the_parents_events" "$(totals "$parent" | cut -d' ' -f1,3)" "100 0"
	case $how in
	*exec | posix_spawn)
		is "${how}_records_the_new_program" "$(totals "$dir/hello.$pid."*.ptrace)" "10 10 0"
		;;
	esac
	case $how in
	fork*)
		child=$(ls "$dir"/spawn."$pid".*.ptrace)
		is "${how}_records_the_child" "$(totals "$child")" "10 10 0"
		id=$(info "$parent" | jq -r .trace_id)
		is "${how}_child_names_its_parent" "$(info "$child" | jq -r .parent_trace)" "${id:-unknown}"
		;;
	esac
done

(export POOLTRACE_CHILDREN=0 && traced "$T/alone" "$PT_PROGS/spawn" fork "$PT_PROGS/hello") >"$T/pid"
is "with_POOLTRACE_CHILDREN=0_a_forked_child_is_not_recorded" "$(trace_of "$T/alone" "$(cat "$T/pid")")" ""

# A list of program names: only these are recorded.
POOLTRACE_CHILDREN='other,hel*' traced "$T/named" "$PT_PROGS/spawn" fork+exec "$PT_PROGS/hello" >/dev/null
is "with_POOLTRACE_CHILDREN=NAMES_only_these_programs_are_recorded" \
	"$(ls "$T/named" | sed 's/\..*//' | tr '\n' ' ')" "hello "

traced "$T/storm" "$PT_PROGS/fork_storm" 200 >"$T/pids"
is "200_forks_from_8_allocating_threads_all_end" "$? $(wc -l <"$T/pids")" "0 200"
bad=0 unnamed=0
parent=$(for trace in "$T/storm"/*.ptrace; do
	pid=${trace#*fork_storm.}
	grep -qx "${pid%%.*}" "$T/pids" || echo "$trace"
done)
id=$(info "$parent" | jq -r .trace_id)
while read -r pid; do
	trace=$(trace_of "$T/storm" "$pid")
	[ "$(totals "$trace")" = "100 100 0" ] || bad=$((bad + 1))
	[ "$(info "$trace" | jq -r .parent_trace)" = "${id:-unknown}" ] || unnamed=$((unnamed + 1))
done <"$T/pids"
is "each_of_200_children_has_exactly_its_events" $bad 0
is "each_of_200_children_names_its_parent" $unnamed 0
ok "the_parents_trace_is_whole" whole "$parent"
done_testing
