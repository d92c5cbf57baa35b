#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every command on traces in which not every event was recorded. PT_UNIT is the folder of the programs built here.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"

cd "$T" || exit 1
for kind in counters sample switched; do
	"$PT_UNIT/build_modes" $kind.ptrace $kind || exit 1
	"$PT_BIN" pack $kind.ptrace >/dev/null || exit 1
	"$PT_BIN" report --json $kind.ptrace >$kind.json 2>err
	is "the_report_of_${kind}_succeeds" "$? $(wc -c <err)" "0 0"
	is "its_JSON_is_valid_($kind)" "$(jsonschema -i $kind.json "$PT_SRC/docs/report.schema.json" 2>&1)" ""
	"$PT_BIN" report --json $kind.ptracez | sed 's/ptracez/ptrace/' >packed.json
	ok "packed_it_says_the_same_($kind)" cmp $kind.json packed.json
	"$PT_BIN" unpack -o again.ptrace $kind.ptracez >/dev/null
	"$PT_BIN" report --json again.ptrace | sed "s/again/$kind/" >unpacked.json
	ok "unpacked_too_($kind)" cmp $kind.json unpacked.json
	rm again.ptrace
	LC_ALL=C "$PT_BIN" report $kind.ptrace >$kind.txt
	ok "no_unknown_number_is_printed_($kind)" sh -c '! grep -E "18446744073709551|9223372036854775807|nan|inf " "$1" "$2"' - $kind.txt $kind.json
	for by in thread cpu site pool shard; do
		"$PT_BIN" report --by $by $kind.ptrace >by.txt 2>err
		is "--by_${by}_works_($kind)" "$? $(wc -c <err) $(grep -c 18446744073709551 by.txt)" "0 0 0"
	done
done
asks() { is "$1" "$(jq -c "$3" "$2.json")" "$4"; }

asks "counters_say_what_they_are" counters '[.modes.now, .modes.malloc_from, .modes.changes, .counters.from_start]' \
	'["counters","counters",0,true]'
asks "they_add_up" counters '.counters | [.allocations, .frees, .in_use_objects, .in_use_usable_bytes, .reallocs]' \
	'[1610,1100,510,10505760,3]'
asks "by_thread" counters '[.counters.by_thread[] | [.name, .threads, .living, .allocations, .frees]]' \
	'[["main",1,1,1010,400],["worker",3,1,600,700]]'
asks "by_CPU" counters '[.counters.cpus[] | [.cpu, .allocations]]' '[[0,900],[1,710]]'
asks "by_size" counters '[.counters.classes[] | [.from_bytes, .to_bytes, .in_use_objects]]' \
	'[[24,27,0],[40,47,500],[1048576,1310719,10]]'
asks "by_pool" counters '[.counters.pools[] | [.name, .gets, .puts, .told_misses, .out_objects, .idle_objects]]' \
	'[["buffers",500,480,20,20,3]]'
asks "what_they_know_is_in_the_totals" counters '.totals | [.allocations, .allocated_bytes, .in_use_at_end_objects]' \
	'[1610,10529680,510]'
asks "what_they_do_not_know_is_null" counters '.totals | [.frees, .peak_in_use_bytes, .peak_held_bytes, .blowup, .idle_at_end_bytes,
	.in_use_at_end_bytes, .temporary_allocations, .stranded_misses, .hoard_byte_seconds] | unique' '[null]'
asks "and_reasons_say_why" counters '.reasons["totals.peak_held_bytes"]' '"counters mode: events were counted, not recorded"'
asks "matrices_are_null_not_empty" counters '[.freed_by, .stranded, .stranded_cpus]' '[null,null,null]'
ok "the_text_says_that_it_is_counters_mode" grep -q "^note *Counters mode:" counters.txt
ok "and_how_to_get_more_next_time" sh -c 'tr -s " \n" "  " <counters.txt | grep -q "record the next run without --counters"'
ok "and_what_is_not_known" grep -q "peak, idle, blowup: not known" counters.txt
ok "the_allocations_are_in_the_first_line" sh -c 'head -n 1 counters.txt | grep -q "1,610 allocations"'

asks "a_sample_says_what_it_is" sample '[.modes.now, .modes.malloc_from, .modes.sample_bytes, .counters]' '["sample","sample",65536,null]'
asks "estimates_come_with_errors" sample '.totals | [.allocations, .in_use_at_end_bytes, (.errors.in_use_at_end_bytes | round)]' \
	'[201,3211766,65538]'
