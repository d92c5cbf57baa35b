#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What else a trace tells: threads, migrations, modules, large mappings, RSS.
. "$PT_SRC/tests/lib/tap.sh"

"$PT_PROGS/life" >"$T/plain"
traced "$T/life" "$PT_PROGS/life" >"$T/traced"
is "life_ends_well_when_traced" $? 0
ok "mmap_munmap_and_mremap_answer_as_untraced" diff "$T/plain" "$T/traced"
trace=$(the_trace "$T/life")
info "$trace" >"$T/info.json"
"$PT_BIN" dump --json "$trace" >"$T/dump.json"

is "every_thread_is_there_once" "$(jq '.threads | length' "$T/info.json")" 2
ok "a_thread_has_its_name_and_its_end" holds "$T/info.json" \
	'[.threads[] | select(.name == "named-worker" and .exited)] | length == 1'
if [ "$(nproc)" -gt 1 ]; then
	within "a_thread_that_moves_20_times_is_seen_moving" "$(jq .events_by_kind.cpu "$T/info.json")" 18 100
	within "and_allocates_on_each_cpu" "$(report "$trace" | jq '.cpus | length')" 2 4096
else
	skip "a_thread_that_moves_20_times_is_seen_moving" "one CPU"
fi

kind() { jq -c "select(.kind == \"$1\")" "$T/dump.json"; }
MIB=1048576
is "a_large_mapping_is_an_event" "$(kind mmap | jq "select(.size_bytes == 64 * $MIB) | .size_bytes")" $((64 * MIB))
is "its_growth_is_an_event" "$(kind mremap | jq "select(.size_bytes == 96 * $MIB) | .old_size_bytes")" $((64 * MIB))
is "its_end_is_an_event" "$(kind munmap | jq "select(.size_bytes == 96 * $MIB) | .size_bytes")" $((96 * MIB))
is "a_small_mapping_is_none" "$(kind mmap | jq 'select(.size_bytes == 4096)')" ""
within "rss_is_sampled" "$(jq .events_by_kind.rss "$T/info.json")" 1 1000000

id=$(readelf -nW "$PT_PROGS/life" | sed -n 's/.*Build ID: //p')
is "modules_have_their_build_id" \
	"$(jq -r '.modules[] | select(.path | endswith("/life")) | .build_id' "$T/info.json" | sort -u)" "$id"
ok "libc_is_a_module_too" holds "$T/info.json" 'any(.modules[]; .path | test("libc.so.6|libc-"))'
is "info_for_people_says_whole" "$("$PT_BIN" info "$trace" | grep -ci whole)" 1
is "dump_has_a_line_an_event" "$(jq -s '[.[] | select(.kind | test("^(alloc|free|realloc)"))] | length' "$T/dump.json")" \
	"$(jq .events "$T/info.json")"
done_testing
