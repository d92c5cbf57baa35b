#!/bin/sh
# SPDX-License-Identifier: MIT
#
# 1,000 random graphs planted in real processes: every planted word is in the snapshot, and blocks hold no other.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT
: >"$T/planted" >"$T/missing" >"$T/foreign" >"$T/registers" >"$T/seen_by_default"

# plant SEED MODE: the truth in $T/truth, the snapshot in $T/dump; both as lines "edge PLACE VALUE"
plant()
{
	rm -f "$T/x.ptrace"
	timeout 60 env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/x.ptrace" POOLTRACE_SNAPSHOT="$2" \
		"$PT_PROGS/planted" "$1" 100 "$T/truth" >"$T/number" || return
	n=0
	until [ "$(od -An -v -t u4 -j 3452 -N 4 "$T/x.ptrace" | tr -d ' ')" = 1 ] || [ $n -gt 100 ]; do
		sleep 0.05
		n=$((n + 1))
	done
	"$PT_BIN" dump --snapshot 1 "$T/x.ptrace" | sed -n 's/^edge place=\(.*\) value=/edge \1 /p
		s/^register tid=[0-9]* number=\([0-9]*\) value=/register \1 /p' | sort -u >"$T/dump"
}

# Edges whose place lies in a block. All addresses are equally long, so text compares as numbers do.
in_blocks()
{
	{ awk '$1 == "block" { print $2, "a", $5 }' "$T/truth"; awk '$1 == "edge" { print $2, "b", $3 }' "$1"; } | sort |
		awk '$2 == "a" { end = $3 } $2 == "b" && end != "" && ($1 "") < (end "") { print "edge", $1, $3 }'
}

graphs=0 whole=0
for seed in 1 2 3 4 5 6 7 8 9 10; do
	plant $seed registers && whole=$((whole + $(cat "$T/number")))
	graphs=$((graphs + $(awk '$1 == "block" { print $4 }' "$T/truth" | sort -u | wc -l)))
	sed -n 's/^root [a-z]* 0x/edge 0x/p; /^edge/p' "$T/truth" | sort -u >"$T/want"
	cat "$T/want" >>"$T/planted"
	comm -23 "$T/want" "$T/dump" >>"$T/missing"
	sed -n 's/^root register/register/p' "$T/truth" | sort -u >"$T/want"
	cat "$T/want" >>"$T/registers"
	comm -23 "$T/want" "$T/dump" >>"$T/missing"
	in_blocks "$T/dump" >"$T/got"
	grep ^edge "$T/truth" | sort -u | comm -13 - "$T/got" >>"$T/foreign"
done
is "there_were_1000_graphs_in_10_snapshots" "$graphs $whole" "1000 10"
within "with_many_edges" "$(wc -l <"$T/planted")" 10000 1000000
within "some_of_them_in_registers_alone" "$(wc -l <"$T/registers")" 50 200
is "no_planted_edge_is_missing" "$(wc -l <"$T/missing")" 0
note "$(head -n 5 "$T/missing")"
is "and_blocks_hold_no_other" "$(wc -l <"$T/foreign")" 0

plant 11 mark
sed -n 's/^root register/register/p' "$T/truth" | sort -u >"$T/want"
within "by_default_there_are_pointers_in_registers_of_other_threads_too" "$(wc -l <"$T/want")" 1 20
is "and_they_are_not_seen" "$(comm -12 "$T/want" "$T/dump" | wc -l)" 0
sed -n 's/^root [a-z]* 0x/edge 0x/p; /^edge/p' "$T/truth" | sort -u | comm -23 - "$T/dump" >"$T/missing"
is "but_all_that_is_in_memory_is" "$(wc -l <"$T/missing")" 0
is "a_file_that_is_mapped_to_be_looked_at_is_no_module" \
	"$("$PT_BIN" dump --snapshot 1 "$T/x.ptrace" | grep -c '^static.*/planted$')" 1
"$PT_BIN" graph --json -o "$T/graph.json" "$T/x.ptrace"
ok "the_graph_is_as_its_schema_says" jsonschema -i "$T/graph.json" "$PT_SRC/docs/graph.schema.json"

# The help's own example: right after `record` the snapshot at exit is there, whole.
POOLTRACE_SNAPSHOT=exit "$PT_BIN" record -o "$T/exit.ptrace" -- "$PT_PROGS/planted" 12 100 "$T/truth" >"$T/number" 2>"$T/err"
is "record_waits_for_the_snapshot_at_exit" \
	"$("$PT_BIN" info --json "$T/exit.ptrace" | jq -c '[.snapshots.begun, .snapshots.whole]')" "[2,2]"
ok "and_graph_reads_it" "$PT_BIN" graph -o "$T/text" --snapshot 2 "$T/exit.ptrace"
done_testing
