#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How often a check says that something grew when nothing did: RUNS runs of a threaded load against a baseline of 10, with
# default settings, each checked alone. Beside it the same runs gated on the largest resident set, and a tenth
# of the runs again with a leak of about a tenth of the memory, which a gate has to see. ./dev false-alarms runs all;
# the suite one, with few runs. Usage: PT_BIN=... PT_LIB=... PT_BUILD=... false_alarms.sh LOAD RUNS FOLDER
set -eu

load=${1:?} runs=${2:?} dir=$(mkdir -p "${3:?}" && cd "$3" && pwd)

traced() # NAME COMMAND...: NAME.ptrace and NAME.rss
{
	name=$1
	shift
	"$PT_BUILD/tests/bench/max_rss" "$dir/$name.rss" env LD_PRELOAD="$PT_LIB" POOLTRACE_CHILDREN=0 \
		POOLTRACE_OUTPUT="$dir/$name.ptrace" "$@" >"$dir/out"
}

# Free-running threads that move between processors, and buffers that keep blocks of memory.
marketdata()
{
	traced "$@" "$PT_BUILD/tests/pools/marketdata" --workers 4 --processors 16 --rate 0 --messages 32000 --batch 16 \
		--bytes 65536 --hold 16 --children 2 --migrate-every 8 $options
}

# A server with jemalloc; threads of its own in the background.
redis()
{
	rm -f "$dir/sock"
	traced "$1" redis-server --port 0 --unixsocket "$dir/sock" --dir "$dir" --save '' --appendonly no \
		--daemonize no --databases 1 &
	server=$!
	while [ ! -S "$dir/sock" ]; do
		kill -0 $server
		sleep 0.02
	done
	redis-benchmark -q -s "$dir/sock" -n 2000 -c 10 -r 2000 -d 512 -t set,lpush,lpop,hset >"$dir/bench"
	seq "${options:-4000}" | awk '{ printf "SET key:%d %0512d\n", $1, $1 }' | redis-cli -s "$dir/sock" >"$dir/cli"
	redis-cli -s "$dir/sock" shutdown nosave
	wait $server
}

case $load in
marketdata) work=marketdata sound='' leak='--forget-every 160' ;; # 10 to 12 of about 120 buffers
collected) work=marketdata sound='--gc 5' leak='--gc 5 --forget-every 160' ;;
redis) work=redis sound='' leak=5000 ;; # keys: a fifth of those that are written one by one, a tenth of all memory
*) echo "$0: loads are marketdata, collected, redis" >&2; exit 2 ;;
esac
run() # NAME OPTIONS
{
	options=$2
	$work "$1"
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

: >"$dir/told"
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	run base.$i "$sound"
done
"$PT_BIN" baseline "$dir"/base.*.ptrace -o "$dir/base.json"
alarms=0
i=0
while [ $i -lt "$runs" ]; do
	i=$((i + 1))
	run same.$i "$sound"
	alarms=$((alarms + $(check same.$i)))
done
leaks=$(((runs + 9) / 10))
caught=0
i=0
while [ $i -lt $leaks ]; do
	i=$((i + 1))
	run leak.$i "$leak"
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
