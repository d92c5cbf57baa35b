#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Counts by CPU are exact: whoever interrupts the thread while it finds itself on another one, and wherever it is killed then.
. "$PT_SRC/tests/lib/tap.sh"
FAULTY_LIB=${PT_LIB%.so}-faults.so
export POOLTRACE_MODE=counters

# run LIB DIR WAY...: count_cpus, traced into $T/DIR; its truth and what was read are in $T/truth and $T/counted
run()
{
	lib=$1 dir=$T/$2 way=$3
	shift 3
	rm -rf "$dir" "$T/slots"
	mkdir "$dir"
	env LD_PRELOAD="$lib" POOLTRACE_OUTPUT="$dir/%p.ptrace" "$PT_PROGS/count_cpus" "$way" "$T/slots" "$@" 2>"$T/err"
	status=$?
	"$PT_PROGS/count_cpus" show "$T/slots" >"$T/truth"
	# shellcheck disable=SC2012 # the parent's is the first
	"$PT_PROGS/count_read" "$(ls -v "$dir"/*.ptrace | head -n 1)" >"$T/counted" || echo "unreadable" >>"$T/counted"
	return $status
}

# differ: what CPUs have by the trace, and should; those without a place of their own are one
differ()
{
	grep unreadable "$T/counted"
	awk 'NR == FNR { if ($1 == "cpu" && $2 != 999) got[$2] = $3 " " $4 " " $5 " " $6; next }
		$1 != "cpu" { next }
		$2 in got { if (got[$2] != $3 " " $4 " " $5 " " $6) print "CPU", $2, "has", got[$2], "and not", $3, $4, $5, $6; nr++; next }
		{ a += $3; ab += $4; f += $5; fb += $6; others++ }
		END { if (others && got[-2] != a " " ab " " f " " fb) print "others have", got[-2], "and not", a, ab, f, fb
			if (!nr) print "nothing to compare" }' "$T/counted" "$T/truth"
}

run "$FAULTY_LIB" plain made 5 20000 0
is "a_thread_that_changes_its_cpu_ends_well" $? 0
is "each_cpu_has_what_was_done_there" "$(differ)" ""
run "$FAULTY_LIB" many made 150 60000 0
is "more_cpus_than_have_a_place_end_well" $? 0
is "those_without_are_one" "$(differ)" ""
is "and_there_are_some" "$(awk '$1 == "cpu" && $2 == -2 { print ($3 > 1000) }' "$T/counted")" 1

for often in 1 4 9; do
	run "$FAULTY_LIB" signals made 4 60000 $often
	is "with_signals_at_${often}_of_16_points_it_ends_well" $? 0
	is "with_signals_at_${often}_of_16_points_each_cpu_has_its_own" "$(differ)" ""
done
run "$FAULTY_LIB" both made 150 30000 4
is "and_with_others" "$(differ)" ""
run "$FAULTY_LIB" forks forks 4 10000 1
is "a_thread_that_is_forked_in_a_change_ends_well" $? 0
is "its_children_count_nothing_there" "$(differ)" ""

if [ "$(nproc)" -lt 2 ]; then
	skip "a_change_to_a_true_cpu" "there is one only"
else
	run "$PT_LIB" true true 2 20000
	is "a_thread_that_goes_to_true_cpus_ends_well" $? 0
	awk '$1 == "thread" { on = $5 == "walker" } on' "$T/counted" >"$T/walker" # the rest is what the program began with
	mv "$T/walker" "$T/counted"
	is "each_true_cpu_has_what_was_done_there" "$(differ)" ""
fi

# Killed at a step of a change: nothing that had returned is missing where it was done, and nothing is there twice.
missing() # CPUs that have too little, and what there is more in all than was begun
{
	awk 'NR == FNR { if ($1 == "cpu" && $2 != 999) { a[$2] = $3; f[$2] = $5; as += $3; fs += $5 } next }
		$1 == "cpu" { if (a[$2] < $3 || f[$2] < $5) print "CPU", $2, "has", a[$2] + 0, f[$2] + 0, "of", $3, $5 }
		$1 == "begun" && (as > $2 || fs > $3) { print as, fs, "of", $2, $3, "begun" }' "$T/counted" "$T/truth"
	grep unreadable "$T/counted"
}
for point in count-moving count-moved; do
	for nth in 1 2 3 4 5 6 7 8 1001 1002 1003 1004; do
		for signals in 0 4; do
			run "$FAULTY_LIB" kill made 4 20000 $signals $point $nth
			is "killed_at_${point}_${nth}_with_${signals}_it_is" $? 137
			is "killed_at_${point}_${nth}_with_${signals}_each_cpu_has_its_own" "$(missing)" ""
		done
	done
done
done_testing
