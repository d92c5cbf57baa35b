#!/bin/sh
# SPDX-License-Identifier: MIT
#
# 1,000 random graphs of blocks and pooled objects in real processes: every figure of `pooltrace graph` is what an oracle
# computes by brute force from what the program says it planted (tests/lib/graph_oracle*.c).
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT

# plant SEED: the truth in $T/truth, the snapshot in $T/x.ptrace
plant()
{
	rm -f "$T/x.ptrace"
	timeout 20 env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/x.ptrace" POOLTRACE_SNAPSHOT=registers \
		"$PT_PROGS/planted_pools" "$1" 100 "$T/truth" >"$T/number" || return
	n=0
	until [ "$(od -An -v -t u4 -j 3452 -N 4 "$T/x.ptrace" | tr -d ' ')" = 1 ] || [ $n -gt 100 ]; do
		sleep 0.05
		n=$((n + 1))
	done
}

# Nodes that start where none was planted: libc's own. What they are is added to $T/others.
part_nodes()
{
	awk '$1 == "block" || $1 == "object" { print $2 }' "$T/truth" | sort -u >"$T/planted"
	jq -r '"\(.addr)\t\(.)"' "$T/nodes.json" | sort >"$T/by_addr"
	join -t "$(printf '\t')" "$T/planted" "$T/by_addr" | cut -f 2- >"$T/nodes"
	join -t "$(printf '\t')" -v 2 "$T/planted" "$T/by_addr" | cut -f 2- >"$T/other"
	cat "$T/other" >>"$T/others"
}

# The tool's figures as the oracle writes its own.
got()
{
	jq -r '"\(.addr) \(.bytes)" as $n | "node \($n) \(.shallow_bytes) \(.pool // "-") \(
			if .idle == null then "-" elif .idle then "idle" else "in_use" end)",
		"reachable \($n) \(.reachable)", "single \($n) \(.single_word)",
		if .reachable then "retained \($n) \(.retained_bytes)", "dominator \($n) \(.dominator // "0x0")",
			"interior \($n) \(.interior_only)" else empty end' "$T/nodes"
	jq -r --slurpfile other "$T/other" '.snapshots[] |
		(.idle[] | "kept \(.addr) \(.pool) \(.shallow_bytes) \(.kept_bytes)"),
		(.pools[] | "pool \(.pool) \(.idle_objects) \(.idle_bytes) \(.in_use_objects) \(.in_use_bytes) \(
			.graph_retained_bytes) \(.graph_retained_objects) \(.fields_more_bytes)"),
		(.fields[] | "field \(.pool) \(.offset) \(.retained_bytes) \(.retained_objects) \(.objects) \(
			.interior_objects)"),
		"total reachable \(.reachable_bytes - ([$other[].shallow_bytes] | add)) \(
			.reachable_objects - ($other | length))",
		"total unreachable \(.unreachable_bytes) \(.unreachable_objects) \([.unreachable[].heads] | add)",
		"total idle \(.idle_bytes) \(.idle_retained_bytes) \(.idle_retained_objects)"' "$T/graph.json"
}

: >"$T/others" >"$T/all_want" >"$T/differ" >"$T/registers"
whole=0
for seed in 1 2 3 4 5 6 7 8 9 10; do
	plant $seed || continue
	whole=$((whole + $(cat "$T/number")))
	"$PT_BIN" graph --json -o "$T/graph.json" "$T/x.ptrace"
	"$PT_BIN" graph --nodes -o "$T/nodes.json" "$T/x.ptrace"
	part_nodes
	got | sort >"$T/got"
	"$PT_PROGS/graph_oracle" "$T/truth" | sort >"$T/want"
	cat "$T/want" >>"$T/all_want"
	grep '^register' "$T/truth" >>"$T/registers"
	diff "$T/want" "$T/got" | sed -n "s/^\([<>]\) \([a-z]*\)/\2 \1 seed $seed:/p" >>"$T/differ"
done

# same WORD PROMISE LEAST: figures of that kind: none differs, and there are not too few to tell
same()
{
	is "$2" "$(grep -c "^$1 " "$T/differ")" 0
	note "$(grep -c "^$1 " "$T/all_want") figures; $(grep "^$1 " "$T/differ" | head -n 6)"
	within "$2_of_many" "$(grep -c "^$1 " "$T/all_want")" "$3" 1000000
}
is "there_were_10_snapshots_of_100_graphs" "$whole" 10
same node "every_node_has_the_planted_bytes_pool_and_state" 15000
same reachable "what_can_be_reached_is_as_by_force" 15000
same retained "retained_bytes_are_as_by_force" 15000
same dominator "immediate_dominators_are_as_by_force" 15000
same interior "what_only_interior_pointers_reach_is_as_by_force" 15000
same single "what_one_word_alone_points_at_is_as_by_force" 15000
same kept "what_each_idle_object_keeps_is_as_by_force" 1000
same pool "what_each_pool_keeps_is_as_by_force" 30
same field "what_each_field_keeps_is_as_by_force" 300
same total "reachable_unreachable_and_idle_bytes_and_heads_are_as_by_force" 30
is "and_nothing_else_differs" "$(wc -l <"$T/differ")" 0

# That the graphs are of a kind that could show an error.
count() { grep -Ec "$1" "$T/all_want"; }
within "many_nodes_were_unreachable" "$(count '^reachable .* false')" 1000 10000
within "many_were_reached_only_by_interior_pointers" "$(count '^interior .* true')" 2000 15000
within "many_had_a_dominator" "$(count '^dominator .* 0x[0-9a-f]{2}')" 5000 20000
within "many_were_in_a_pool_and_idle" "$(count '^node .* idle')" 3000 15000
within "some_were_held_by_a_register" "$(wc -l <"$T/registers")" 100 200
within "blocks_that_nobody_planted_are_few" "$(wc -l <"$T/others")" 10 100
is "and_all_of_them_libcs" "$(grep -Ec 'make_block|disturb|run_object' "$T/others")" 0
ok "a_line_of_the_list_is_as_the_schema_says" sh -c '
	jq "{\"\$schema\", \"\$ref\": \"#/\$defs/node\", \"\$defs\"}" "$1" >"$3.schema" &&
	head -n 20 "$2" | split -l 1 - "$3." && for f in "$3".a?; do jsonschema -i "$f" "$3.schema" || exit 1; done' \
	sh "$PT_SRC/docs/graph.schema.json" "$T/nodes.json" "$T/line"
done_testing
