#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What docs/ci.md tells others to do, done here: a reference workload against a baseline and a budget that are committed,
# in tests/reference/. When its numbers have changed for a good reason, ./dev baseline makes the baseline anew.
. "$PT_SRC/tests/lib/tap.sh"

marketdata=$PT_BUILD/tests/pools/marketdata
reference=$PT_SRC/tests/reference

"$PT_BIN" record -o "$T/new.ptrace" -- "$marketdata" --script "$reference/pools.script" >"$T/truth" 2>"$T/error" ||
	note "$(head -n 3 "$T/error")"
ok "the_reference_workload_is_within_its_baseline" "$PT_BIN" check --baseline "$reference/baseline.json" "$T/new.ptrace"
ok "and_its_pools_are_as_they_were_to_the_byte" "$PT_BIN" check --budget "$reference/budget.yml" \
	--baseline "$reference/baseline.json" "$T/new.ptrace"

# A gate that cannot close is none: every fifth put is left out.
awk '$2 != "put" || ++puts % 5' "$reference/pools.script" >"$T/leaky.script"
"$PT_BIN" record -o "$T/leaky.ptrace" -- "$marketdata" --script "$T/leaky.script" >"$T/truth" 2>"$T/error"
"$PT_BIN" check --budget "$reference/budget.yml" --baseline "$reference/baseline.json" --format json -o "$T/leaky.json" \
	"$T/leaky.ptrace" 2>"$T/error"
is "without_some_of_its_puts_it_is_told" $? 1
is "as_what_it_is" "$(jq -r '[.items[] | select(.state == "broken" and .metric == "leaked_objects").of] | join(", ")' \
	"$T/leaky.json")" "pool orders, pool quotes"
is "and_who_took_what_was_not_put_back_is_named" \
	"$(jq -r '.items[] | select(.state == "broken" and .metric == "leaked_objects").sites[0] | "\(.function) (\(.file | split("/") | last))"' "$T/leaky.json" |
		sort -u)" "apply (market_play.c)"
done_testing
