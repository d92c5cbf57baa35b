#!/bin/sh
# SPDX-License-Identifier: MIT
#
# One program, built by gcc -O2 and by clang -O2: a baseline of one is a baseline of the other. Compilers inline, clone and
# leave out frames in different ways, and no address is the same.
. "$PT_SRC/tests/lib/tap.sh"

for cc in gcc clang; do
	mkdir "$T/$cc"
	"$cc" -O2 -g -pthread -o "$T/$cc/sites_victim" "$PT_SRC/tests/pools/sites_victim.c" \
		"$PT_SRC/tests/pools/sites_victim_parts.c" 2>"$T/$cc.error" || note "$(head -n 3 "$T/$cc.error")"
	"$PT_BIN" record --runs 3 -o "$T/$cc/run.ptrace" -- "$T/$cc/sites_victim" >"$T/$cc.out" 2>&1
	"$PT_BIN" baseline "$T/$cc"/run.*.ptrace -o "$T/$cc.json"
	"$PT_BIN" report --json "$T/$cc/run.1.ptrace" >"$T/$cc.report"
	within "${cc}_has_call_sites" "$(jq '.sites | length' "$T/$cc.report")" 25 100
done
stacks() { jq -r '.sites[].frames | map(.function) | join(" ")' "$T/$1.report" | sort; }
differ() { [ "$(stacks gcc)" != "$(stacks clang)" ]; }
ok "their_stacks_are_not_the_same" differ

# Sizes tell places apart: each place of the program allocates one of its own.
matches() # BEFORE AFTER
{
	"$PT_BIN" diff --json "$T/$1/run.1.ptrace" "$T/$2/run.1.ptrace" >"$T/$1.$2.diff"
	jq -r '.sites | "\(.matched > 24) \(.only_before) \(.only_after)"' "$T/$1.$2.diff"
}
is "all_call_sites_of_gcc_are_found_in_clangs" "$(matches gcc clang)" "true 0 0"
is "and_all_of_clang_in_gccs" "$(matches clang gcc)" "true 0 0"
is "no_call_site_has_other_counts_or_bytes" "$(jq -r '.changes[] | select(.scope == "site" and (.metric | test("seconds|mean") | not)) | "\(.of) \(.metric)"' "$T/gcc.clang.diff")" ""
ok "clangs_runs_are_within_a_baseline_of_gccs" "$PT_BIN" check --baseline "$T/gcc.json" "$T"/clang/run.*.ptrace
ok "gccs_runs_are_within_a_baseline_of_clangs" "$PT_BIN" check --baseline "$T/clang.json" "$T"/gcc/run.*.ptrace

# By site, with nothing allowed: what the baseline has of a call site is what the other build's does. Those that matter little
# it does not have, and nothing can be told of them.
printf 'version: 1\nbudgets:\n' >"$T/sites.yml"
for metric in allocations allocated_bytes in_use_at_end_bytes; do
	printf '  - metric: %s\n    site: "*"\n    each: true\n    max_increase: 0\n' $metric >>"$T/sites.yml"
done
by_site() # BASELINE RUNS
{
	"$PT_BIN" check --budget "$T/sites.yml" --baseline "$T/$1.json" --format json -o "$T/by_site" "$T/$2"/run.*.ptrace 2>/dev/null
	jq -r '[.items[].state] | "\(map(select(. == "within")) | length > 60) \(map(select(. == "broken")) | length)"' "$T/by_site"
}
is "each_call_site_of_clangs_by_itself_is_that_of_gccs_baseline" "$(by_site gcc clang)" "true 0"
is "each_call_site_of_gccs_by_itself_is_that_of_clangs_baseline" "$(by_site clang gcc)" "true 0"
done_testing