asks "so_do_those_of_threads" sample '[.threads[] | [.name, .in_use_bytes, .errors.in_use_bytes > 0]]' \
	'[["main",3211766,true],["worker",0,false]]'
asks "what_a_sample_does_not_know_is_null" sample '.totals | [.frees, .peak_held_bytes, .blowup, .idle_at_end_bytes, .fresh_allocations,
	.temporary_allocations, .stranded_misses] | unique' '[null]'
ok "the_text_says_that_it_is_a_sample" grep -q "^note *Of malloc a sample was recorded" sample.txt
ok "its_first_line_says_about" sh -c 'head -n 1 sample.txt | grep -q "about 201 allocations"'
ok "numbers_have_their_margin" grep -q "in use 3.1 MiB +- 4.0 % (69 +- 186 % blocks)" sample.txt
ok "in_a_locale_that_has_it_with_a_sign" sh -c 'LC_ALL=C.UTF-8 "$PT_BIN" report sample.ptrace | grep -q "in use 3.1 MiB ± 4.0 %"'
is "call_sites_are_told" "$(sed -n '/^Call sites by memory in use/,/^$/p' sample.txt | grep -c built+)" 2

asks "a_trace_of_several_modes_keeps_them_apart" switched '[.modes.malloc_from, .modes.changes, .totals.allocations,
	.counters.allocations, .counters.from_start]' '["events",2,6,7,false]'
asks "below_0_is_no_use" switched '.counters | [.net_objects, .net_usable_bytes, .in_use_objects]' '[-2,-2016,null]'
asks "the_switch_makes_no_anomalies" switched '.trace.anomalies' \
	'{"allocations_of_live":0,"frees_of_dead":0,"frees_of_unknown":1,"explained_by_gaps":2}'
is "and_no_note" "$(grep -c 'out of order' switched.txt)" 0
ok "the_text_says_that_it_was_switched" grep -q "^note *What is recorded was changed 2 times" switched.txt
ok "counts_stand_apart" grep -q "^Counted, not recorded: in no other number" switched.txt

# info and dump.
"$PT_BIN" info --json counters.ptrace >info.json
asks "info_says_the_mode_and_the_counts" info '[.mode, .first_mode, .mode_changes, .counted.allocations, .counted.frees,
	.counted.pool_events, .allocations]' '["counters","counters",0,1610,1100,987,0]'
"$PT_BIN" info --json switched.ptrace >info.json
asks "info_says_how_often_it_changed" info '[.mode, .mode_changes, .events_by_kind.mode, .anomalies.explained_by_gaps]' '["full",2,2,2]'
"$PT_BIN" info --json sample.ptrace >info.json
asks "info_says_how_much_is_a_sample" info '[.mode, .sample_bytes, .sampled_chunks, .counted]' '["sample",65536,2,null]'
ok "so_does_its_text" sh -c '"$PT_BIN" info counters.ptrace | grep -q "^counted  *1,610 allocations, 1,100 frees"'
is "dump_shows_changes" "$("$PT_BIN" dump --json switched.ptrace | jq -c 'select(.kind == "mode") | .mode')" "1
0"

# check, baseline and diff: what is known works, the rest cannot be told.
judge()
{
	cat >budget.yaml
	"$PT_BIN" check --budget budget.yaml "$1" >out.txt 2>err
	echo $?
}
is "a_known_number_is_judged" "$(judge counters.ptrace <<'Y'
version: 1
budgets:
  - metric: allocations
    max: 2000
Y
)" 0
is "and_breaks" "$(judge counters.ptrace <<'Y'
version: 1
budgets:
  - metric: allocations
    max: 1000
Y
)" 1
is "an_unknown_one_cannot_be_told" "$(judge counters.ptrace <<'Y'
version: 1
budgets:
  - metric: peak_held_bytes
    max: 1G
Y
)" 2
ok "and_it_says_why" sh -c 'tr -s " \n" "  " <out.txt | grep -q "is not known: counters mode"'
is "nor_one_of_a_call_site" "$(judge counters.ptrace <<'Y'
version: 1
budgets:
  - metric: allocations
    site: nobody
    optional: true
    max: 1
Y
)" 2
is "an_estimate_is_judged" "$(judge sample.ptrace <<'Y'
version: 1
budgets:
  - metric: in_use_at_end_bytes
    max: 4M
