#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 11: thousands of threads at once; --full 32,000 of them.
. "$PT_SRC/tests/lib/tap.sh"
NR=$([ "${STORM_FULL:-0}" = 1 ] && echo 32000 || echo 4000)

made=$("$PT_STORM/thread_storm" "$NR")
if [ "${made:-0}" -lt "$NR" ]; then
	note "this machine lets a program have ${made:-0} threads, not $NR (pids.max, pid_max, threads-max)"
	NR=$((${made:-0} - 64))
fi
begun_s=$(date +%s)
is "${NR}_threads_at_once_are_had_traced_as_well" "$(traced "$T/storm" "$PT_STORM/thread_storm" "$NR")" "$NR"
note "$NR threads: $(($(date +%s) - begun_s)) s, $(du -k "$T/storm" | cut -f 1) KiB of trace"
info "$(the_trace "$T/storm")" >"$T/info.json"
is "the_trace_is_whole_and_in_order" "$(jq -r '"\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead)"' "$T/info.json")" "true 0"
is "nothing_is_lost" "$(jq '.lost_events' "$T/info.json")" 0
is "each_thread_is_in_it_with_its_end" "$(jq '[.threads[] | select(.exited)] | length' "$T/info.json")" "$NR"
within "and_all_their_calls" "$(jq '.events_by_kind | .alloc + .free' "$T/info.json")" $((20 * NR)) $((22 * NR + 64))
done_testing
