#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Blocks that wander between threads: no allocation of a live block, no free of a dead one.
# A short version of the 10^8 events of ./dev bench.
. "$PT_SRC/tests/lib/tap.sh"

for threads in 2 4 16; do
	dir=$T/x$threads
	truth=$(traced "$dir" "$PT_PROGS/xthread" $threads 2000000)
	trace=$(the_trace "$dir")
	info "$trace" >"$T/info.json"
	is "with_${threads}_threads_no_block_is_allocated_live_or_freed_dead" \
		"$(jq -r '.anomalies | "\(.alloc_of_live) \(.free_of_dead) \(.free_of_unknown)"' "$T/info.json")" "0 0 0"
	read -r allocations frees <<EOF
$truth
EOF
	# shellcheck disable=SC2046
	set -- $(totals "$trace")
	within "with_${threads}_threads_every_allocation_is_there" "$1" "$allocations" $((allocations + 64))
	within "with_${threads}_threads_every_free_is_there" "$2" "$frees" $((frees + 64))
	is "with_${threads}_threads_nothing_is_lost" "$3" 0
	rm -rf "$dir"
done

# Objects of a pool, which the reader does not repair: get and put must alternate as stamped.
truth=$(traced "$T/pool" "$PT_PROGS/pool_handoff" 4 2000000)
report "$(the_trace "$T/pool")" >"$T/report.json"
is "objects_handed_over_are_got_and_put_in_order" \
	"$(jq -r '.pools[] | select(.name == "handoff") | "\(.gets) \(.puts) \(.misses) \(.misuse | length)"' \
		"$T/report.json")" "$truth 0 0"
done_testing