Y
)" 0
# at_most METRIC MAX [KEY: VALUE]: of the sample. In use at the end: 3,211,766 by estimate, and 1.96 x 65,538 less to that and 3 x 65,536 more.
at_most()
{
	judge sample.ptrace <<Y
version: 1
budgets:
  - metric: $1
    ${3:-level: error}
    max: $2
Y
}
is "an_estimate_below_its_limit_is_within" "$(at_most in_use_at_end_bytes 3536900)" 0
is "one_a_little_below_cannot_be_told" "$(at_most in_use_at_end_bytes 3536700)" 2
ok "and_that_is_said" sh -c 'tr -s " \n" "  " <out.txt |
	grep -q "is 3.1 MiB, estimated from a sample, but whether that is allowed cannot be told: the limit lies between 2.9 MiB and 3.4 MiB, where it may be; record every event"'
is "nor_one_a_little_above" "$(at_most in_use_at_end_bytes 3083400)" 2
is "one_that_is_certainly_above_is_broken" "$(at_most in_use_at_end_bytes 3083200)" 1
is "nothing_drawn_is_not_nothing" "$(at_most in_use_at_end_bytes 0 'thread: worker')" 2
is "three_sampling_distances_are_drawn_from" "$(at_most in_use_at_end_bytes 196608 'thread: worker')" 0
is "of_how_many_nothing_is_known" "$(at_most in_use_at_end_objects 1000000000 'thread: worker')" 2
ok "and_that_is_said_too" sh -c 'tr -s " \n" "  " <out.txt | grep -q "the limit lies between 0 and any number, for too little was drawn, where it may be; record every event"'
is "a_call_site_that_is_optional_is_not_within_because_it_was_not_drawn" "$(at_most allocated_bytes 1000 'site: nobody
    optional: true')" 2
"$PT_BIN" check --budget budget.yaml --format json sample.ptrace >out.json 2>err
ok "JSON_is_valid" jsonschema -i out.json "$PT_SRC/docs/check.schema.json"
at_most allocated_bytes 1G >status
"$PT_BIN" check --budget budget.yaml --format json sample.ptrace | jq -c '.items[0] | [.state, .least < .measured, .measured < .most]' >out.txt
is "JSON_has_the_margin" "$(cat status out.txt)" '0
["within",true,true]'
is "what_was_counted_for_a_while_cannot_be_told" "$(judge switched.ptrace <<'Y'
version: 1
budgets:
  - metric: allocations
    max: 1000
Y
)" 2
ok "and_it_says_that_it_was" sh -c 'tr -s " \n" "  " <out.txt | grep -q "switched.ptrace: for a part of the run events were only counted"'
is "what_a_sample_does_not_know_cannot_be_told" "$(judge sample.ptrace <<'Y'
version: 1
budgets:
  - metric: idle_at_end_bytes
    max: 4M
Y
)" 2
ok "and_why_not_is_said" sh -c 'tr -s " \n" "  " <out.txt | grep -q "idle_at_end_bytes is not known: malloc was sampled"'
"$PT_BIN" baseline -o base.json counters.ptrace >/dev/null 2>err
is "a_baseline_can_be_made_of_counters" "$? $(wc -c <err)" "0 0"
is "it_has_no_unknown_numbers" "$(grep -c peak_held_bytes base.json)" 0
"$PT_BIN" check --baseline base.json counters.ptrace >out.txt 2>err
is "and_held_against_them" "$?" 0
"$PT_BIN" diff --json sample.ptrace counters.ptrace >diff.json 2>err
is "what_one_trace_does_not_know_has_not_changed" "$? $(jq '[.changes[] | select(.scope == "site")] | length' diff.json)" "0 0"
"$PT_BIN" diff --json sample.ptrace sample.ptrace >diff.json
is "a_sample_is_the_same_as_itself" "$(jq -c '[.changes_nr, .unsure_nr]' diff.json)" "[0,0]"
"$PT_UNIT/build_modes" more.ptrace sample 1 || exit 1
"$PT_BIN" diff --json sample.ptrace more.ptrace >diff.json
is "what_the_margins_explain_has_not_changed" "$(jq -c '[.changes_nr, .unsure_nr > 0]' diff.json)" "[0,true]"
ok "the_diff_is_valid" jsonschema -i diff.json "$PT_SRC/docs/diff.schema.json"
ok "and_says_how_much_was_left_out" sh -c '"$PT_BIN" diff sample.ptrace more.ptrace | grep -q "within the margins of a sample are left out"'
"$PT_UNIT/build_modes" more.ptrace sample 40 || exit 1
"$PT_BIN" diff --json sample.ptrace more.ptrace >diff.json
ok "what_they_do_not_explain_has" holds diff.json 'any(.changes[]; .scope == "process" and .metric == "in_use_at_end_bytes")'
done_testing
