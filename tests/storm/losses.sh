#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 14: what is recorded and what is counted as lost make what an independent count says, allocations and frees each to the
# call: under a limit of the trace's size, RLIMIT_FSIZE, a full file system, and a seccomp filter.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm losses 14 40 4
disk=$T/disk
mkdir "$disk"
cleanup() { umount "$disk" 2>/dev/null; }
ROUNDS=20000
runs=0 full=0 lost=0 calls=0

# judged NAME TRUTH: the traces in $T/traces against what the shim counted
judged()
{
	infos "$T/traces" >"$T/infos"
	got=$(kept_and_lost "$T/infos")
	runs=$((runs + 1))
	[ "${got% * *}" = "$2" ] && [ ! -s "$T/info.err" ] || echo "$1: kept and lost ${got% * *}, truth $2 $(head -n 1 "$T/info.err")" >>"$T/wrong"
	# shellcheck disable=SC2086
	set -- $got
	calls=$((calls + $1 + $2)) lost=$((lost + $3 + $4))
	[ $(($3 + $4)) = 0 ] || full=$((full + 1))
	jq -r 'select((.whole | not) or .anomalies.alloc_of_live + .anomalies.free_of_dead > 0) | .pid' "$T/infos" >>"$T/broken"
	rm -rf "$T/traces"
}

# all_told NAME: of the runs since the last one
all_told()
{
	is "with_$1_recorded_and_lost_are_what_the_shim_counts" "$(head -n 5 "$T/wrong")" ""
	is "and_the_traces_of_$1_are_whole_and_in_order" "$(wc -l <"$T/broken")" 0
	within "and_most_runs_with_$1_did_lose" "$full" $((runs / 2)) "$runs"
	note "$1: $runs runs, $full of them lost something; $calls calls, $lost of them counted as lost"
	all_wrong=$((all_wrong + $(wc -l <"$T/wrong"))) all_runs=$((all_runs + runs)) all_calls=$((all_calls + calls)) all_lost=$((all_lost + lost))
	begin
}
begin() { runs=0 full=0 lost=0 calls=0; : >"$T/wrong"; : >"$T/broken"; }
all_runs=0 all_calls=0 all_lost=0 all_wrong=0
begin

for threads in 1 8; do
	counted "$T/sums.$threads" "$PT_PROGS/count_truth" $threads $ROUNDS >/dev/null
done
for threads in 1 8; do
	for i in $(seq "$SIZE"); do
		POOLTRACE_SIZE_LIMIT=$((64 + i * 1000 / SIZE))K traced "$T/traces" "$PT_PROGS/count_truth" $threads $ROUNDS >/dev/null
		judged "size $i, $threads threads" "$(counts "$T/sums.$threads")"
	done
done
all_told "a_limited_size"

for threads in 1 8; do
	for i in $(seq "$SIZE"); do
		mkdir "$T/traces"
		env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/traces/%e.%p.%r.ptrace" POOLTRACE_CHILDREN=count_truth \
			"$PT_PROGS/limit_run" fsize $((70000 + i * 1000000 / SIZE)) "$PT_PROGS/count_truth" $threads $ROUNDS >/dev/null
		judged "fsize $i, $threads threads" "$(counts "$T/sums.$threads")"
	done
done
all_told "RLIMIT_FSIZE"

if mount -t tmpfs -o size=1m pooltrace-test "$disk" 2>/dev/null; then
	for threads in 1 8; do
		for i in $(seq "$SIZE"); do
			rm -f "$disk"/*
			head -c $(((i - 1) * 220 / SIZE * 4096)) /dev/zero >"$disk/taken"
			env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$disk/x.ptrace" "$PT_PROGS/count_truth" $threads $ROUNDS >/dev/null
			mkdir "$T/traces"
			cp --sparse=always "$disk/x.ptrace" "$T/traces"
			judged "disk $i, $threads threads" "$(counts "$T/sums.$threads")"
		done
	done
	umount "$disk"
	all_told "a_full_file_system"
else
	skip "a_full_file_system" "mounting a tmpfs is not allowed here"
fi

for way in prctl syscall strict; do
	counted "$T/sums.$way" "$PT_PROGS/sandbox" $way >/dev/null
	traced "$T/traces" "$PT_PROGS/sandbox" $way >/dev/null
	judged "$way" "$(counts "$T/sums.$way")"
done
all_told "a_seccomp_filter"
storm_over "$all_runs runs" "$all_calls calls, $all_lost of them counted as lost; $all_wrong runs where the sum differs from the truth"
