#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Gating a merge from end to end: runs, a baseline, a check that fails at the injected line, a diff; and what
# `record --runs` does when a run fails or the user wants no more.
. "$PT_SRC/tests/lib/tap.sh"
GATE=$PT_PROGS/gate
LINE=$(grep -n 'the injected line' "$PT_SRC/tests/preload/gate.c" | cut -d: -f1)
mkdir "$T/w" && cd "$T/w" || exit 1

# Runs and what they are called.
"$PT_BIN" record --runs 10 -o base.ptrace -- "$GATE" 2 >"$T/out" 2>"$T/err"
is "ten_runs_leave_ten_traces_in_order" "$? $(echo *)" "0 $(seq -f 'base.%02g.ptrace' -s ' ' 1 10)"
is "each_says_which_it_is" "$(grep -c '^pooltrace: run [0-9]* of 10: recorded base\.[0-9]*\.ptrace (.* events, ' "$T/err") $(wc -l <"$T/err")" "10 10"
"$PT_BIN" record --runs 2 -o 'r.%r.ptrace' -- "$GATE" 2 2>"$T/err"
is "a_pattern_that_is_random_stays_as_it_is" "$(ls | grep -Ec '^r\.[0-9a-f]+\.ptrace$')" 2
"$PT_BIN" record --runs 2 -o plain -- "$GATE" 2 2>"$T/err"
is "without_a_suffix_the_number_is_put_at_the_end" "$(echo plain*)" "plain.1 plain.2"
"$PT_BIN" record --runs 1 -o one.ptrace -- "$GATE" 2 2>"$T/err"
is "one_run_is_as_without_runs" "$(ls one*) $(grep -c '^pooltrace: recorded one.ptrace' "$T/err")" "one.ptrace 1"
"$PT_BIN" record --runs 5 -o fail.ptrace -- sh -c 'echo >>count; [ $(wc -l <count) -lt 3 ] || exit 7' 2>"$T/err"
is "the_first_run_that_fails_is_the_last_and_gives_the_status" "$? $(grep -c recorded "$T/err") $(
	grep -c '^pooltrace: run 3 of 5 failed; stopped there$' "$T/err")" "7 3 1"
"$PT_BIN" record --runs 0 -- "$GATE" >"$T/out" 2>"$T/err"
is "no_run_at_all_is_an_error" "$? $(wc -l <"$T/err") $(grep -c 'not a number from 1' "$T/err")" "2 1 1"

# ^C reaches both, as it does from a terminal; a program that survives it is waited for, and none comes after.
interrupted() # PROGRAM...: the status of five runs of it
{
	rm -f int.* "$T/err"
	# In a session of its own, so that the signal goes to that group alone; dash ignores SIGINT in what it puts behind.
	setsid perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$PT_BIN" record --runs 5 -o int.ptrace -- "$@" >"$T/out" 2>"$T/err" &
	group=$!
	n=0
	while [ ! -e ready ] && [ $n -lt 200 ]; do
		sleep 0.05
		n=$((n + 1))
	done
	kill -INT -$group
	wait $group
	status=$?
	rm -f ready
	echo "$status $(ls int.*.ptrace | wc -l)"
}
is "^C_stops_the_run_and_all_that_would_follow" "$(interrupted sh -c ': >ready; exec sleep 20')" "130 1"
is "^C_that_the_program_survives_stops_behind_it" \
	"$(interrupted perl -e '$SIG{INT} = sub { exit 0 }; open F, ">", "ready"; close F; sleep 20')" "130 1"
is "and_says_so" "$(grep -c 'run 1 of 5 was the last: interrupted' "$T/err")" 1

# A baseline, and runs that are as before.
"$PT_BIN" baseline base.*.ptrace -o base.json
is "a_baseline_of_ten_runs" "$? $(jq -c '[.programs[] | [.program, .runs]]' base.json)" '0 [["gate",10]]'
"$PT_BIN" record -o same.ptrace -- "$GATE" 2 2>"$T/err"
"$PT_BIN" check --baseline base.json same.ptrace >"$T/out"
is "the_same_again_is_within" "$? $(head -c 10 "$T/out")" "0 within    "

