#!/bin/sh
# SPDX-License-Identifier: MIT
#
# POOLTRACE_MODE=ring=: the last of it is whole, what was dropped is counted, event by event.
. "$PT_SRC/tests/lib/tap.sh"

# both TRACE: "allocations frees" that are in it or counted as dropped, by kind
both() { info "$1" | jq -r '"\(.allocations + .ring.dropped_allocations) \(.frees + .ring.dropped_frees)"'; }

for way in "256K 1" "256K 8" "1M 4" "64M 2"; do
	ring=${way% *} threads=${way#* } dir=$T/count.$ring.${way#* }
	POOLTRACE_MODE=ring=$ring traced "$dir" "$PT_PROGS/count_truth" "$threads" 60000 >/dev/null
	counted "$T/sums" "$PT_PROGS/count_truth" "$threads" 60000 >/dev/null
	trace=$(the_trace "$dir")
	is "kept_and_dropped_are_all_of_${threads}_threads_in_$ring" "$(both "$trace")" "$(counts "$T/sums")"
	info "$trace" >"$T/info.json"
	ok "what_is_left_in_$ring fits together" holds "$T/info.json" \
		'.whole and .corrupt_chunks == 0 and .missing_chunks == 0 and .unopened_pages == 0 and
		 .lost_events == 0 and .anomalies.alloc_of_live == 0 and .anomalies.free_of_dead == 0'
	dropped=$(jq '.ring.dropped_chunks > 0' "$T/info.json")
	is "only_a_small_ring_drops_anything_$ring" "$dropped" "$([ "$ring" = 64M ] && echo false || echo true)"
	rm -f "$T/sums"
	[ "$way" = "256K 8" ] || continue
	# The slots, a sixteenth of pins, the table and the header.
	within "the_file_stays_as_large_as_the_ring" "$(du -k "$trace" | cut -f1)" 64 300
	report "$trace" >"$T/report.json"
	ok "every_call_site_is_known_though_its_first_chunk_is_gone" holds "$T/report.json" \
		'[.sites[] | .frames | length > 0 and (.[0].function != null)] | length > 3 and all'
	ok "threads_keep_their_names" holds "$T/report.json" '[.threads[] | .name != "" and .tid > 0] | all'
	ok "the_report_says_what_is_missing" holds "$T/report.json" \
		'[.diagnosis[] | select(.kind == "ring")] | length == 1'
	"$PT_BIN" report "$trace" >"$T/report.txt"
	ok "in_words_too" grep -q "A flight recorder of 256" "$T/report.txt"
done

"$PT_BIN" record --ring=1M -o "$T/said.ptrace" -- "$PT_PROGS/hello" 100000 >/dev/null 2>"$T/err"
is "record_tells_the_size_that_was_asked_for" "$(sed -n 's/.*said.ptrace//p' "$T/err")" " (flight recorder of 1.0 MiB)"

# Killed at any instant. The ring turns about every millisecond.
NR=60
mkdir "$T/kills"
POOLTRACE_MODE=ring=256K "$PT_PROGS/kill_loop" $NR "$PT_LIB" "$T/kills" "$PT_PROGS/kill_victim" >"$T/killed" 2>"$T/kill.err"
is "${NR}_victims_were_killed" "$? $(wc -l <"$T/killed")" "0 $NR"
libc=16 unreadable=0 torn=0 short=0 long=0 turned=0 stuck=0
while read -r pid finished begun frees_finished frees_begun; do
	trace=$T/kills/$pid.ptrace
	if [ ! -e "$trace" ] || [ -z "$(head -c 4096 "$trace" | tr -d '\0')" ]; then
		[ "$finished" = 0 ] || unreadable=$((unreadable + 1))
		continue
	fi
	if ! info "$trace" >"$T/info.json" 2>"$T/err"; then
		unreadable=$((unreadable + 1))
		continue
	fi
	holds "$T/info.json" '.corrupt_chunks == 0 and .missing_chunks == 0 and .lost_events == 0' || torn=$((torn + 1))
	holds "$T/info.json" '.ring.dropped_chunks > 0' && turned=$((turned + 1))
	# 256 KiB; an event has 2 bytes at least.
	[ $((finished + frees_finished)) -lt 140000 ] || holds "$T/info.json" '.ring.dropped_chunks > 0' || stuck=$((stuck + 1))
	read -r allocations frees <<EOF
$(both "$trace")
EOF
	if [ "$allocations" -lt "$finished" ] || [ "$frees" -lt "$frees_finished" ]; then
		short=$((short + 1))
		[ $short -gt 5 ] || note "$pid: kept and dropped $allocations/$frees, done $finished/$frees_finished"
	fi
	if [ "$allocations" -gt $((begun + libc)) ] || [ "$frees" -gt "$frees_begun" ]; then
		long=$((long + 1))
		[ $long -gt 5 ] || note "$pid: kept and dropped $allocations/$frees, begun $begun/$frees_begun"
	fi
	rm -f "$trace"
done <"$T/killed"
is "every_killed_ring_is_read" $unreadable 0
is "no_killed_ring_is_torn" $torn 0
is "every_call_that_had_returned_is_kept_or_counted" $short 0
is "no_call_is_counted_twice_or_too_soon" $long 0
is "every_ring_that_had_to_turn_did" $stuck 0
within "and_some_had_to" $turned 1 $NR

# Read while it turns.
mkdir "$T/live"
env LD_PRELOAD="$PT_LIB" POOLTRACE_MODE=ring=256K POOLTRACE_OUTPUT="$T/live/%e.%p.ptrace" "$PT_PROGS/count_truth" \
	2 2000000 >/dev/null &
victim=$!
cleanup() { kill "$victim" 2>/dev/null; }
sleep 0.3
bad=0 read=0
while kill -0 $victim 2>/dev/null && [ $read -lt 20 ]; do
	trace=$(the_trace "$T/live") && info "$trace" >"$T/info.json" 2>"$T/err" &&
		holds "$T/info.json" '.corrupt_chunks == 0 and .ring.dropped_chunks > 0' || bad=$((bad + 1))
	read=$((read + 1))
done
kill $victim 2>/dev/null
wait $victim 2>/dev/null
is "a_live_ring_is_read_without_a_bad_record" $bad 0
within "and_was_read_often" $read 5 20

# Pools' names are told once; events of them come and go.
POOLTRACE_MODE=ring=256K traced "$T/pools" "$PT_PROGS/annotate_busy" 2 10000 >"$T/pools.out" 2>&1
info "$(the_trace "$T/pools")" >"$T/info.json"
report "$(the_trace "$T/pools")" >"$T/report.json"
ok "pool_events_are_dropped_and_counted" holds "$T/info.json" '.ring.dropped_pool_events > 0'
ok "pools_keep_their_names" holds "$T/report.json" \
	'[.pools[] | select(.source == "annotated") | .name] | length > 0 and all(. != "")'

POOLTRACE_MODE=round traced "$T/bad" "$PT_PROGS/hello" >/dev/null
ok "another_word_is_named_and_everything_kept" sh -c \
	"'$PT_BIN' info '$(the_trace "$T/bad")' | grep -q 'POOLTRACE_MODE=round'"
done_testing
