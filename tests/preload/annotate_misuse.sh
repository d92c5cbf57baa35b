#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A pool that is used wrongly: the program is as it was, and the report has both stacks.
. "$PT_SRC/tests/lib/tap.sh"

"$PT_PROGS/annotate_misuse" >"$T/plain"
traced "$T/misuse" "$PT_PROGS/annotate_misuse" >"$T/traced"
is "a_program_that_misuses_its_pool_ends_well" $? 0
ok "and_behaves_as_without_the_recorder" diff "$T/plain" "$T/traced"
trace=$(the_trace "$T/misuse")
report "$trace" >"$T/report.json"

# "times kind: functions of the stack / functions of the other stack", only those of the program
jq -r '
def ours: if . == null then "nobody" else
	[.frames[].function | select(. != null and test("^(.*(putter|getter).*|main|get_again)$"))] | join(" ") end;
.pools[] | select(.name == "misused") | .misuse[]
| "\(.times) \(.kind): \(.stack | ours) / \(.other_stack | ours)"' "$T/report.json" | sort >"$T/findings"
line() { grep "$1" "$T/findings"; }
is "an_object_put_twice_is_found_each_time_with_both_stacks" "$(line put_of_idle)" \
	"3 put_of_idle: second_putter main / first_putter main"
is "an_object_got_while_in_use_is_found_with_both_stacks" "$(line get_of_in_use)" \
	"1 get_of_in_use: second_getter get_again / first_getter main"
is "a_foreign_object_is_found_with_the_stack_of_its_own_pools_get" "$(line putter_of_foreign)" \
	"1 put_of_foreign: putter_of_foreign main / getter_elsewhere main"
is "an_object_of_nobody_is_found_too" "$(line putter_of_unknown)" \
	"1 put_of_foreign: putter_of_unknown main / nobody"
is "nothing_else_is" "$(wc -l <"$T/findings")" 4
is "the_threads_are_the_two_that_did_it" \
	"$(jq -c '.pools[] | select(.name == "misused") | .misuse[] | select(.kind == "get_of_in_use")
		| .thread != .other_thread' "$T/report.json")" true
is "its_object_is_the_one_in_the_trace" \
	"$(jq -r '.pools[] | select(.name == "misused") | .misuse[] | select(.kind == "get_of_in_use") | .first_object' \
		"$T/report.json")" \
	"$("$PT_BIN" dump --json "$trace" | jq -rs '[.[] | select(.kind == "pool_get")] | group_by(.thread)
		| map(.[0]) | min_by(.thread) as $first | .[] | select(.thread != $first.thread) | .addr')"
is "the_events_are_counted_misuse_or_not" \
	"$(jq -r '.pools[] | select(.name == "misused") | "\(.gets) \(.puts) \(.misuse | map(.times) | add)"' "$T/report.json")" \
	"105 108 6"
is "a_pool_that_is_used_well_has_no_finding" \
	"$(jq -c '.pools[] | select(.name == "other") | .misuse' "$T/report.json")" "[]"

# For people: each kind is said, with both of its functions.
"$PT_BIN" report "$trace" >"$T/text" 2>&1
missing=
for word in second_putter first_putter second_getter first_getter putter_of_foreign getter_elsewhere; do
	grep -q "$word" "$T/text" || missing="$missing $word"
done
is "the_report_for_people_names_both_sides_of_each" "$missing" ""
done_testing
