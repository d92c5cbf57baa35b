#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Reports are made in one thread or in several: the same bytes come out, of real traces and of damaged ones.
. "$PT_SRC/tests/lib/tap.sh"
cd "$T" || exit 1

# same NAME TRACE: text and JSON in 1, 2 and 3 threads
same()
{
	for way in "" --json; do
		# shellcheck disable=SC2086 # an option or none
		POOLTRACE_THREADS=1 "$PT_BIN" report $way "$2" >one 2>one.err
		one=$?
		for threads in 2 3; do
			# shellcheck disable=SC2086
			POOLTRACE_THREADS=$threads "$PT_BIN" report $way "$2" >more 2>more.err
			is "report${way:+_}${way#--}_of_$1_is_the_same_in_${threads}_threads" \
				"$? $(cmp one more 2>&1)$(cmp one.err more.err 2>&1)" "$one "
		done
	done
	[ "$one" = 0 ] || note "$1: $(head -n 1 one.err)"
}

traced work "$PT_PROGS/count_truth" 6 60000 >/dev/null
trace=$(the_trace work)
within "several_threads_wrote_it" "$(info "$trace" | jq .writers)" 6 8
same six_threads "$trace"
"$PT_BIN" pack -o packed.ptracez "$trace" >/dev/null
same it_packed packed.ptracez

bytes=$(info "$trace" | jq .file_used_bytes)
for part in 3 2; do
	head -c $((bytes / part + 1234)) "$trace" >torn.ptrace
	same "it_cut_to_1/$part" torn.ptrace
done
head -c "$bytes" "$trace" >zapped.ptrace
for i in 1 2 3 4 5 6 7 8 9; do
	dd if=/dev/urandom of=zapped.ptrace bs=64 seek=$((bytes / 64 * i / 10)) count=1 conv=notrunc 2>dd.err
done
same it_with_random_bytes_in_it zapped.ptrace

traced pools "$PT_PROGS/annotate" >/dev/null 2>&1
same a_program_with_pools_and_marks "$(the_trace pools)"
POOLTRACE_MODE=ring=256K traced ring "$PT_PROGS/count_truth" 4 60000 >/dev/null
same a_flight_recorder "$(the_trace ring)"

# Still being written: each reading ends at another moment, so only what must hold of all of them is looked at.
LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/live.ptrace "$PT_PROGS/xthread" 4 50000000 >live.out 2>&1 &
live=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -s live.ptrace ] || sleep 0.1
done
sleep 0.3
for threads in 1 2 3; do
	POOLTRACE_THREADS=$threads "$PT_BIN" report --json live.ptrace >live.json 2>live.err
	ok "a_live_trace_is_consistent_in_${threads}_threads" holds live.json \
		'.totals.allocations > 100 and .trace.anomalies.frees_of_dead == 0 and .trace.anomalies.frees_of_unknown == 0'
done
kill "$live" 2>/dev/null
wait "$live" 2>/dev/null

# Nonsense in the variable is as if it were not there; one CPU is enough.
POOLTRACE_THREADS=many "$PT_BIN" report "$trace" >more
POOLTRACE_THREADS=1 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" "$PT_BIN" report "$trace" >one
ok "nonsense_in_POOLTRACE_THREADS_changes_nothing" cmp one more
done_testing
