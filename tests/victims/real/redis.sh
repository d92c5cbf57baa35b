# SPDX-License-Identifier: MIT
#
# redis-server (jemalloc inside) on a unix socket: redis-benchmark, a bgsave, a rewrite of the log.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="redis-server redis-tools"
limit_s=600
cli() { redis-cli -s "$T/here/sock" "$@"; }
# settled KEY: until that background job is over
settled()
{
	until cli info persistence | tr -d '\r' | grep -qx "$1:0"; do sleep 0.05; done
	cli info persistence | tr -d '\r' | grep "^$2:"
}
work()
{
	$program redis-server --port 0 --unixsocket "$T/here/sock" --dir . --save '' --appendonly yes \
		--daemonize no --databases 2 >server.log 2>&1 &
	server=$!
	for _ in $(seq 200); do
		[ -S sock ] && break
		sleep 0.05
	done
	$program redis-benchmark -q -s "$T/here/sock" -n 20000 -c 20 -r 5000 --dbnum 1 \
		-t set,get,lpush,lpop,sadd,zadd,hset,mset >bench 2>&1
	echo "benchmark $?, $(tr '\r' '\n' <bench | grep -c 'requests per second') tests"
	seq 3000 | awk '{ print "SET fixed:" $1 " value" $1; print "RPUSH list " $1; print "HSET hash f" $1 " " $1 }' |
		cli >/dev/null
	cli get fixed:77
	cli lrange list 0 5
	cli hget hash f2000
	cli bgsave
	settled rdb_bgsave_in_progress rdb_last_bgsave_status
	cli bgrewriteaof
	settled aof_rewrite_in_progress aof_last_bgrewrite_status
	cli debug reload nosave >/dev/null 2>&1
	cli -n 0 save
	cli shutdown nosave
	wait $server
	echo "status $?"
	redis-check-rdb dump.rdb >/dev/null && echo "rdb is good"
	# The first database holds what this script put there; the benchmark wrote into the second.
	redis-server --port 0 --unixsocket "$T/here/sock" --dir . --dbfilename dump.rdb --save '' --daemonize no >/dev/null 2>&1 &
	server=$!
	for _ in $(seq 200); do
		[ -S sock ] && break
		sleep 0.05
	done
	cli keys '*' | sort >keys
	sed 's/.*/type &/' keys | cli | sort | uniq -c
	cli lrange list 0 -1 >list
	cli hgetall hash | paste - - | sort >hash
	cli dbsize
	cli shutdown nosave
	wait $server
}
worked() { grep -qx 'benchmark 0, 8 tests' ../out && grep -qx 'rdb is good' ../out && [ "$(wc -l <list)" = 3000 ] && [ "$(wc -l <hash)" = 3000 ]; }
# Left out: server.log, bench: times and rates; dump.rdb, appendonlydir: creation time, order of a hash seeded at random, random keys of redis-benchmark. What they hold is read back and compared (keys, list, hash).
settle() { rm -rf server.log bench dump.rdb appendonlydir; }
