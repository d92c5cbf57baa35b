#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Careless changes, each against a baseline of the sound program: the metric that ought to catch it does, by default and
# by a budget of its own, and the first line it blames is the one that was changed.
. "$PT_SRC/tests/lib/tap.sh"

exchange=$PT_BUILD/tests/pools/exchange
runs=10

record() # OPTION... -- PROGRAM...
{
	"$PT_BIN" record "$@" >"$T/.out" 2>&1 || note "$(head -n 3 "$T/.out")"
}

# line NAME: "FILE:LINE" of the comment `inject: NAME`
line()
{
	(cd "$PT_SRC/tests/pools" && grep -nE "inject: ([a-z-]+, )*$1( |,)" ./*.c | sed 's|^\./||; s/\([^:]*:[^:]*\):.*/\1/')
}

record --runs $runs -o "$T/base.ptrace" -- "$exchange"
"$PT_BIN" baseline "$T"/base.*.ptrace -o "$T/base.json"
record -o "$T/sound.ptrace" -- "$exchange"
ok "an_unchanged_program_is_within" "$PT_BIN" check --baseline "$T/base.json" "$T/sound.ptrace"

# broken FILE METRIC ROW: "STATE FILE:LINE of the first line blamed, FILE:LINE of who called it"
broken()
{
	jq -r --arg metric "$2" --arg row "$3" '
		def caller: .text | (capture("(called from|through) .*\\((?<at>[^ ()]*:[0-9]+)\\)").at // "nobody");
		.items[] | select(.metric == $metric and .of == $row and (.state == "broken"))
		| (.sites[0] // {} | "\(.state // "broken") \(.file // "?" | split("/") | last):\(.line // 0) "
			+ (if .text then caller else "nobody" end))' "$1"
}

# blames PROMISE FILE METRIC ROW NAME WHERE
blames()
{
	got=$(broken "$2" "$3" "$4")
	want=$(line "$5")
	case $6 in
	here) is "$1" "${got% *}" "broken $want" ;;
	caller) is "$1" "$(echo "$got" | awk '{ print $1, $3 }')" "broken $want" ;;
	esac
	[ "$got" ] || note "broken: $(jq -r '[.items[] | select(.state == "broken") | "\(.metric) of \(.of)"] | join(", ")' "$2")"
}

# caught NAME METRIC ROW MOST [caller]: METRIC of ROW is broken, and so is a budget of MOST; the line that was changed is the
# first one blamed, or the one that called it. With INJECT=nothing all of it must fail.
caught()
{
	name=$1 metric=$2 row=$3 most=$4 where=${5:-here}
	promise=$(echo "$name" | tr - _)
	record -o "$T/$name.ptrace" -- "$exchange" --inject "${INJECT:-$name}"
	"$PT_BIN" check --baseline "$T/base.json" --format json -o "$T/$name.json" "$T/$name.ptrace"
	is "${promise}_is_told_by_the_default_check" $? 1
	blames "${promise}_breaks_${metric}_and_the_changed_line_is_blamed" "$T/$name.json" "$metric" "$row" "$name" "$where"
	{
		printf 'version: 1\nbudgets:\n  - metric: %s\n    max: %s\n' "$metric" "$most"
		[ "$row" = process ] || printf '    pool: %s\n' "${row#pool }"
	} >"$T/$name.yml"
	"$PT_BIN" check --budget "$T/$name.yml" "$T/sound.ptrace" >"$T/.sound" 2>&1
	is "${promise}_a_budget_of_it_holds_for_the_sound_program" $? 0
	"$PT_BIN" check --budget "$T/$name.yml" --baseline "$T/base.json" --format json -o "$T/$name.json" "$T/$name.ptrace"
	is "${promise}_and_is_broken_by_it" $? 1
	blames "${promise}_and_blames_the_changed_line" "$T/$name.json" "$metric" "$row" "$name" "$where"
}

caught cap-removed idle_at_end_bytes "pool quotes" 300KiB
caught cap-too-small regretted_drops "pool quotes" 100
caught put-elsewhere stranded_misses "pool orders" 4
caught steal-disabled misses "pool fills" 50
caught clear-removed graph_retained_bytes "pool messages" 0
caught purge-too-often regretted_drops "pool orders" 20 caller
caught borrow-leak leaked_objects "pool fills" 0
caught double-put misuse "pool fills" 0
caught stays-large ratchet_bytes "pool scratch" 0
caught cache-per-thread blowup "pool scratch" 1.1 caller
caught prewarmed peak_in_use_bytes "pool fills" 256KiB
caught never-trimmed in_use_at_end_bytes process 2500KiB
caught lost-pointer unreachable_bytes process 64KiB
caught hot-loop temporary_allocations process 1000
caught large-records peak_in_use_bytes process 3000KiB
caught thread-hoard peak_held_bytes process 5MiB
done_testing
