#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 7: blocks that wander between 16 threads; --full 10,000,000 calls each.
. "$PT_SRC/tests/lib/tap.sh"
EACH=$([ "${STORM_FULL:-0}" = 1 ] && echo 10000000 || echo 500000)

truth=$(traced "$T/storm" "$PT_PROGS/xthread" 16 $((16 * EACH)))
is "16_threads_come_through" $? 0
trace=$(the_trace "$T/storm")
note "$(du -k "$trace" | cut -f 1) KiB of trace"
info "$trace" >"$T/info.json"
is "no_block_is_allocated_live_or_freed_dead" \
	"$(jq -r '.anomalies | "\(.alloc_of_live) \(.free_of_dead) \(.free_of_unknown)"' "$T/info.json")" "0 0 0"
note "$(jq -c .anomalies "$T/info.json")"
is "nothing_is_lost" "$(jq '.lost_events' "$T/info.json")" 0
read -r allocations frees <<TRUTH
$truth
TRUTH
within "every_allocation_is_there" "$(jq '.events_by_kind | .alloc + .realloc_end' "$T/info.json")" "$allocations" $((allocations + 64))
within "every_free_is_there" "$(jq '.events_by_kind.free' "$T/info.json")" "$frees" $((frees + 64))
note "$allocations allocations, $frees frees by the program"
done_testing
