#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace check, baseline and diff without the recorder: formats against their schemas, on checks made by hand; exit
# status, options and every kind of bad input, on a trace whose truth is known (build_trace.c).
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"
SAMPLE=$PT_UNIT/check_sample
SCHEMAS=$PT_SRC/tests/lib/schemas
KINDS="within broken nowarning unknown torn noise one empty hostile"

# Formats, as their own schemas have them.
junit() { xmllint --noout --schema "$SCHEMAS/jenkins-junit.xsd" "$1"; }
sarif() { jsonschema -i "$1" "$SCHEMAS/sarif-2.1.0.json"; }
json() { jsonschema -i "$1" "$PT_SRC/docs/check.schema.json"; }
diff_json() { jsonschema -i "$1" "$PT_SRC/docs/diff.schema.json"; }
for k in $KINDS; do
	for f in junit sarif json; do
		"$SAMPLE" $f $k >"$T/$k.$f"
		ok "${f}_of_a_check_that_is_${k}_is_valid" $f "$T/$k.$f"
	done
done
for k in grown same hostile; do
	"$SAMPLE" diff-json $k >"$T/$k.diff"
	ok "json_of_a_diff_that_is_${k}_is_valid" diff_json "$T/$k.diff"
done
refused() { ! "$@" >/dev/null 2>&1; }
sed 's/<failure /<failed /; s/<\/failure/<\/failed/' "$T/broken.junit" >"$T/bad"
ok "the_schema_of_junit_refuses_what_it_does_not_know" refused junit "$T/bad"
sed 's/"level": "error"/"level": "bad"/' "$T/broken.sarif" >"$T/bad"
ok "the_schema_of_sarif_refuses_what_it_does_not_know" refused sarif "$T/bad"
jq '.items[0].surprise = 1' "$T/broken.json" >"$T/bad"
ok "the_schema_of_a_check_refuses_an_unknown_key" refused json "$T/bad"
jq '.changes[0].scope = "planet"' "$T/grown.diff" >"$T/bad"
ok "the_schema_of_a_diff_refuses_an_unknown_scope" refused diff_json "$T/bad"

# A trace whose truth is known: 1000 bytes in use at the end, 16 MiB idle.
cd "$T" || exit 1
"$PT_UNIT/build_trace" a.ptrace
"$PT_UNIT/build_trace" lossy.ptrace lossy
budget() { printf 'version: 1\nbudgets:\n%b' "$1" >budget.yml; }
# status WANT ARGUMENT...: of pooltrace check; what it says is in $T/out and $T/err
status()
{
	want=$1
	shift
	"$PT_BIN" check "$@" >out 2>err
	[ $? = "$want" ]
}
budget '  - metric: in_use_at_end_bytes\n    max: 1000\n'
ok "a_budget_that_is_just_kept_exits_with_0" status 0 --budget budget.yml a.ptrace
is "and_says_so_in_the_first_line" "$(head -n 1 out)" "within    the only budget holds"
budget '  - metric: in_use_at_end_bytes\n    max: 999\n'
ok "a_budget_that_is_just_broken_exits_with_1" status 1 --budget budget.yml a.ptrace
is "and_says_so_in_the_first_line_and_nothing_on_stderr" "$(head -n 1 out) $(wc -c <err)" "broken    1 of 1 budget is broken 0"
ok "--format_github_exits_likewise" status 1 --budget budget.yml --format github a.ptrace
ok "and_begins_with_the_error" grep -q '^::error .*title=pooltrace%3A .*::in_use_at_end_bytes of the process is 1000 B' out
ok "-o_leaves_one_line_on_stderr" status 1 --budget budget.yml --format junit -o report.xml a.ptrace
is "that_is_the_verdict" "$(wc -c <out) $(wc -l <err) $(grep -c '^pooltrace: report.xml: 1 of 1 budget is broken: in_use' err)" "0 1 1"
ok "and_the_file_is_valid" junit report.xml
budget '  - metric: in_use_at_end_bytes\n    max: 999\n    level: warning\n'
ok "a_warning_exits_with_0" status 0 --budget budget.yml a.ptrace
budget '  - metric: in_use_at_end_bytes\n    max: 999\n  - metric: blowup\n    pool: nowhere\n    max: 1\n'
ok "broken_goes_before_what_cannot_be_told" status 1 --budget budget.yml a.ptrace
budget '  - metric: blowup\n    pool: nowhere\n    optional: true\n    max: 1\n'
ok "an_optional_budget_without_a_match_exits_with_0" status 0 --budget budget.yml a.ptrace

