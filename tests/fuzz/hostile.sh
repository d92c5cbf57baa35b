#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Traces made to cost memory or time: info, report and graph have never more resident than 8 times the file and
# 64 MiB, and are done within 30 seconds, a report in JSON too; so is pack, and what it wrote is read within 8 times what it
# unpacks to. PT_HOSTILE is build_hostile, PT_PEAK is peak.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"

# within NAME LIMIT_KB COMMAND...: succeeds quietly, within memory and time
within()
{
	within_name=$1
	within_kb=$2
	shift 2
	"$PT_PEAK" 30 "$@" 3>"$T/peak" >/dev/null 2>"$T/err"
	read -r status peak_kb ms <"$T/peak"
	if [ "$status" = 0 ] && [ ! -s "$T/err" ] && [ "$peak_kb" -le "$within_kb" ]; then
		pass "$within_name"
	else
		fail "$within_name"
		note "status $status, $peak_kb KB of $within_kb KB, $ms ms: $(head -c 300 "$T/err")"
	fi
}

for kind in $("$PT_HOSTILE"); do
	"$PT_HOSTILE" "$kind" "$T/trace"
	rm -f "$T/trace.ptracez"
	file_kb=$(($(wc -c <"$T/trace") / 1024))
	limit_kb=$((8 * file_kb + 64 * 1024))
	commands="info report"
	[ "$("$PT_BIN" info "$T/trace" | grep -c '^ *[Ss]napshots')" = 0 ] || commands="$commands graph"
	within "hostile_${kind}_is_packed_in_64_MiB" $((64 * 1024)) sh -c '"$0" pack "$1" >/dev/null' "$PT_BIN" "$T/trace"
	for command in $commands; do
		within "${command}_of_hostile_${kind}_stays_within_memory_and_30_seconds" $limit_kb "$PT_BIN" $command "$T/trace"
		within "${command}_of_hostile_${kind}_packed_stays_within_memory_and_30_seconds" $limit_kb \
			"$PT_BIN" $command "$T/trace.ptracez"
	done
	"$PT_BIN" report "$T/trace" >"$T/one"
	within "report_of_hostile_${kind}_in_3_threads_stays_within_memory_and_30_seconds" $limit_kb \
		env POOLTRACE_THREADS=3 "$PT_BIN" report "$T/trace"
	is "and_is_the_same_of_hostile_${kind}" "$(POOLTRACE_THREADS=3 "$PT_BIN" report "$T/trace" | cmp - "$T/one" 2>&1)" ""
	within "json_of_hostile_${kind}_stays_within_memory_and_30_seconds" $limit_kb "$PT_BIN" report --json "$T/trace"
done
done_testing
