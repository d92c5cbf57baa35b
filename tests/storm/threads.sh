#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 11: so many threads at once.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm threads 11 32000 1000

# Room for others as well: a machine without a process id to give is nobody's.
room=$(awk '{ n = $1 - 500; if (!least || n < least) least = n } END { print least }' \
	/proc/sys/kernel/pid_max /proc/sys/kernel/threads-max /proc/sys/vm/max_map_count)
room=$((room - $(ls -d /proc/[0-9]*/task/[0-9]* | wc -l)))
if [ "$SIZE" -gt "$room" ]; then
	note "this machine has room for $room threads, not $SIZE (pid_max, threads-max, max_map_count)"
	SIZE=$room
fi
counted "$T/sums" timeout 120 "$PT_STORM/thread_storm" "$SIZE" >"$T/plain"
is "${SIZE}_threads_at_once_are_had_plain" "$? $(cat "$T/plain")" "0 $SIZE"
begun_s=$(date +%s)
traced "$T/storm" timeout 120 "$PT_STORM/thread_storm" "$SIZE" >"$T/traced"
is "and_traced_as_well" "$? $(cat "$T/traced")" "0 $SIZE"
took_s=$(($(date +%s) - begun_s))
infos "$T/storm" >"$T/infos"
is "all_their_calls_are_recorded" "$(kept_and_lost "$T/infos")" "$(counts "$T/sums") 0 0"
jq 'select(.trace | test("/thread_storm"))' "$T/infos" >"$T/info.json"
is "the_trace_is_whole_and_in_order" "$(jq -r '"\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead)"' "$T/info.json")" "true 0"
is "each_thread_is_in_it_with_its_end" "$(jq '[.threads[] | select(.exited)] | length' "$T/info.json")" "$SIZE"
storm_over "$SIZE threads at once" "$took_s s; $(($(du -sk "$T/storm" | cut -f 1) / 1024)) MiB of trace, $(jq .events "$T/info.json") events"
