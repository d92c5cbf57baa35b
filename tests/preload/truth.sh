#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The recorder counts what the program counts itself, call by call, and changes no result.
. "$PT_SRC/tests/lib/tap.sh"

# of lines that begin with a tid, those of the threads in truth
own_threads() { awk 'NR == FNR { own[$1] = 1; next } $1 in own' "$T/truth" -; }

for threads in 1 2 4 8; do
	dir=$T/count$threads
	traced "$dir" "$PT_PROGS/count_truth" "$threads" 20000 >"$T/truth"
	status=$?
	counted "$T/sums$threads" "$PT_PROGS/count_truth" "$threads" 20000 >"$T/shim.truth"
	trace=$(the_trace "$dir")
	is "count_truth_with_${threads}_threads_ends_well" $status 0
	report "$trace" >"$T/report.json"
	jq -r '.threads[] | "\(.tid) \(.allocations) \(.frees) \(.allocated_bytes)"' "$T/report.json" |
		own_threads | sort >"$T/reported"
	sort "$T/truth" >"$T/told"
	ok "every_thread_of_${threads}_has_exactly_its_own_calls_and_bytes" diff "$T/told" "$T/reported"
	is "totals_of_${threads}_threads_equal_an_independent_count" \
		"$(jq -r '.totals | "\(.allocations) \(.frees)"' "$T/report.json")" \
		"$(counts "$T/sums$threads")"
	is "nothing_is_lost_with_${threads}_threads" "$(jq .totals.lost_events "$T/report.json")" 0
done
# The shim's count itself: the workers' own plus what libc allocates for 8 threads.
want=$(awk '{ sum += $2 } END { print sum }' "$T/shim.truth")
within "the_independent_count_agrees_with_the_program" "$(counts "$T/sums8" | cut -d' ' -f1)" \
	"$want" $((want + 40))

"$PT_PROGS/api_probe" >"$T/plain"
traced "$T/probe" "$PT_PROGS/api_probe" >"$T/traced"
is "api_probe_ends_well_when_traced" $? 0
ok "every_edge_of_the_api_answers_as_untraced" diff "$T/plain" "$T/traced"
"$PT_PROGS/api_probe" names >"$T/plain"
traced "$T/names" "$PT_PROGS/api_probe" names >"$T/traced"
ok "another_allocator_does_not_look_like_jemalloc" diff "$T/plain" "$T/traced"
done_testing
