#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sqlite_script.sh ROWS - an SQL script: inserts, an index, a join with sorting, and the count.
# Used by the victim's test and by the benchmark.
awk -v rows="${1:-300000}" '
BEGIN {
	print "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"
	print "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER);"
	print "BEGIN;"
	for (i = 0; i < rows; i++)
		printf "INSERT INTO t VALUES (%d, %cname number %d%c, %d);\n", i, 39, i * 7919 % rows, 39, i % 1000
	print "COMMIT;"
	print "CREATE INDEX ix ON t (name);"
	print "SELECT n, count(*), max(name) FROM t GROUP BY n ORDER BY max(name) LIMIT 10;"
	print "SELECT sum(length(a.name || b.name)) FROM t a JOIN t b ON a.id = b.n;"
	print "SELECT count(*) FROM t;"
}'
