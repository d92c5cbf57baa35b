#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a program finds around it, and what the allocation API answers, is the same bytes with and without the recorder: in
# every mode, in children, and where there can be no trace.
. "$PT_SRC/tests/lib/tap.sh"

mkdir "$T/out"
# around PROGRAM ARGUMENT...: with $variables alone in the environment
around()
{
	# shellcheck disable=SC2086
	(cd / && timeout 60 env -i A=1 B=two $variables "$PT_PROGS/$@" 2>&1 </dev/null; echo "status $?") | sed 's/pipe:.*/pipe/'
}

variables=
for what in surroundings "surroundings child" api_probe "api_probe names"; do
	# shellcheck disable=SC2086
	around $what >"$T/plain.$(echo $what | tr ' ' _)"
done
within "surroundings_were_looked_at" "$(cat "$T"/plain.surroundings* | grep -c .)" 60 1000
is "they_were_all_printed" "$(grep -c -e '^status 0' "$T"/plain.* | grep -vc ':1$')" 0

# in_mode NAME TRACES VARIABLE...: how many traces each run leaves at least, 0 = none at all
in_mode()
{
	name=$1 traces=$2
	shift 2
	for what in surroundings "surroundings child" api_probe "api_probe names"; do
		rm -rf "$T/out"/*
		variables="LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/out/%e.%p.%r.ptrace $*"
		# shellcheck disable=SC2086
		around $what >"$T/traced"
		word=$(echo $what | tr ' ' _)
		ok "${word}_${name}_is_unchanged" diff "$T/plain.$word" "$T/traced"
		left=$(find "$T/out" -type f | wc -l)
		if [ $traces = 0 ]; then
			is "${word}_${name}_leaves_no_trace" "$left" 0
		else
			within "${word}_${name}_was_recorded" "$left" $((traces + ($(echo $what | grep -c child) > 0))) 10
		fi
	done
}
in_mode as_a_rule 1
in_mode as_a_ring 1 POOLTRACE_MODE=ring=1M
in_mode as_counters 1 POOLTRACE_MODE=counters
in_mode as_samples 1 POOLTRACE_MODE=sample=64K
in_mode as_every_allocation_a_sample 1 POOLTRACE_MODE=sample=1
in_mode without_stacks 1 POOLTRACE_STACK_DEPTH=0
in_mode with_stacks_verified 1 POOLTRACE_VERIFY_STACKS=1 POOLTRACE_SIZE_LIMIT=64K
in_mode in_a_full_trace 1 POOLTRACE_SIZE_LIMIT=64K
in_mode with_a_snapshot_at_the_end 1 POOLTRACE_SNAPSHOT=exit
in_mode with_snapshots_all_the_time 1 POOLTRACE_SNAPSHOT=every=20ms
in_mode with_bad_values 1 POOLTRACE_MODE=bad POOLTRACE_SNAPSHOT=bad POOLTRACE_STACK_DEPTH=bad POOLTRACE_CHILDREN=b/d
in_mode in_a_folder_that_is_not_there 0 POOLTRACE_OUTPUT=/no/such/folder/x.ptrace
in_mode where_programs_of_another_name_are_asked_for 0 POOLTRACE_CHILDREN=other
done_testing
