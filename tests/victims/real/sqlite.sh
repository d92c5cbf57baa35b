# SPDX-License-Identifier: MIT
#
# sqlite3: 300,000 rows, an index, a join with sorting.
# shellcheck disable=SC2034,SC2086,SC2154 # read by trial.sh; $program is several words
packages="sqlite3"
limit_s=600
prepare() { sh "$PT_SRC/tests/victims/sqlite_script.sh" 300000 >script.sql; }
work()
{
	$program sqlite3 -batch -init /dev/null x.db ".read $T/input/script.sql" &&
		$program sqlite3 -batch -init /dev/null x.db "PRAGMA integrity_check; VACUUM" &&
		$program sqlite3 -batch -init /dev/null x.db .dump >dump.sql
}
worked() { [ "$(tail -n 2 ../out | tr '\n' ' ')" = "300000 ok " ]; }
