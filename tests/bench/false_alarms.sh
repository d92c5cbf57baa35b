#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How often a check says that something grew when nothing did: RUNS runs of a threaded load against a baseline of 10, with
# default settings, each checked alone. Beside it the same runs gated on the largest resident set, and a tenth
# of the runs again with a leak of a tenth of the memory, which a gate has to see. ./dev false-alarms runs it; so does
# the suite, with few runs. Usage: PT_BIN=... PT_LIB=... PT_BUILD=... false_alarms.sh RUNS FOLDER [MARKETDATA_OPTION]...
set -eu

runs=${1:?} dir=${2:?}
shift 2
marketdata=$PT_BUILD/tests/pools/marketdata
# Free-running threads that move between processors, and buffers that keep blocks of memory.
load='--workers 4 --processors 16 --rate 0 --messages 32000 --batch 16 --bytes 65536 --hold 16 --children 2 --migrate-every 8'"${*:+ $*}"
leak='--forget-every 160' # 10 to 12 of about 120 buffers

# run NAME OPTION...: NAME.ptrace and NAME.rss
run()
{
	name=$1
	shift
	# shellcheck disable=SC2086 # a list of options
	"$PT_BUILD/tests/bench/max_rss" "$dir/$name.rss" env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$dir/$name.ptrace" \
		"$marketdata" $load "$@" >"$dir/truth.json"
}

# check NAME: is it told? What was broken is added to FOLDER/told.
check()
{
	status=0
	"$PT_BIN" check --baseline "$dir/base.json" --format json -o "$dir/check.json" "$dir/$1.ptrace" 2>/dev/null || status=$?
	[ $status -le 1 ] || exit 2
	[ $status = 0 ] || jq -r --arg run "$1" '.items[] | select(.state == "broken") | "\($run) \(.text)"' "$dir/check.json" \
		>>"$dir/told"
	rm -f "$dir/$1.ptrace"
	echo $status
}

mkdir -p "$dir"
: >"$dir/told"
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	run base.$i
done
"$PT_BIN" baseline "$dir"/base.*.ptrace -o "$dir/base.json"
alarms=0
i=0
while [ $i -lt "$runs" ]; do
	i=$((i + 1))
	run same.$i
	alarms=$((alarms + $(check same.$i)))
done
leaks=$(((runs + 9) / 10))
caught=0
i=0
while [ $i -lt $leaks ]; do
	i=$((i + 1))
	# shellcheck disable=SC2086
	run leak.$i $leak
	caught=$((caught + $(check leak.$i)))
done

# Gates on RSS: more than the median of the baseline.
nth() { cat "$dir"/"$1".*.rss | sort -n | awk -v share="$2" '{ a[NR] = $1 } END { printf "%.0f", a[int((NR - 1) * share) + 1] }'; }
over() { cat "$dir"/"$1".*.rss | awk -v most="$2" '$1 > most { n++ } END { print n + 0 }'; }
median=$(nth base 0.5)
gate() # NAME MOST
{
	printf '%-44s %4d of %d %8d of %d\n' "$1" "$(over same "$2")" "$runs" "$(over leak "$2")" $leaks
}
least=$(($(nth leak 0.1) - 1)) # the widest that still catches nine leaks of ten

printf '%-44s %13s %14s\n' "gate" "false alarms" "leaks caught"
printf '%-44s %4d of %d %8d of %d\n' "pooltrace check --baseline, default settings" $alarms "$runs" $caught $leaks
gate "largest RSS, 5 % more allowed" $((median + median / 20))
gate "largest RSS, 25 % more allowed" $((median + median / 4))
gate "largest RSS, tight enough for 9 leaks of 10" "$least"
sort "$dir/told" | awk '$1 ~ /^same/' >"$dir/alarms"
[ ! -s "$dir/alarms" ] || sed 's/^/false alarm: /' "$dir/alarms"
