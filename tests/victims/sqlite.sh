#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sqlite3 on a script of 300,000 rows; the count of its allocations against heaptrack's too.
. "$PT_SRC/tests/victims/victim.sh"

sh "$PT_SRC/tests/victims/sqlite_script.sh" 300000 >"$T/script.sql"
compare sqlite3 sqlite3 -batch -init /dev/null x.db ".read $T/script.sql"
ours=$(jq .totals.allocations "$T/report.json")
is "the_script_was_really_run" "$(tail -n 1 "$T/plain.out")" "300000"

# heaptrack's own file, interpreted afterwards.
mkdir "$T/heaptrack"
(cd "$T/heaptrack" && env LD_PRELOAD=/usr/lib/heaptrack/libheaptrack_preload.so \
	DUMP_HEAPTRACK_OUTPUT="$T/heaptrack.raw" sqlite3 -batch -init /dev/null x.db ".read $T/script.sql") \
	>/dev/null 2>&1
theirs=$(/usr/lib/heaptrack/libexec/heaptrack_interpret <"$T/heaptrack.raw" 2>&1 >/dev/null |
	sed -n 's/^[[:space:]]*allocations:[[:space:]]*//p')
note "pooltrace $ours, heaptrack $theirs allocation calls"
within "sqlite3_allocates_as_often_as_heaptrack_says_to_0.1_percent" "$ours" \
	$((${theirs:-0} - ${theirs:-0} / 1000)) $((${theirs:-0} + ${theirs:-0} / 1000))
done_testing
