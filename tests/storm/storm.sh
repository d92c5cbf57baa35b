# SPDX-License-Identifier: MIT
#
# storm.sh - to be sourced by a storm of this folder, after tap.sh: how large it is, and its row of the table.
# shellcheck shell=sh

# storm NAME BAR FULL SMALL: SIZE is the one or the other (STORM_SMALL=1), or what STORM_SIZE says
storm()
{
	storm_name=$1 storm_bar=$2
	SIZE=${STORM_SIZE:-$([ "${STORM_SMALL:-0}" = 1 ] && echo "$4" || echo "$3")}
	storm_begun_s=$(date +%s)
}

# storm_over WHAT CAME-OUT: the last line of a storm
storm_over()
{
	[ -z "${STORM_ROW:-}" ] || printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$storm_name" "$storm_bar" "$1" "$2" \
		$(($(date +%s) - storm_begun_s)) $((tap_nr - tap_failed)) $tap_failed >>"$STORM_ROW"
	note "$1: $2"
	done_testing
}

# infos FOLDER: what info says of each trace there, one object a line; what it complains of is in $T/info.err
infos()
{
	find "$1" -name '*.ptrace' | xargs -r -n 200 "$PT_BIN" info --json 2>"$T/info.err" |
		jq -c 'if type == "array" then .[] else . end'
}

# kept_and_lost FILE: "allocations frees" of all traces in FILE (infos), and of them "allocations frees" that were lost
kept_and_lost()
{
	jq -rs '(map([.lost[].allocations] | add) | add // 0) as $a | (map([.lost[].frees] | add) | add // 0) as $f |
		"\((map(.allocations) | add // 0) + $a) \((map(.frees) | add // 0) + $f) \($a) \($f)"' "$1"
}