# 20 more blocks are kept.
"$PT_BIN" record -o new.ptrace -- "$GATE" 22 2>"$T/err"
"$PT_BIN" check --baseline base.json new.ptrace >"$T/out"
is "more_is_broken" "$? $(head -c 10 "$T/out")" "1 broken    "
ok "and_blames_the_line" grep -q "^  at      keep_more (gate.c:$LINE), called from main (gate.c:[0-9]*): .*195.3 KiB" "$T/out"
(cd "$PT_SRC" && "$PT_BIN" check --baseline "$T/w/base.json" --format github "$T/w/new.ptrace") >"$T/out"
is "annotations_are_at_the_line_in_the_tree" \
	"$(grep '^::error ' "$T/out" | sed 's/title=.*//' | sort -u)" "::error file=tests/preload/gate.c,line=$LINE,"
(cd "$PT_SRC" && "$PT_BIN" check --baseline "$T/w/base.json" --format sarif "$T/w/new.ptrace") >"$T/sarif"
is "results_of_SARIF_are_at_the_line_in_the_tree" "$(jq -r '.runs[0].results[].locations[].physicalLocation |
	"\(.artifactLocation.uri):\(.region.startLine)"' "$T/sarif" | sort -u)" "tests/preload/gate.c:$LINE"
ok "SARIF_is_valid" jsonschema -i "$T/sarif" "$PT_SRC/tests/lib/schemas/sarif-2.1.0.json"
"$PT_BIN" check --baseline base.json --format junit -o junit.xml new.ptrace 2>"$T/err"
ok "JUnit_is_valid" xmllint --noout --schema "$PT_SRC/tests/lib/schemas/jenkins-junit.xsd" junit.xml
"$PT_BIN" check --baseline base.json --format json new.ptrace >"$T/json"
ok "JSON_is_valid" jsonschema -i "$T/json" "$PT_SRC/docs/check.schema.json"
printf 'version: 1\nbudgets:\n  - metric: in_use_at_end_bytes\n    site: keep_more\n    max: 30 KB\n' >budget.yml
"$PT_BIN" check --budget budget.yml new.ptrace >"$T/out" 2>"$T/err"
is "a_unit_that_is_none_is_refused" "$? $(grep -c 'budget.yml:5:10: ' "$T/err")" "2 1"
sed -i 's/KB/KiB/' budget.yml
"$PT_BIN" check --budget budget.yml same.ptrace >"$T/out"
is "a_budget_of_a_call_site_holds" $? 0
"$PT_BIN" check --budget budget.yml same.ptrace new.ptrace new.ptrace >"$T/out"
is "of_several_runs_the_median_counts" "$? $(tr -s '\n ' '  ' <"$T/out" | grep -c 'median of 3 runs, 19.5 KiB to 214.8 KiB')" "1 1"

# What changed.
"$PT_BIN" diff same.ptrace new.ptrace >"$T/out"
is "a_diff_says_first_what_and_where" "$? $(sed -n '2s/^\(more\) .*process: .* grew.*/\1/p' "$T/out") $(
	sed -n '3,/^sites/p' "$T/out" | grep -c "keep_more (gate.c:$LINE)")" "0 more 1"
"$PT_BIN" diff --json same.ptrace new.ptrace >"$T/json"
ok "its_JSON_is_valid" jsonschema -i "$T/json" "$PT_SRC/docs/diff.schema.json"
is "it_has_the_growth_in_bytes" "$(jq '[.changes[] | select(.scope == "process" and .metric == "in_use_at_end_bytes") |
	.after - .before] | .[0]' "$T/json" | cut -d. -f1)" 200000
done_testing
