# SPDX-License-Identifier: MIT
#
# victim.sh - to be sourced by a driver: one real program, plain and traced, compared.
. "$PT_SRC/tests/lib/tap.sh"

# compare NAME COMMAND...: run in $T/plain, $T/counted and $T/traced. Same status, stdout and
# files there; traces whole, nothing lost, counts as the shim's, a report that makes sense.
compare()
{
	victim=$1
	shift
	mkdir -p "$T/plain" "$T/counted" "$T/traced"
	(cd "$T/plain" && "$@") >"$T/plain.out" 2>"$T/plain.err"
	plain=$?
	(cd "$T/counted" && counted "$T/sums" "$@") >/dev/null 2>&1
	(cd "$T/traced" && traced "$T/traces" "$@") >"$T/traced.out" 2>"$T/traced.err"
	is "${victim}_ends_as_untraced" $? $plain
	ok "${victim}_says_what_it_says_untraced" cmp "$T/plain.out" "$T/traced.out"
	ok "${victim}_complains_of_what_it_complains_untraced" cmp "$T/plain.err" "$T/traced.err"
	ok "${victim}_leaves_the_same_files" diff -r "$T/plain" "$T/traced"
	judge_traces "$victim"
}

# judge_traces NAME: every trace in $T/traces, and all of them together against $T/sums
judge_traces()
{
	broken=0 allocations=0 frees=0 lost=0
	for trace in "$T/traces"/*.ptrace; do
		whole "$trace" || broken=$((broken + 1))
		# shellcheck disable=SC2046
		set -- "$1" $(totals "$trace")
		allocations=$((allocations + ${2:-0}))
		frees=$((frees + ${3:-0}))
		lost=$((lost + ${4:-1}))
	done
	is "$1_leaves_whole_traces" "$broken broken" "0 broken"
	is "$1_loses_no_event" "$lost" 0
	# shellcheck disable=SC2046
	near "$1_makes_the_allocations_that_an_independent_count_says" "$allocations" \
		$(counts "$T/sums" | cut -d' ' -f1)
	near "$1_makes_the_frees_that_an_independent_count_says" "$frees" \
		"$(counts "$T/sums" | cut -d' ' -f2)"
	# The largest of them is the one that did the work.
	trace=$(largest "$T/traces")
	judge_report "$1" "$trace"
}

# The trace with most blocks on disk: all files are as long, and sparse.
largest() { du -k "$1"/*.ptrace | sort -rn | sed -n '1s/^[0-9]*[[:space:]]*//p'; }

# near PROMISE GOT WANT: 0.1 % and a few, for what depends on addresses, time or environment
near()
{
	within "$1" "$2" $(($3 - $3 / 1000 - 20)) $(($3 + $3 / 1000 + 20))
}

judge_report()
{
	report "$2" >"$T/report.json"
	ok "$1_gets_a_report_as_the_schema_says" jsonschema -i "$T/report.json" \
		"$PT_SRC/docs/report.schema.json"
	ok "$1_gets_a_report_whose_numbers_fit_together" holds "$T/report.json" '
		(.totals.allocations == ([.threads[].allocations] | add))
		and (.totals.frees == ([.threads[].frees] | add))
		and (.totals.allocations == ([.cpus[].allocations] | add))
		and (.totals.in_use_at_end_bytes == ([.threads[].in_use_bytes] | add))
		and (.totals.idle_at_end_bytes == ([.threads[].idle_bytes] | add))
		and (.totals.peak_held_bytes >= .totals.peak_in_use_bytes)
		and (.totals.peak_in_use_bytes >= .totals.in_use_at_end_bytes)
		and (.totals.blowup >= 1)'
	ok "$1_gets_sites_with_functions_or_modules" holds "$T/report.json" '
		(.sites | length > 0) and all(.sites[0:5][]; .frames[0] | .function != null or .module != null)'
	is "$1_has_no_block_allocated_live_or_freed_dead" \
		"$(info "$2" | jq -r '.anomalies | "\(.alloc_of_live) \(.free_of_dead)"')" "0 0"
	ok "$1_gets_a_report_for_people" sh -c "'$PT_BIN' report '$2' | grep -q ."
}
