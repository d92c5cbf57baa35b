#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 7: blocks that wander between 16 threads, so many calls each: no allocation of a live block, no free of a dead one.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm handoff 7 10000000 125000

truth=$(traced "$T/storm" "$PT_PROGS/xthread" 16 $((16 * SIZE)))
is "16_threads_come_through" $? 0
read -r allocations frees <<TRUTH
$truth
TRUTH
infos "$T/storm" >"$T/info.json"
is "no_block_is_allocated_live_or_freed_dead" \
	"$(jq -r '.anomalies | "\(.alloc_of_live) \(.free_of_dead) \(.free_of_unknown)"' "$T/info.json")" "0 0 0"
is "nothing_is_lost" "$(jq .lost_events "$T/info.json")" 0
within "every_allocation_is_there" "$(jq .allocations "$T/info.json")" "$allocations" $((allocations + 64))
within "every_free_is_there" "$(jq .frees "$T/info.json")" "$frees" $((frees + 64))
storm_over "16 threads x $SIZE calls" "$allocations allocations, $frees frees, $(du -m "$T/storm"/*.ptrace | cut -f 1) MiB; anomalies $(jq -c .anomalies "$T/info.json")"
