#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 9: dlopen and dlclose x malloc x signals, with a watchdog; --full five minutes.
. "$PT_SRC/tests/lib/tap.sh"
SECONDS_NR=$([ "${STORM_FULL:-0}" = 1 ] && echo 300 || echo 20)

cp "$PT_PROGS/libplugin.so" "$T/libother.so"
said=$(POOLTRACE_SIZE_LIMIT=${STORM_SIZE:-8G} traced "$T/storm" "$PT_STORM/dlopen_storm" "$SECONDS_NR" "$PT_PROGS/libplugin.so" "$T/libother.so")
is "no_thread_is_stuck_in_${SECONDS_NR}_s" $? 0
# shellcheck disable=SC2086
set -- $said
note "$SECONDS_NR s: ${1:-0} loads and unloads, ${2:-0} allocations through deep stacks, ${3:-0} signals handled"
within "much_was_loaded" "${1:-0}" 100 1000000000
within "and_many_signals_were_handled" "${3:-0}" 1000 1000000000
trace=$(the_trace "$T/storm")
info "$trace" >"$T/info.json"
is "the_trace_is_whole_and_in_order" "$(jq -r '"\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead)"' "$T/info.json")" "true 0"
is "nothing_is_lost" "$(jq '.lost_events' "$T/info.json")" 0
within "each_handler_has_its_mapping_in_it" "$(jq '.events_by_kind.mmap' "$T/info.json")" "${3:-1}" 1000000000
within "each_unloading_is_in_it" "$(jq '.events_by_kind.module_gone' "$T/info.json")" "${1:-1}" 1000000000
done_testing
