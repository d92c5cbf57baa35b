#!/bin/sh
# SPDX-License-Identifier: MIT
#
# redis-server (jemalloc inside) on a unix socket under redis-benchmark, with a bgsave.
. "$PT_SRC/tests/victims/victim.sh"

server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null; }

# serve WAY: starts the server in $T/WAY by the function WAY_start, loads it, ends it
serve()
{
	way=$1
	mkdir -p "$T/$way"
	"${way}_start" redis-server --port 0 --unixsocket "$T/$way.sock" --dir "$T/$way" --save '' \
		--appendonly no --daemonize no --databases 1 >"$T/$way.log" 2>&1 &
	server=$!
	for _ in $(seq 200); do
		[ -S "$T/$way.sock" ] && break
		sleep 0.05
	done
	redis-benchmark -q -s "$T/$way.sock" -n 20000 -c 20 -r 5000 -t set,get,lpush,lpop,sadd,zadd,hset,mset \
		>"$T/$way.bench" 2>&1
	echo "benchmark $?"
	cli() { redis-cli -s "$T/$way.sock" "$@"; }
	seq 3000 | awk '{ print "SET fixed:" $1 " value" $1; print "RPUSH list " $1; print "HSET hash f" $1 " " $1 }' |
		cli >/dev/null
	cli get fixed:77
	cli lrange list 0 5
	cli hget hash f2000
	cli dbsize >/dev/null
	cli bgsave
	for _ in $(seq 100); do
		[ "$(cli info persistence | tr -d '\r' | sed -n 's/^rdb_bgsave_in_progress://p')" = 0 ] && break
		sleep 0.05
	done
	cli info persistence | tr -d '\r' | grep '^rdb_last_bgsave_status'
	cli shutdown nosave
	wait "$server"
	echo "status $?"
	server=
	redis-check-rdb "$T/$way/dump.rdb" >/dev/null && echo "rdb is good"
}
plain_start() { exec "$@"; }
# `counted` and `traced` run their command as a child: the server must be the job itself.
counted_start()
{
	exec env LD_PRELOAD="$PT_PROGS/libcounting_shim.so" COUNTING_SHIM_FILE="$T/sums" "$@"
}
traced_start()
{
	mkdir -p "$T/traces"
	exec env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/traces/%e.%p.%r.ptrace" "$@"
}

serve plain >"$T/plain.out"
serve traced >"$T/traced.out"
ok "redis_answers_and_ends_as_untraced" diff "$T/plain.out" "$T/traced.out"
is "redis_really_worked" "$(sed -n '1p;/^status/p;/^rdb is/p' "$T/plain.out" | tr '\n' ' ')" \
	"benchmark 0 status 0 rdb is good "
ok "the_benchmark_finished_all_its_tests" sh -c "[ \$(tr '\r' '\n' <'$T/traced.bench' | grep -c 'requests per second') -ge 8 ]"

main=$(largest "$T/traces")
broken=0 lost=0
for trace in "$T/traces"/*.ptrace; do
	whole "$trace" || broken=$((broken + 1))
	lost=$((lost + $(totals "$trace" | cut -d' ' -f3)))
done
is "redis_leaves_whole_traces" $broken 0
is "redis_loses_no_event" $lost 0
# The load is not the same to the call from run to run: timers, buffers that grow or not.
serve counted >"$T/counted.out"
want=$(counts "$T/sums" | cut -d' ' -f1)
got=$(totals "$main" | cut -d' ' -f1)
note "recorded $got, independent count $want"
within "redis_makes_about_the_allocations_that_an_independent_count_says" "$got" $((want - want / 20)) \
	$((want + want / 20))
within "the_forked_saver_has_its_own_trace_if_it_allocates" "$(ls "$T/traces" | wc -l)" 1 2
judge_report redis "$main"
done_testing
