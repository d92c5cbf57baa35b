#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace info and dump on a trace with one of everything (build_odd_trace.c), whole and torn.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"

"$PT_UNIT/build_odd_trace" "$T/odd" || exit 1
head -c 9000 "$T/odd" >"$T/torn"

# asks NAME FILTER WANT: of info's JSON
info=$T/info.json
asks() { is "$1" "$(jq -c "$2" "$info" 2>&1)" "$3"; }
"$PT_BIN" info --json "$T/odd" >"$info" 2>"$T/err"
is "info_of_a_whole_trace_succeeds" "$? $(wc -c <"$T/err")" "0 0"
asks "info_says_that_a_trace_is_whole" '[.whole, .torn_reason, .truncated]' '[true,null,false]'
asks "info_names_the_process" '[.program, .pid, .ppid, .trace_id, .parent_trace]' \
	'["/usr/bin/built",100,99,"0102030405060708090a0b0c0d0e0f10","000000000000000000000000000000ab"]'
asks "info_counts_events" '[.events, .allocations, .frees, .reallocs, .allocated_bytes]' '[22,5,4,3,446]'
asks "info_counts_every_kind" '.events_by_kind | del(.alloc, .free, .realloc_begin, .thread_start, .thread_name) |
	map_values(select(. != 1)) | length' 0
asks "info_counts_losses_by_cause" '[.lost_events, .lost.limit.frees, .lost.nested.allocations, .lost.disk.allocations]' '[12,4,3,0]'
asks "info_counts_lost_events_of_pools_and_others_apart" '.lost.disk | [.pool_events, .others]' '[5,6]'
asks "info_counts_snapshots" '[.snapshots.begun, .snapshots.whole, .snapshots.lost.busy, .snapshots.lost.disk]' '[2,1,1,0]'
asks "info_counts_anomalies" '.anomalies' \
	'{"alloc_of_live":1,"free_of_dead":1,"free_of_unknown":1,"explained_by_gaps":0,"repaired":1,"exchanged":0}'
asks "info_lists_threads" '[.threads[] | [.serial, .tid, .exited]]' '[[1,100,false],[2,101,true]]'
asks "info_lists_modules" '[.modules[] | [.build_id, .map_start, .unload_ns]]' '[["deadbeef","0x400000",2000000]]'
asks "info_carries_notes" '.notes' "[\"POOLTRACE_STACK_DEPTH: 'x' is not a number\"]"
asks "info_knows_the_clock" '[.tsc_hz, .clock_estimated, .duration_ns]' '[2000000000,false,3000000]'
asks "info_gives_bytes_per_event_without_those_of_snapshots" \
	'[.snapshots.bytes > 0, .returned_pages, .bytes_per_event == (.file_used_bytes - .snapshots.bytes - .returned_pages * 4096) / .events]' \
	'[true,3,true]'
asks "info_tells_holes_of_dropped_snapshots_from_pages_of_dead_threads" '.unopened_pages' 2
"$PT_BIN" info --json "$T/odd" "$T/odd" >"$info"
asks "info_of_two_traces_is_an_array" '[length, .[1].events]' '[2,22]'

"$PT_BIN" info --json "$T/torn" >"$info" 2>"$T/err"
is "a_torn_trace_is_no_error" "$? $(wc -c <"$T/err")" "0 0"
asks "info_says_that_a_trace_is_torn_and_why" '[.whole, .truncated, (.torn_reason | test("ends before"))]' '[false,true,true]'

"$PT_BIN" info "$T/odd" >"$T/text"
is "info_in_words_says_whole" "$(grep -c '^state  *whole' "$T/text")" 1
is "info_in_words_says_what_became_of_snapshots" "$(grep -c -e '^snapshots  *2 asked for, 1 here and whole, 4.0 KiB of the file' -e '1 lost by busy' "$T/text")" 2
is "info_in_words_explains_pages_without_chunks" "$(grep -c -e '8.0 KiB claimed but never' -e '12.0 KiB of holes: snapshots' "$T/text")" 2
is "info_in_words_lists_threads_and_modules" "$(grep -c -e '^2 threads' -e '^1 module$' -e deadbeef "$T/text")" 3
"$PT_BIN" info "$T/torn" >"$T/text.torn"
is "info_in_words_says_torn" "$(grep -c '^state  *TORN: the file ends' "$T/text.torn")" 1
COLUMNS=72 "$PT_BIN" info "$T/odd" >"$T/narrow"
ok "info_fits_the_terminal" awk 'length > 72 { print; exit 1 }' "$T/narrow"

