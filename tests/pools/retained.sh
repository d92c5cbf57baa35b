#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Messages with pointers in them, on each design of pool: what only idle ones keep alive, by field, against what
# the program itself knows; then the same when they are cleared before they are put.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT
load='--pointers --processors 8 --workers 4 --burst 1024 --every 10 --hold 32 --messages 8192 --migrate-every 1'

# run NAME OPTION...: $T/NAME.truth, .ptrace, .graph (JSON, all snapshots), .json (the report) and .text
run()
{
	run=$1
	shift
	if ! "$PT_BIN" record -o "$T/$run.ptrace" -- "$PT_BUILD/tests/pools/marketdata" $load "$@" \
		>"$T/$run.truth" 2>"$T/$run.error" ||
		! "$PT_BIN" graph --json --snapshot=all "$T/$run.ptrace" >"$T/$run.graph" ||
		! "$PT_BIN" graph "$T/$run.ptrace" | tr -s ' \n' ' ' >"$T/$run.text"; then
		fail "${run}_ends_well"
		note "$(head -n 3 "$T/$run.error")"
	fi
	report "$T/$run.ptrace" >"$T/$run.json"
}

true_() { jq -r ".snapshots[$2] | $3" "$T/$1.truth"; }	 # NAME NTH EXPRESSION
told() { jq -r ".snapshots[$2] | $3" "$T/$1.graph"; }
reported() { jq -r ".pools[] | select(.source == \"annotated\") | $2" "$T/$1.json"; }
fields='[.fields[] | select(.objects > 0)] | sort_by(-.retained_bytes, -.objects, .offset)[]
	| "\(.offset) \(.name) \(.retained_bytes) \(.objects)"'
as_told='.fields[] | "\(.offset) \(.name) \(.retained_bytes) \(.objects)"'
hex() { printf '+0x%x' "$1"; }
human() { echo "$1" | awk '{ n = split("B KiB MiB", unit); for (i = 1; $1 >= (i > 1 ? 1023.95 : 1024) && i < n; i++) $1 /= 1024
	printf i == 1 ? "%d %s" : "%.1f %s", $1, unit[i] }'; }
text_has() { grep -qF "$2" "$T/$1.text" || { cat "$T/$1.text"; false; }; }

