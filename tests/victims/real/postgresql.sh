# SPDX-License-Identifier: MIT
#
# PostgreSQL: initdb, pgbench with 4 clients, a query compiled by LLVM, one by parallel workers,
# a backend that is terminated, dump, checksums of all pages after the server's end.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="postgresql-15"
limit_s=900
pg=/usr/lib/postgresql/15/bin
# It refuses to be root: run as the user that Debian's package makes.
as_postgres()
{
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}
sql() { as_postgres $pg/psql -X -q -A -t -h "$T/here" -p 5499 -U postgres -v ON_ERROR_STOP=1 "$@" postgres; }
work()
{
	export TZ=UTC
	as_postgres $program $pg/initdb -D "$T/here/data" -k -A trust -U postgres -E UTF8 --locale=C -N >initdb.out
	echo "initdb $?"
	as_postgres $program $pg/postgres -D "$T/here/data" -h '' -k "$T/here" -p 5499 -c fsync=off \
		-c autovacuum_naptime=1s -c log_autovacuum_min_duration=-1 -c max_parallel_workers_per_gather=2 \
		-c min_parallel_table_scan_size=0 -c parallel_setup_cost=0 -c parallel_tuple_cost=0 >server.log 2>&1 &
	server=$!
	for _ in $(seq 300); do
		as_postgres $pg/pg_isready -q -h "$T/here" -p 5499 && break
		sleep 0.1
	done
	as_postgres $program $pg/pgbench -i -s 2 -q -h "$T/here" -p 5499 -U postgres postgres 2>init.err
	echo "pgbench -i $?"
	as_postgres $program $pg/pgbench -c 4 -j 2 -t 500 --random-seed=7 -h "$T/here" -p 5499 -U postgres postgres >bench 2>&1
	echo "pgbench $?"
	grep -E '^number of (transactions actually|failed)' bench
	as_postgres $program $pg/pgbench -c 4 -j 2 -t 200 -S -C --random-seed=8 -h "$T/here" -p 5499 -U postgres postgres >bench 2>&1
	grep -E '^number of (transactions actually|failed)' bench
	sql -c "SELECT count(*), sum(abalance) FROM pgbench_accounts" -c "SELECT bid, tid, aid, delta FROM pgbench_history ORDER BY 1,2,3,4" \
		-c "SELECT * FROM pgbench_tellers ORDER BY tid" -c "SELECT * FROM pgbench_branches ORDER BY bid"
	sql -c "SET jit_above_cost = 0" -c "SET jit_inline_above_cost = 0" -c "SET jit_optimize_above_cost = 0" \
		-c "SELECT bid, count(*), sum(abalance::numeric * aid), min(filler) FROM pgbench_accounts WHERE aid % 3 <> 1 GROUP BY bid ORDER BY bid" \
		-c "SELECT length(string_agg(aid::text, ',' ORDER BY aid)) FROM pgbench_accounts"
	sql -c "EXPLAIN (COSTS OFF) SELECT sum(aid) FROM pgbench_accounts" | grep -c Workers
	sql -c "DO \$\$ BEGIN RAISE EXCEPTION 'thrown %', 1/0; EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught'; END \$\$"
	sql -c "SELECT pg_sleep(60)" >slept 2>&1 &
	sleeper=$!
	until [ "$(sql -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()")" = 1 ]; do sleep 0.1; done
	wait $sleeper
	echo "terminated: $?"
	as_postgres $program $pg/vacuumdb -q -z -h "$T/here" -p 5499 -U postgres -a
	as_postgres $program $pg/pg_dump -h "$T/here" -p 5499 -U postgres -T pgbench_history postgres | grep -Ev '^.(un)?restrict ' | sort >dump.sql
	as_postgres $program $pg/pg_basebackup -h "$T/here" -p 5499 -U postgres -D "$T/here/backup" --no-sync -c fast
	echo "basebackup $?"
	as_postgres $pg/pg_verifybackup -q backup && echo "backup is good"
	kill -INT "$(head -n 1 data/postmaster.pid)"
	wait $server
	echo "server $?"
	as_postgres $pg/pg_checksums --check -D data | grep -E '^(Bad checksums|Data checksum version)'
}
worked() { [ "$(grep -cx 'number of transactions actually processed: \(2000/2000\|800/800\)' ../out)" = 2 ] && grep -qx 'server 0' ../out; }
# Left out: server.log, bench, init.err: process ids, times, rates; data, backup: a system identifier made at random, times, page layout by the order of 4 clients. All tables are dumped and compared, pages and backup verified.
settle()
{
	grep -E 'PANIC|signal 11|corrupt|could not' server.log >server.trouble
	rm -rf server.log bench init.err data backup
}
