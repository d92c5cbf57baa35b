#!/bin/sh
# SPDX-License-Identifier: MIT
#
# include/pooltrace.h: each call of an annotated program is in its trace, and changes nothing else.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/preload/annotate_lib.sh"

"$PT_PROGS/annotate" calls >"$T/plain"
traced "$T/calls.d" "$PT_PROGS/annotate" calls "$T/truth" >"$T/traced"
is "an_annotated_program_ends_well_when_recorded" $? 0
ok "it_says_the_same_with_and_without_the_recorder" diff "$T/plain" "$T/traced"
is "errno_is_kept_by_each_call" "$(cat "$T/traced")" "calls ends with 0, errno changed 0 times"
trace=$(the_trace "$T/calls.d")
same_calls "each_call_is_in_the_trace_with_its_arguments" "$trace" "$T/truth"
within "with_pools_shards_and_sizes_of_every_width" "$(wc -l <"$T/truth")" 270 280
ok "the_trace_is_whole" whole "$trace"

# Stacks: what was called from where. addr2line's names of the frames in the program itself.
"$PT_BIN" dump --json --stacks "$trace" >"$T/stacks"
functions()
{
	jq -r --arg kind "$1" 'select(.kind == $kind and .frames) | .frames[]
		| select(.module | endswith("/annotate")) | .offset_bytes - 1' "$T/stacks" |
		while read -r offset; do
			addr2line -fie "$PT_PROGS/annotate" "$(printf '%x' "$offset")" | sed -n 'p;n'
		done | awk '!seen[$0]++' | tr '\n' ' '
}
without=
for call in pool_create get put stock drop purge resize mark pool_destroy; do
	case " $(functions "pool_${call#pool_}")$(functions "$call") " in
	*" pooltrace_$call ${call#pool_} do_calls main "*) ;;
	*) without="$without $call: $(functions "pool_${call#pool_}")$(functions "$call")" ;;
	esac
done
is "each_call_has_its_stack" "$without" ""
is "a_move_a_miss_and_a_name_of_a_shard_have_none" \
	"$(jq 'select(.kind | test("pool_(move|miss)|shard_name")) | .stack' "$T/stacks" | sort -u)" null
(POOLTRACE_STACK_DEPTH=0 && export POOLTRACE_STACK_DEPTH && traced "$T/flat" "$PT_PROGS/annotate" calls "$T/truth") >/dev/null
same_calls "without_stacks_the_calls_are_the_same" "$(the_trace "$T/flat")" "$T/truth"

traced "$T/null" "$PT_PROGS/annotate" null "$T/truth" >/dev/null
is "a_pool_or_an_object_of_NULL_harms_nothing" $? 0
same_calls "and_is_an_address_like_any_other" "$(the_trace "$T/null")" "$T/truth"
ok "a_report_can_be_made_of_it" report "$(the_trace "$T/null")"

valid_text() { [ -s "$1" ] && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null; }
valid_json() { valid_text "$1" && jq . "$1" >/dev/null; }
controls() { [ -s "$1" ] && tr -d '\n' <"$1" | tr -dc '\000-\037\177' | wc -c; }

# Names: cut, clean as text, valid as JSON.
traced "$T/names" "$PT_PROGS/annotate" names >/dev/null
is "names_of_every_kind_harm_nothing" $? 0
trace=$(the_trace "$T/names")
"$PT_BIN" dump --json "$trace" >"$T/names.json"
ok "names_leave_dump_as_valid_UTF-8_in_valid_JSON" valid_json "$T/names.json"
name() { jq -r --arg kind "$1" 'select(.kind == $kind) | .name' "$T/names.json" | sed -n "$2p"; }
letters() { head -c "$1" /dev/zero | tr '\0' n; }
is "63_bytes_of_a_pools_name_are_kept" "$(name pool_create 1)" "$(letters 63)"
is "63_bytes_of_a_shards_name_are_kept" "$(name shard_name 1)" "$(letters 63)"
is "255_bytes_of_a_mark_are_kept" "$(name mark 1)" "$(letters 255)"
is "a_missing_name_is_an_empty_one" "$(jq -c 'select(.name == "") | .kind' "$T/names.json" | tr '\n' ' ')" \
	'"pool_create" "shard_name" "mark" "mark" '
is "control_characters_are_kept_in_JSON" \
	"$(jq -c 'select(.kind == "mark") | .name' "$T/names.json" | sed -n 4p)" \
	'"two\nlines\tand a \"quote\" \\ and \u0001\u001b[31m\u007f."'
ok "a_name_that_is_no_UTF-8_is_still_there" holds "$T/names.json" \
	'select(.kind == "mark" and (.name | startswith("bad "))) | .name | endswith(" utf-8")'
is "a_letter_that_is_cut_in_two_does_no_harm" "$(name pool_create 3 | cut -c1-62)" \
	"$(letters 31 | sed "s/n/$(printf '\303\251')/g")"
"$PT_BIN" dump "$trace" >"$T/names.text"
is "no_control_character_reaches_a_terminal_by_dump" "$(controls "$T/names.text")" 0
ok "dumps_text_is_valid_UTF-8" valid_text "$T/names.text"
"$PT_BIN" report "$trace" >"$T/names.text" 2>&1
is "no_control_character_reaches_a_terminal_by_report" "$(controls "$T/names.text")" 0
ok "reports_text_is_valid_UTF-8" valid_text "$T/names.text"
report "$trace" >"$T/names.report"
ok "reports_JSON_is_valid_UTF-8" valid_json "$T/names.report"

# Pause and resume, and a child of a paused process.
"$PT_PROGS/annotate" pause >"$T/plain"
is "a_program_that_pauses_runs_without_the_recorder" "$(tr '\n' ' ' <"$T/plain")" \
	"recording 0 recording 0 pause ends with 0, errno changed 0 times "
traced "$T/pause" "$PT_PROGS/annotate" pause "$T/pids" >"$T/traced"
is "recording_stops_and_goes_on" "$(tr '\n' ' ' <"$T/traced")" \
	"recording 1 recording 1 pause ends with 0, errno changed 0 times "
quiet=$(sed -n 1p "$T/pids") child=$(sed -n 2p "$T/pids")
is "a_child_forked_while_paused_leaves_no_event" "${quiet:+known} $(find "$T/pause" -name "*.${quiet:-x}.*" | wc -l)" "known 0"
trace=$(ls "$T/pause"/*."${child:-x}".*.ptrace)
is "and_records_when_it_resumes" \
	"$("$PT_BIN" dump --json "$trace" | jq -r 'select(.kind == "pool_get") | .size_bytes' | wc -l) $(
		"$PT_BIN" dump --json "$trace" | jq -r 'select(.kind == "mark") | .name')" "7 child goes on"
for other in "$T/pause"/*.ptrace; do
	[ "$other" = "$trace" ] || parent=$other
done
"$PT_BIN" dump --json "$parent" >"$T/parent.json"
is "nothing_is_recorded_in_between" \
	"$(jq -r 'select(.size_bytes == 1234 and .kind != "usable" or .kind == "pause" or .kind == "resume" or .kind == "mark")
		| .kind' "$T/parent.json" | awk '$1 == "alloc" || $1 == "pool_get" { n++; next }
		n { print n, "calls"; n = 0 } { print $1 } END { print n, "calls" }' | tr '\n' ' ')" \
	"20 calls pause resume mark 40 calls "
ok "the_trace_of_a_paused_program_is_whole" whole "$parent"
is "no_block_is_freed_that_was_not_seen" "$(info "$parent" | jq -c '[.anomalies[]] | add')" 0

# Calls from a library that comes late, from handlers and from many threads.
traced "$T/plugin" "$PT_PROGS/annotate" plugin "$T/truth" "$PT_PROGS/libannotate_plugin.so" >"$T/out"
is "calls_of_a_library_that_is_loaded_at_run_time_are_recorded" \
	"$(annotations "$(the_trace "$T/plugin")" | cut -d' ' -f1 | tr '\n' ' ')" \
	"pool_create pool_get pool_put pool_destroy pool_create pool_get pool_put pool_destroy "
"$PT_PROGS/annotate" plugin "$T/truth" "$PT_PROGS/libannotate_plugin.so" >"$T/out"
is "and_it_loads_without_the_recorder" $? 0

got=$(traced "$T/busy" "$PT_PROGS/annotate_busy" 4 5000)
trace=$(the_trace "$T/busy")
"$PT_BIN" dump --json "$trace" >"$T/busy.json"
of() { jq -r --arg kind "$1" 'select(.kind == $kind) | .shard' "$T/busy.json" | "$2" -c -x 1000; }
other() { grep -v "$@"; }
is "every_call_of_4_threads_and_their_signal_handlers_is_recorded" \
	"$(of pool_get other) $(of pool_put other) $(of pool_get grep) $(of pool_put grep) 0" "$got"
within "and_handlers_did_run" "$(of pool_get grep)" 20 10000000
is "each_thread_is_its_own_shard_or_the_one_it_names" \
	"$(jq -r 'select(.kind == "pool_get" and .shard != 1000) | "\(.thread) \(.shard)"' "$T/busy.json" | sort -u |
		awk '{ shards[$1] = shards[$1] " " $2 } END { for (t in shards) print shards[t] }' | sort | tr '\n' ',')" \
	" 0 thread, 1 thread, 2 thread, 3 thread,"
is "an_object_that_wanders_is_got_and_put_in_turn" \
	"$(jq -rn 'reduce (inputs | select(.kind | test("pool_(get|put|stock)")) | select(.shard != 1000)) as $e ({};
		($e.pool + $e.addr) as $o
		| (if $e.kind == "pool_get" then "use" else "idle" end) as $now
		| if .[$o] == $now then .wrong += 1 else . end | .[$o] = $now) | "\(length) \(.wrong // 0)"' "$T/busy.json")" "8 0"
ok "nothing_of_it_is_lost" whole "$trace"
done_testing