escape=$(printf '\033')
on_terminal() { script -qec "env -u COLUMNS TERM=xterm $* $PT_BIN check --budget budget.yml a.ptrace" /dev/null </dev/null; }
is "colour_is_for_terminals_that_want_it" "$(on_terminal | grep -c "$escape\[") $(on_terminal NO_COLOR=1 | grep -c "$escape\[") $(
	"$PT_BIN" check --budget budget.yml a.ptrace | grep -c "$escape")" "1 0 0"

# Cannot be told: 2, and one line that says why.
# untold NAME WORD ARGUMENT...
untold()
{
	name=$1 word=$2
	shift 2
	status 2 "$@"
	is "$name" "$? $(grep -c '^unknown ' out) $(tr '\n' ' ' <out | tr -s ' ' | grep -c "$word")" "0 2 1"
}
budget '  - metric: blowup\n    pool: mgsbuf\n    max: 2\n'
untold "a_pool_that_is_not_there_cannot_be_told" "no pool is called .mgsbuf.; there are: malloc" --budget budget.yml a.ptrace
budget '  - metric: in_use_at_end_bytes\n    max: 1M\n  - metric: blowup\n    max: 100\n'
untold "losses_cannot_be_told" "lossy.ptrace has lost" --budget budget.yml lossy.ptrace
untold "a_torn_trace_cannot_be_told" "torn.ptrace is torn" --budget budget.yml $(
	head -c $(($(wc -c <a.ptrace) * 2 / 3)) a.ptrace >torn.ptrace && echo torn.ptrace)
printf 'limits:\n  lost: 50%%\n  torn: 80%%\n' >>budget.yml
ok "limits_allow_losses" status 0 --budget budget.yml lossy.ptrace
budget '  - metric: in_use_at_end_bytes\n    max_increase: 10%\n'
untold "max_increase_without_a_baseline_cannot_be_told" "give one with --baseline" --budget budget.yml a.ptrace

# Bad input: 2, one line on stderr, nothing on stdout.
# complains NAME WORD ARGUMENT...: of any command
complains()
{
	name=$1 word=$2
	shift 2
	"$PT_BIN" "$@" >out 2>err
	is "$name" "$? $(wc -l <err) $(grep -c "^pooltrace: .*$word" err) $(wc -c <out)" "2 1 1 0"
}
# bad NAME WHERE WORD TEXT: a budget file that is refused at line:column
bad()
{
	printf '%b' "$4" >bad.yml
	complains "a_budget_file_with_$1_is_refused_at_the_place" "bad.yml:$2: .*$3" check --budget bad.yml a.ptrace
}
bad "a_wrong_version" 1:10 version 'version: 2\nbudgets:\n  - metric: blowup\n    max: 1\n'
bad "NaN" 4:10 "no number" 'version: 1\nbudgets:\n  - metric: blowup\n    max: .nan\n'
bad "a_negative_number" 4:10 negative 'version: 1\nbudgets:\n  - metric: blowup\n    max: -1\n'
bad "a_doubled_key" 5:5 twice 'version: 1\nbudgets:\n  - metric: blowup\n    max: 1\n    max: 2\n'
bad "an_unknown_key" 4:5 "did you mean" 'version: 1\nbudgets:\n  - metric: blowup\n    maxx: 1\n'
bad "an_unknown_metric" 3:13 'did you mean "blowup"' 'version: 1\nbudgets:\n  - metric: blowups\n    max: 1\n'
bad "nothing_in_it" 1:1 "nothing in this file" ''
bad "bad_YAML" '[0-9]*:[0-9]*' "not YAML" 'version: 1\nbudgets: [\n'
budget '  - metric: blowup\n    max: 100\n'
complains "a_missing_budget_file_is_an_error" "nothing.yml: cannot be read (No such file" check --budget nothing.yml a.ptrace
complains "a_missing_trace_is_an_error" "nothing: cannot be read (No such file" check --budget budget.yml nothing
complains "what_is_no_trace_is_an_error" "not a pooltrace trace" check --budget budget.yml "$PT_SRC/LICENSE"
cp a.ptrace old.ptrace && printf '\377' | dd of=old.ptrace bs=1 seek=8 conv=notrunc 2>/dev/null
complains "a_trace_of_another_version_is_an_error" "another format version" check --budget budget.yml old.ptrace
complains "a_bad_trace_among_good_ones_is_an_error" "not a pooltrace trace" check --budget budget.yml a.ptrace "$PT_SRC/LICENSE"
complains "a_missing_baseline_is_an_error" "nothing.json: cannot be read" check --baseline nothing.json a.ptrace
complains "a_trace_is_no_baseline_and_how_to_make_one" "a.ptrace:1:1: this is a trace; .pooltrace baseline -o FILE TRACE. makes" check --baseline a.ptrace a.ptrace
complains "what_is_no_baseline_is_an_error" "LICENSE:1:" check --baseline "$PT_SRC/LICENSE" a.ptrace
echo '{}' >empty.json
complains "JSON_that_is_no_baseline_is_an_error" "empty.json:1:1: this is no baseline" check --baseline empty.json a.ptrace
complains "nothing_to_compare_with_is_an_error_that_teaches" "check --init TRACE" check a.ptrace
complains "no_trace_is_an_error" "no trace named" check --budget budget.yml
complains "a_bad_format_is_an_error" "none of text, junit" check --budget budget.yml --format xml a.ptrace
complains "--metrics_takes_no_trace" "takes no trace" check --metrics a.ptrace
complains "--init_takes_no_budget" "goes with -o" check --init --budget budget.yml a.ptrace
complains "a_report_that_cannot_be_written_is_an_error" "cannot be written" check --budget budget.yml -o no/where a.ptrace
complains "a_diff_wants_two_traces" "wants two traces" diff a.ptrace
complains "a_baseline_wants_a_trace" "no trace named" baseline

# A first budget file.
"$PT_BIN" check --init -o first.yml a.ptrace >out 2>err
is "--init_writes_a_file_and_says_nothing" "$? $(wc -c <out) $(wc -c <err)" "0 0 0"
ok "which_holds_for_the_trace_that_it_was_made_from" status 0 --budget first.yml a.ptrace
ok "and_has_head_room" grep -q 'max: 21 MiB # measured: 16.0 MiB' first.yml
ok "and_explains_itself" grep -q '^# .*pooltrace check --metrics' first.yml
cp first.yml copy.yml
complains "--init_does_not_overwrite" "first.yml: exists already" check --init -o first.yml a.ptrace
ok "and_the_file_is_as_it_was" cmp -s first.yml copy.yml
"$PT_BIN" check --init lossy.ptrace >lossy.yml
ok "--init_of_a_trace_with_losses_allows_them" status 0 --budget lossy.yml lossy.ptrace

# The catalogue.
"$PT_BIN" check --metrics --format json >metrics.json
is "every_metric_is_in_both_catalogues" "$(jq -r '.metrics[].name' metrics.json)" \
	"$("$PT_BIN" check --metrics | sed -n 's/^  \([a-z][a-z_]*\) .*/\1/p' | grep -vx metric)"
within "and_there_are_many" "$(jq '.metrics | length' metrics.json)" 30 100

# Baselines.
"$PT_BIN" baseline a.ptrace -o base.json
is "a_baseline_is_the_same_bytes_each_time" "$? $("$PT_BIN" baseline a.ptrace | cmp - base.json && echo same)" "0 same"
ok "a_trace_is_within_its_own_baseline" status 0 --baseline base.json a.ptrace
ok "one_run_is_remarked" grep -q '^remark .*one run' out
cp base.json old.json
complains "a_baseline_of_a_bad_trace_is_an_error" "not a pooltrace trace" baseline a.ptrace "$PT_SRC/LICENSE" -o base.json
ok "and_the_old_one_is_still_there" cmp -s base.json old.json
chmod 640 base.json
ln -s base.json link.json
"$PT_BIN" baseline lossy.ptrace a.ptrace -o link.json
is "a_baseline_is_replaced_behind_a_link_with_its_permissions" "$? $(stat -c %a base.json) $(readlink link.json) $(
	cmp -s base.json old.json || echo new) $(ls | grep -c 'json\.')" "0 640 base.json new 0"
cp base.json old2.json
(ulimit -f 1 && trap '' XFSZ && exec "$PT_BIN" baseline a.ptrace -o base.json) >out 2>err
is "what_cannot_be_written_whole_leaves_the_old_one_and_no_rest" "$? $(grep -c 'cannot be written' err) $(
	cmp -s base.json old2.json && echo old) $(ls | grep -c 'json\.')" "2 1 old 0"
"$PT_BIN" baseline a.ptrace -o /dev/stdout >out
ok "what_is_no_file_is_written_as_it_is" cmp -s out old.json
if [ -w /dev/full ]; then
	complains "a_full_disk_is_an_error" "cannot be written" baseline a.ptrace -o /dev/full
fi

# Diffs.
"$PT_BIN" diff a.ptrace a.ptrace >out
is "a_trace_does_not_differ_from_itself" "$? $(grep -c '^same      nothing has changed$' out)" "0 1"
"$PT_BIN" diff --json a.ptrace a.ptrace >same.json
ok "its_JSON_is_valid" diff_json same.json
is "and_has_no_change" "$(jq '.changes_nr' same.json)" 0
done_testing