"$PT_BIN" dump --stacks "$T/odd" >"$T/dump"
"$PT_BIN" dump --json --stacks "$T/odd" >"$T/dump.json"
is "every_line_of_a_dump_is_json" "$(jq -s length "$T/dump.json" 2>&1)" "$(wc -l <"$T/dump.json")"
all=$("$PT_BIN" info --json "$T/odd" | jq '.events_by_kind | add')
is "a_dump_has_every_event" "$(jq -s length "$T/dump.json") $(grep -c '^ *[0-9][0-9]* t' "$T/dump")" "$all $all"
is "a_dump_marks_what_was_moved" "$(jq -c 'select(.repaired) | [.kind, .time_ns, .thread]' "$T/dump.json")" '["alloc",1600,2]'
is "a_dump_marks_what_cannot_be" "$(jq -r 'select(.anomaly) | .anomaly' "$T/dump.json" | sort | tr '\n' ' ')" \
	"alloc_of_live free_of_dead free_of_unknown "
is "a_dump_pairs_reallocs" "$(jq -c 'select(.kind == "realloc_end") | [.addr, .old_addr, .size_bytes]' "$T/dump.json")" \
	'["0x7f0000002000","0x7f0000001000",200]'
is "a_dump_has_what_belongs_to_an_event_of_a_pool" \
	"$(jq -c 'select(.kind == "pool_resize" or .kind == "pool_put" or .kind == "pool_purge" or .kind == "pool_create") |
		[.pool, .addr, .new_addr, .size_bytes, .shard, .shards, .name]' "$T/dump.json" | tr '\n' ' ')" \
	'["0x7f0000001000",null,null,64,null,4,"msg\nbuf"] ["0x7f0000001000","0x7f00000010000","0xfe00000020000",128,null,null,null] '\
'["0x7f0000001000","0xfe00000020000",null,null,"thread",null,null] ["0x7f0000001000",null,null,null,"all",null,null] '
is "a_dump_shows_a_stack_once" "$(jq -c 'select(.frames) | [.kind, (.frames | map(.offset_bytes))]' "$T/dump.json")" '["alloc",[1110,291]]'
is "names_are_escaped_in_json" "$(jq -r 'select(.kind == "thread_name" and .thread == 2) | .name' "$T/dump.json" | od -An -c | tr -d ' \n')" \
	"$(printf 'evil\033[31m\n"\357\277\275\\\n' | od -An -c | tr -d ' \n')"
is "no_control_character_reaches_a_terminal" \
	"$(cat "$T/text" "$T/narrow" "$T/dump" "$T/dump.json" "$info" | LC_ALL=C tr -d '\n\40-\176\200-\377' | wc -c)" 0

is "a_dump_of_a_snapshot_has_every_record" "$("$PT_BIN" dump --json --snapshot 1 "$T/odd" |
	jq -c '[.kind, .memory, .tid, .place, .value, .edges] | map(select(.))' | tr '\n' ' ')" \
	'["region","file"] ["region","anonymous"] ["static"] ["thread",100] ["register",100,"0x7f0000001010"] '\
'["edge","0x400010","0x7f0000001000"] ["edge","0x7f0000001000","0x7f0000002008"] ["end",2] '
is "a_dump_of_a_snapshot_in_words" "$("$PT_BIN" dump --snapshot 1 "$T/odd" | sed -n '/^edge/p;/^static/p')" \
	"$(printf 'static start=0x400000 end=0x400800 bias=0x400000 path=/nowhere/?]0;built\nedge place=0x400010 value=0x7f0000001000\nedge place=0x7f0000001000 value=0x7f0000002008')"
"$PT_BIN" dump --snapshot 2 "$T/odd" >"$T/out" 2>"$T/err"
is "a_lost_snapshot_is_said_to_be_missing" "$? $(wc -l <"$T/err") $(grep -c 'no whole snapshot 2' "$T/err")" "2 1 1"

# A reader that goes away: no complaint.
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do set -- "$@" "$T/odd"; done
for i in 1 2 3 4 5 6 7 8; do set -- "$@" "$@"; done
"$PT_BIN" dump "$@" 2>"$T/err" | head -n 1 >"$T/one"
is "dump_stops_quietly_when_nobody_reads" "$(wc -l <"$T/one") $(wc -c <"$T/err")" "1 0"
"$PT_BIN" dump "$T/odd" >/dev/full 2>"$T/err"
is "dump_says_when_the_disk_is_full" "$? $(wc -l <"$T/err")" "2 1"
"$PT_BIN" info "$T/odd" >/dev/full 2>"$T/err"
is "info_says_when_the_disk_is_full" "$? $(wc -l <"$T/err")" "2 1"
"$PT_BIN" dump "$T/dump" >"$T/out" 2>"$T/err"
is "dump_refuses_what_is_no_trace" "$? $(wc -l <"$T/err") $(wc -c <"$T/out")" "2 1 0"
done_testing
