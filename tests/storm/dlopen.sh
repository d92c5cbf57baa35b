#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 9: dlopen and dlclose x malloc x signals for so many seconds: no deadlock (a watchdog), nothing lost.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm dlopen 9 300 3

cp "$PT_PROGS/libplugin.so" "$T/libother.so"
said=$(POOLTRACE_SIZE_LIMIT=16G traced "$T/storm" "$PT_STORM/dlopen_storm" "$SIZE" "$PT_PROGS/libplugin.so" "$T/libother.so")
is "no_thread_is_stuck_in_${SIZE}_s" $? 0
# shellcheck disable=SC2086
set -- $said
within "much_was_loaded" "${1:-0}" $((5 * SIZE)) 1000000000
within "and_many_signals_were_handled" "${3:-0}" $((100 * SIZE)) 1000000000
infos "$T/storm" >"$T/info.json"
is "the_trace_is_whole_and_in_order" "$(jq -r '"\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead)"' "$T/info.json")" "true 0"
is "nothing_is_lost" "$(jq '.lost_events + ([.lost[].others] | add)' "$T/info.json")" 0
within "each_handler_has_its_mapping_in_it" "$(jq '.events_by_kind.mmap' "$T/info.json")" "${3:-1}" 1000000000
within "each_unloading_is_in_it" "$(jq '.events_by_kind.module_gone' "$T/info.json")" "${1:-1}" 1000000000
storm_over "$SIZE s" "${1:-0} loads and unloads, ${2:-0} allocations, ${3:-0} signals handled; $(jq .events "$T/info.json") events"
