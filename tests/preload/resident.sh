#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How much of what lies idle can be resident: never a bound that is too low, however short the run.
. "$PT_SRC/tests/lib/tap.sh"
BYTES=48000000 # that burst.c frees

# run HOW: the report of a burst that ends so
run()
{
	how=$1
	rm -rf "$T/run"
	traced "$T/run" "$PT_PROGS/burst" "$how"
	report "$(the_trace "$T/run")" >"$T/report.json"
	"$PT_BIN" report "$(the_trace "$T/run")" >"$T/report.txt"
}
of() { jq "$1" "$T/report.json"; }

for how in return pause; do
	run $how
	is "$how:_all_of_it_lies_idle" "$(of .totals.idle_at_end_bytes)" $BYTES
	within "$how:_all_of_it_may_be_resident" "$(of .totals.idle_resident_at_most_bytes)" $((BYTES * 9 / 10)) $BYTES
	within "$how:_RSS_at_the_end_is_that_of_the_end" "$(of .totals.rss.end_anonymous_bytes)" $BYTES $((2 * BYTES))
	within "$how:_and_so_is_its_peak" "$(of .totals.rss.peak_bytes)" $BYTES $((2 * BYTES))
	is "$how:_by_the_kernels_account" "$(of .totals.rss.peak_told)" true
done
run kill
is "kill:_all_of_it_lies_idle" "$(of .totals.idle_at_end_bytes)" $BYTES
is "kill:_how_much_of_it_is_resident_is_not_known" "$(of .totals.idle_resident_at_most_bytes)" null
is "and_why" "$(of '.reasons["totals.idle_resident_at_most_bytes"]')" '"what lies idle was freed after the last RSS sample"'
is "the_text_says_so" "$(tr -s ' \n' ' ' <"$T/report.txt" | grep -c 'how much of it is resident is not known: it was freed after')" 1
is "and_calls_the_peak_what_it_is" "$(of .totals.rss.peak_told) $(grep -c 'RSS  *largest of [0-9]* sample' "$T/report.txt")" "false 1"

# In the other modes too.
POOLTRACE_MODE=counters run return
within "counters:_RSS_at_the_end_is_that_of_the_end" "$(of .totals.rss.end_anonymous_bytes)" $BYTES $((2 * BYTES))
POOLTRACE_MODE=ring=1M run return
within "ring:_RSS_at_the_end_is_that_of_the_end" "$(of .totals.rss.end_anonymous_bytes)" $BYTES $((2 * BYTES))
run fork
is "a_forked_child_that_only_exits_gets_no_trace_for_it" "$(ls "$T/run" | wc -l)" 1
done_testing
