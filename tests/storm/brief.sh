# SPDX-License-Identifier: MIT
#
# Bar 11: so many threads one after another, recorded, counted and sampled: nothing lost, and what is kept for them
# does not grow with those that have ended.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
storm brief 11 1000000 20000

most_kib=1024 # 20,000 threads: 2 MiB before, 200,000 threads: 124 MiB
counted "$T/sums" "$PT_STORM/brief_storm" "$SIZE" >"$T/plain"
is "${SIZE}_threads_end_plain" "$? $(cut -d ' ' -f 1 "$T/plain")" "0 $SIZE"
came_out=
for mode in full counters sample; do
	begun_s=$(date +%s)
	POOLTRACE_MODE=$mode traced "$T/$mode" "$PT_STORM/brief_storm" "$SIZE" >"$T/said"
	is "${mode}_so_they_do" "$? $(cut -d ' ' -f 1 "$T/said")" "0 $SIZE"
	took_s=$(($(date +%s) - begun_s))
	kib=$(cut -d ' ' -f 2 "$T/said")
	within "${mode}_what_is_kept_does_not_grow_with_them" "$kib" -100000 $most_kib
	infos "$T/$mode" | jq 'select(.trace | test("/brief_storm"))' >"$T/info.json"
	is "${mode}_the_trace_is_whole_and_in_order" \
		"$(jq -r '"\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead)"' "$T/info.json")" "true 0"
	is "${mode}_nothing_is_lost" "$(jq '.lost_events + ([.lost[].others] | add)' "$T/info.json")" 0
	kept="$(jq .writers "$T/info.json") writers, $(jq '.counted.blocks // 0' "$T/info.json") blocks of counts"
	within "${mode}_few_writers_do" "$(jq '.writers + (.counted.blocks // 0)' "$T/info.json")" 1 100
	case $mode in
	full)
		is "full_all_their_calls_are_recorded" "$(kept_and_lost "$T/info.json")" "$(counts "$T/sums") 0 0"
		is "full_each_end_of_a_thread_is_in_it" "$(jq .events_by_kind.thread_exit "$T/info.json")" "$SIZE"
		;;
	counters)
		is "counters_all_their_calls_are_counted" "$(jq -r '.counted | "\(.allocations) \(.frees)"' "$T/info.json")" "$(counts "$T/sums")"
		within "counters_each_thread_is_counted" "$(jq .counted.threads "$T/info.json")" $((SIZE + 1)) $((SIZE + 1))
		;;
	esac
	rm -rf "${T:?}/$mode"
	came_out="$came_out$mode: $took_s s, $kept, $kib KiB more at the end; "
done
storm_over "$SIZE threads, 8 at once" "${came_out%; }"
