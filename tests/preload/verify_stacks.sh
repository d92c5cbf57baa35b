#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The stacks that the recorder finds are those that libunwind finds, on real programs: POOLTRACE_VERIFY_STACKS=1.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_VERIFY_STACKS
mkdir "$T/traces"

# verified NAME STACKS COMMAND...: at least so many stacks were compared, none differs
verified()
{
	verified_name=$1 verified_stacks=$2
	shift 2
	rm -f "$T/traces"/*
	timeout 100 env LD_PRELOAD="$PT_LIB" POOLTRACE_VERIFY_STACKS=1 POOLTRACE_OUTPUT="$T/traces/%p.%r.ptrace" \
		"$@" >"$T/out" 2>"$T/err" </dev/null
	status=$?
	"$PT_BIN" info --json "$T/traces"/*.ptrace >"$T/info"
	jq -s '[.. | objects | .stacks_checked // empty] | add' "$T/info" >"$T/checked"
	within "${verified_name}_many_stacks_are_compared" "$(cat "$T/checked")" "$verified_stacks" 100000000
	is "${verified_name}_none_differs" "$status $(jq -s '[.. | objects | .stacks_differing // empty] | add' "$T/info")" "0 0"
	note "$verified_name: $(cat "$T/checked") stacks, $(grep -c stacks_checked "$T/info") processes"
}

cat >"$T/work.py" <<-'END'
	import json
	def tree(d): return {'d': d, 'kids': [tree(d - 1) for _ in range(3)]} if d else [str(d)] * 3
	def walk(t): return 1 + sum(walk(k) for k in t['kids']) if isinstance(t, dict) else len(t)
	print(walk(json.loads(json.dumps(tree(6)))), len(' '.join(sorted(str(x * 7919 % 10007) for x in range(2000)))))
END
{
	echo 'CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER); BEGIN;'
	seq 1 2000 | sed 's/.*/INSERT INTO t VALUES (&, "name &", & * 7919 % 10007);/'
	echo 'COMMIT; CREATE INDEX ix ON t (name); SELECT sum(length(a.name || b.name)) FROM t a JOIN t b ON a.id = b.n;'
} >"$T/work.sql"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q "$T/repo" && seq 1 500 >"$T/repo/a" && git -C "$T/repo" add a &&
	git -C "$T/repo" -c user.name=a -c user.email=a@b commit -qm 1 && seq 2 600 >"$T/repo/a" &&
	git -C "$T/repo" -c user.name=a -c user.email=a@b commit -qam 2

verified cpython 20000 env PYTHONMALLOC=malloc /usr/bin/python3 -S "$T/work.py"
verified sqlite3 20000 sqlite3 -batch -init /dev/null :memory: ".read $T/work.sql"
verified git 300 git -C "$T/repo" log -p --stat
# shellcheck disable=SC2016 # Perl's own
verified perl 20000 perl -e 'my %h; $h{$_} = [$_, "x$_"] for 1 .. 8000; print scalar(sort keys %h)'
verified threads 2000 "$PT_PROGS/hoard" 
[ ! -x "$PT_PROGS/thrower" ] || verified exceptions 5000 "$PT_PROGS/thrower"
verified signals 10000 "$PT_PROGS/signal_stacks"
verified shapes 10000 "$PT_PROGS/stack_shapes"

# A server, and its own client from outside.
rm -f "$T/traces"/*
env LD_PRELOAD="$PT_LIB" POOLTRACE_VERIFY_STACKS=1 POOLTRACE_OUTPUT="$T/traces/%p.ptrace" redis-server --port 0 \
	--unixsocket "$T/sock" --save '' --appendonly no >"$T/out" 2>&1 &
server=$!
n=0
until [ -S "$T/sock" ] || [ $n -gt 200 ]; do
	sleep 0.05
	n=$((n + 1))
done
redis-benchmark -q -s "$T/sock" -n 2000 -c 5 -r 1000 -d 100 -t set,get,lpush,lpop,sadd,hset,zadd >"$T/bench" 2>&1
redis-cli -s "$T/sock" shutdown nosave >/dev/null 2>&1
wait $server
"$PT_BIN" info --json "$T/traces"/*.ptrace >"$T/info"
within "redis_many_stacks_are_compared" "$(jq .stacks_checked "$T/info")" 5000 100000000
is "redis_none_differs" "$(jq .stacks_differing "$T/info")" 0
done_testing
