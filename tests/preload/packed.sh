#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Traces of real programs, packed: bytes an event, the same bytes back, the same reports, and a live one.
. "$PT_SRC/tests/lib/tap.sh"
cd "$T" || exit 1

# one NAME COMMAND...: recorded, packed, unpacked, reported
one()
{
	name=$1
	shift
	LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/$name.ptrace POOLTRACE_CHILDREN=0 "$@" >"$T/out" 2>&1
	"$PT_BIN" pack "$name.ptrace" >"$T/packed" || note "$(cat "$T/packed")"
	info "$name.ptracez" >"$T/info"
	note "$name: $(jq -r '"\(.events) events, \(.bytes_per_event) bytes each, packed \(.file_packed_bytes / .events)"' "$T/info")"
	is "an_event_of_${name}_packs_to_1.5_bytes" "$(jq '.events > 100000 and .file_packed_bytes / .events <= 1.5' "$T/info")" true
	report "$name.ptrace" | jq -S 'del(.trace.path)' >"$T/plain.json"
	report "$name.ptracez" | jq -S 'del(.trace.path)' >"$T/packed.json"
	ok "the_report_of_${name}_packed_is_the_same" cmp "$T/plain.json" "$T/packed.json"
	"$PT_BIN" unpack -o back "$name.ptracez" >/dev/null
	ok "${name}_comes_back_byte_for_byte" cmp -n "$(wc -c <back)" back "$name.ptrace"
	is "and_all_of_${name}_that_was_used" "$(wc -c <back)" "$(jq .file_used_bytes "$T/info")"
	rm -f back "$name.ptrace" "$name.ptracez"
}

cat >work.py <<'P'
import json
def tree(d): return {'d': d, 'kids': [tree(d - 1) for _ in range(3)]} if d else [str(d)] * 3
for i in range(12):
    t = json.loads(json.dumps(tree(7)))
    len(' '.join(sorted(str(x * 7919 % 10007) for x in range(8000))))
P
PYTHONMALLOC=malloc one python /usr/bin/python3 -S work.py
cat >work.sql <<'S'
CREATE TABLE t(a INTEGER, b TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO t SELECT i * 7919 % 20011, hex(i) FROM n;
CREATE INDEX x ON t(b);
SELECT count(*), max(b) FROM t GROUP BY a % 100 ORDER BY b;
S
one sqlite /usr/bin/sqlite3 -batch -init /dev/null :memory: ".read work.sql"
one perl /usr/bin/perl -e 'for $i (1..60000) { $h{$i % 997} = join ",", map { $_ * $i } 1..3 } print scalar(keys %h)'

# A program that is still running: what is packed is one moment of it.
LD_PRELOAD=$PT_LIB POOLTRACE_OUTPUT=$T/live.ptrace "$PT_PROGS/xthread" 4 50000000 >"$T/out" 2>&1 &
live=$!
for i in 1 2 3 4 5 6 7 8; do
	[ -s live.ptrace ] || sleep 0.1
done
sleep 0.2
"$PT_BIN" pack live.ptrace >"$T/packed" 2>"$T/err"
is "a_live_trace_is_packed_up_to_now" "$? $(grep -c 'still being written' "$T/packed")" "0 1"
"$PT_BIN" pack --rm -o other live.ptrace 2>"$T/err"
is "it_is_not_removed" "$? $(grep -c 'still being written' "$T/err") $(ls other 2>/dev/null)" "2 1 "
kill "$live" 2>/dev/null
wait "$live" 2>/dev/null
info live.ptracez >"$T/info"
is "and_holds_no_free_without_its_allocation" \
	"$(jq -c '[.events > 1000, .live, .truncated, .corrupt_chunks, .anomalies.free_of_unknown, .anomalies.free_of_dead, .anomalies.alloc_of_live]' "$T/info")" \
	'[true,true,false,0,0,0,0]'
done_testing
