# SPDX-License-Identifier: MIT
#
# For scripts that make the recorder's system calls fail, after tap.sh.
# shellcheck shell=sh
FAULTY_LIB=$(dirname "$PT_LIB")/libpooltrace-faults.so
swept_runs=0 swept_failed=0 swept_differ=0

# counts_of FOLDER: of each trace there "whole anomalies calls+lost", sorted
counts_of()
{
	find "$1" -name '*.ptrace' | xargs -r -n 200 "$PT_BIN" info --json 2>"$T/info.err" |
		jq -r '(if type == "array" then .[] else . end) | "\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead) " +
			"\(.allocations + .frees + ([.lost[] | .allocations + .frees] | add))"' | sort
}

# swept NAME FROM TO "KIND:ERRNO..." COMMAND...: the nth call of each kind fails, n = FROM to TO (fault_sweep.c).
# With SWEPT_IDLE=1 there need be no such call, with SWEPT_LOOSE=1 the counts are not compared: they differ from run to run in the program itself.
swept()
{
	name=$1 from=$2 to=$3 kinds=$4
	shift 4
	rm -rf "$T/sweep" "$T/unfaulted"
	mkdir "$T/sweep" "$T/unfaulted"
	env LD_PRELOAD="$FAULTY_LIB" POOLTRACE_OUTPUT="$T/unfaulted/%p.%r.ptrace" "$@" >/dev/null 2>&1
	# shellcheck disable=SC2086
	"$PT_PROGS/fault_sweep" "$FAULTY_LIB" "$T/sweep" "$from" "$to" $kinds -- "$@" >"$T/swept" 2>"$T/swept.err"
	is "${name}_does_the_same_whichever_call_fails" "$? $(awk '!$4' "$T/swept" | wc -l)" "0 0"
	head -n 5 "$T/swept.err" | sed 's/^/# /'
	# shellcheck disable=SC2086
	[ "${SWEPT_IDLE:-0}" = 1 ] ||
		within "${name}_had_calls_that_failed" "$(awk '$3' "$T/swept" | wc -l)" "$(echo $kinds | wc -w)" 1000000
	[ -z "${POOLTRACE_SNAPSHOT:-}" ] || sleep 1 # what the last ones left behind writes
	counts_of "$T/sweep" | uniq >"$T/counts"
	counts_of "$T/unfaulted" | uniq >"$T/want"
	is "${name}_leaves_traces_that_can_be_read" "$(wc -c <"$T/info.err") $(grep -vc '^true 0 ' "$T/counts")" "0 0"
	[ "${SWEPT_LOOSE:-0}" = 1 ] ||
		is "${name}_has_recorded_and_lost_the_whole" "$(comm -23 "$T/counts" "$T/want" | tr '\n' ' ')" ""
	swept_runs=$((swept_runs + $(wc -l <"$T/swept")))
	swept_failed=$((swept_failed + $(awk '$3' "$T/swept" | wc -l)))
	swept_differ=$((swept_differ + $(awk '!$4' "$T/swept" | wc -l)))
	note "$name: $(wc -l <"$T/swept") runs, in $(awk '$3' "$T/swept" | wc -l) of them a call failed, $(
		find "$T/sweep" -name '*.ptrace' | wc -l) traces"
}