# as_it_is NAME NTH: every number of a snapshot that the program knows
as_it_is()
{
	is "${1}_its_idle_objects_keep_what_the_program_knows" \
		"$(told "$1" "$2" '"\(.pools[0].graph_retained_bytes // 0) \(.idle_retained_bytes)"')" \
		"$(true_ "$1" "$2" '"\(.retained_bytes) \(.retained_bytes)"')"
	is "${1}_each_field_has_its_offset_name_bytes_and_objects_and_the_heaviest_is_first" \
		"$(told "$1" "$2" "$as_told")" "$(true_ "$1" "$2" "$fields")"
	is "${1}_what_hangs_on_several_fields_is_the_rest" "$(told "$1" "$2" '.pools[0].fields_more_bytes // 0')" \
		"$(true_ "$1" "$2" '.retained_bytes - ([.fields[].retained_bytes] | add)')"
}

# The line where a design tells a put.
put_site()
{
	echo "${1}_put ($1.c:$(grep -n 'pooltrace_put(' "$PT_SRC/tests/pools/$1.c" | cut -d: -f1)))."
}

# kept DESIGN: with what stays when it is put
kept()
{
	as_it_is "$1" 0
	# The tables have every instrument as well; `fills` leads to what last_fill points at.
	is "${1}_what_live_objects_hold_too_is_not_kept" \
		"$(told "$1" 0 '[.fields[] | select(.name == "instrument" or .name == "last_fill") | "\(.name) \(.retained_bytes)"] | sort | join(" ")')" \
		"instrument 0 last_fill 0"
	is "${1}_four_fields_of_different_weight_keep_something" \
		"$(told "$1" 0 '[.fields[].retained_bytes | select(. > 0)] | unique | length')" 4
	first=$(true_ "$1" 0 '.fields | max_by(.retained_bytes) | "\(.offset) \(.name) \(.objects) \(.retained_bytes)"')
	set -- "$1" $first
	ok "${1}_the_text_says_what_to_clear_and_where_it_is_put" text_has "$1" \
		"to do Clear $(hex "$2") $3 before put (put at $(put_site "$1")"
	ok "${1}_and_how_much_it_keeps" text_has "$1" "Idle objects of $1 keep $(human "$(true_ "$1" 0 .retained_bytes)") alive: field $(hex "$2") $3 of $4 idle objects keeps $(human "$5")"
	is "${1}_the_report_and_its_waterfall_have_the_same_bytes" \
		"$(reported "$1" '"\(.graph_retained_bytes) \(.waterfall[] | select(.term == "graph").bytes)"')" \
		"$(true_ "$1" 0 '"\(.retained_bytes) \(.retained_bytes)"')"
	note "$1: $(told "$1" 0 '"\(.pools[0].idle_objects) idle objects keep \(.pools[0].graph_retained_bytes) bytes: "
		+ ([.fields[] | "\(.name) \(.retained_bytes)"] | join(", "))')"
}

# cleared NAME NTH: nothing is left of it, though there is who could keep it
cleared()
{
	is "${1}_cleared_nothing_is_kept" "$(told "$1" "$2" '"\(.pools[0].graph_retained_bytes) \(.idle_retained_bytes) \(.fields | length)"')" \
		"0 0 0"
	is "${1}_cleared_the_program_knows_it" "$(true_ "$1" "$2" '"\(.retained_bytes) \([.fields[].objects] | add)"')" "0 0"
	within "${1}_cleared_there_are_idle_objects" "$(told "$1" "$2" '.pools[0].idle_objects')" 50 1000
	is "${1}_cleared_there_is_no_finding" \
		"$(told "$1" "$2" '[.diagnosis[] | select(.kind == "retained") | "\(.severity) \(.text)"] | join(" ")')" \
		"fine Nothing is kept alive by idle objects only."
	is "${1}_cleared_the_report_says_0" \
		"$(reported "$1" '"\(.graph_retained_bytes) \(.waterfall[] | select(.term == "graph").bytes)"')" "0 0"
}

for design in syncpool sharded ring prealloc; do
	run $design --pool $design --capacity 320
	kept $design
	run ${design}_clear --pool $design --capacity 320 --clear-on-put
	cleared ${design}_clear 0
done

# Producers and consumers, objects that are dropped with all they point at, collections.
run dropping --pool syncpool-capped --capacity 12 --cross --gc 3 --processors 4
as_it_is dropping 0
within dropping_there_were_drops "$(jq '.pools[0].drops' "$T/dropping.truth")" 20 1000000

# What idle objects keep and what nobody reaches are two things.
POOLTRACE_SNAPSHOT=registers
export POOLTRACE_SNAPSHOT
run forgetting --forget-every 100
unset POOLTRACE_SNAPSHOT
as_it_is forgetting 0
within forgetting_there_are_leaks "$(true_ forgetting 0 .leaked_bytes)" $((40 * 4096)) $((400 * 65536))
is forgetting_they_are_unreachable_and_kept_by_nobody \
	"$(told forgetting 0 '[.unreachable[] | select(.site | contains("message.c")).bytes] | add')" \
	"$(true_ forgetting 0 .leaked_bytes)"

# Before and after in one trace: what lies idle is cleared where it lies.
run swept --sweep
as_it_is swept 0
cleared swept 1
"$PT_BIN" graph --diff "$T/swept.ptrace:1" "$T/swept.ptrace:2" | tr -s ' ' >"$T/swept.text"
is swept_the_difference_names_what_each_field_kept "$(sed -n 's/^ *\(-[^ ]* [^ ]*\) .* syncpool \(+0x.*\)/\2 \1/p' "$T/swept.text" | sort)" \
	"$(true_ swept 0 '.fields[] | select(.retained_bytes > 0) | "\(.offset) \(.name) \(.retained_bytes)"' |
		while read -r offset name bytes; do echo "$(hex "$offset") $name -$(human "$bytes")"; done | sort)"
whole=$(human "$(true_ swept 0 .retained_bytes)")
ok swept_and_what_the_pool_kept text_has swept " idle keep -$whole ($whole, then 0 B)"
done_testing
