#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Traces made to cost memory or time: info and report read each within 8 times the file and
# 64 MiB, and soon; packed too, which is within 8 times what it unpacks to. Not yet so: a report has some 2 KB of figures (two histograms of ages) for every
# thread and every call site, and the record that makes one is a dozen bytes. PT_HOSTILE is
# build_hostile.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"

# Address space that the program takes for itself: libraries, the C library's arenas.
base_kb=$((80 * 1024))
for kind in $("$PT_HOSTILE"); do
	"$PT_HOSTILE" "$kind" "$T/trace"
	rm -f "$T/trace.ptracez"
	status=$( (ulimit -v $((64 * 1024 + base_kb)); timeout 30 "$PT_BIN" pack "$T/trace" >"$T/out" 2>&1; echo $?))
	is "hostile_${kind}_is_packed_in_64_MiB" "$status" 0
	file_kb=$(($(wc -c <"$T/trace") / 1024))
	limit_kb=$((8 * file_kb + 64 * 1024 + base_kb))
	for command in info report; do
		case $command.$kind in
		report.threads | report.deep_stacks) limit_kb=$((250 * file_kb + base_kb)) ;;
		esac
		for as in "" .ptracez; do
			status=$( (ulimit -v $limit_kb; timeout 30 "$PT_BIN" $command "$T/trace$as" >/dev/null 2>"$T/err"; echo $?))
			is "${command}_of_hostile_${kind}${as:+_packed}_stays_within_memory_and_30_seconds" "$status $(cat "$T/err")" "0 "
		done
	done
done
done_testing
