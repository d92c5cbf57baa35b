#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A workload with known hoarding: the report against hoard_oracle's brute force on its own log.
. "$PT_SRC/tests/lib/tap.sh"

traced "$T/run" "$PT_PROGS/hoard" --log "$T/log"
is "hoard_ends_well_when_traced" $? 0
trace=$(the_trace "$T/run")
ok "its_trace_is_whole" whole "$trace"
"$PT_PROGS/hoard_oracle" "$T/log" >"$T/oracle" || fail "the_log_makes_sense"
report "$trace" >"$T/report.json"
name_of() { jq -r --argjson tid "$1" '.threads[] | select(.tid == $tid) | .name' "$T/report.json"; }

# Threads: workers do nothing but what is in the log, so every number is exact.
sed -n 's/^thread //p' "$T/oracle" >"$T/threads"
while read -r tid allocations frees bytes others in_use idle stranded; do
	name=$(name_of "$tid")
	is "thread_${name:-$tid}_has_the_oracles_counts_and_bytes" \
		"$(jq -r --argjson tid "$tid" '.threads[] | select(.tid == $tid) | "\(.allocations) \(.frees) \(.allocated_bytes) \(.freed_by_others_bytes) \(.in_use_bytes) \(.idle_bytes)"' "$T/report.json")" \
		"$allocations $frees $bytes $others $in_use $idle"
	is "thread_${name:-$tid}_has_the_oracles_stranded_misses" \
		"$(jq --argjson tid "$tid" '.threads[] | select(.tid == $tid) | .stranded_misses' "$T/report.json")" \
		"$stranded"
done <"$T/threads"
is "the_thread_that_holds_most_idle_bytes_is_named" \
	"$(jq -r '.threads | max_by(.idle_bytes) | .name' "$T/report.json")" hoarder
# With bad luck the producer starves as well, while its messages lie idle at the consumer.
is "the_thread_that_starves_most_is_named" \
	"$(jq -r '.threads | max_by(.stranded_misses) | .tid' "$T/report.json")" \
	"$(sort -k 8n "$T/threads" | tail -n 1 | cut -d' ' -f1)"
within "a_thread_that_wanted_2000_idle_buffers_is_seen_starving" \
	"$(jq '.threads[] | select(.name == "starved") | .stranded_misses' "$T/report.json")" 1900 2000
is "the_thread_whose_blocks_others_free_is_named" \
	"$(jq -r '.threads | max_by(.freed_by_others_bytes) | .name' "$T/report.json")" producer

# CPUs: the main thread is not pinned and libc allocates in it: at most 16 KiB on top.
sed -n 's/^cpu //p' "$T/oracle" >"$T/cpus"
while read -r cpu in_use idle; do
	within "cpu_${cpu}_holds_the_oracles_bytes_in_use" \
		"$(jq --argjson cpu "$cpu" '.cpus[] | select(.cpu == $cpu) | .in_use_bytes' "$T/report.json")" \
		"$in_use" $((in_use + 16384))
	within "cpu_${cpu}_holds_the_oracles_idle_bytes" \
		"$(jq --argjson cpu "$cpu" '.cpus[] | select(.cpu == $cpu) | .idle_bytes' "$T/report.json")" \
		"$idle" $((idle + 16384))
done <"$T/cpus"

# Sites: the innermost frame is the function that the log names.
of_site()
{
	jq --arg name "$1" "[.sites[] | select(.frames[0].function == \$name) | .$2] | add // 0" \
		"$T/report.all.json"
}
report --top 100000 "$trace" >"$T/report.all.json"
sed -n 's/^site //p' "$T/oracle" >"$T/sites"
while read -r site in_use idle; do
	is "site_${site}_has_the_oracles_bytes_in_use_and_idle" \
		"$(of_site "$site" in_use_bytes) $(of_site "$site" idle_bytes)" "$in_use $idle"
done <"$T/sites"
is "the_worst_site_has_a_file_and_a_line" \
	"$(jq -r '.sites | max_by(.idle_bytes) | .frames[0] | "\(.function) \(.file | sub(".*/"; "")) \(.line > 0)"' "$T/report.all.json")" \
	"fill_hoard hoard.c true"

# Totals: order of events in different threads is known to a few ticks only, libc adds a little.
read -r _ peak_in_use peak_held in_use idle <<EOF
$(grep ^total "$T/oracle")
EOF
total() { jq ".totals.$1" "$T/report.json"; }
slack=65536
within "peak_in_use_is_the_oracles" "$(total peak_in_use_bytes)" $((peak_in_use - slack)) $((peak_in_use + slack))
within "peak_held_is_the_oracles" "$(total peak_held_bytes)" $((peak_held - slack)) $((peak_held + slack))
within "in_use_at_end_is_the_oracles" "$(total in_use_at_end_bytes)" "$in_use" $((in_use + slack))
within "idle_at_end_is_the_oracles" "$(total idle_at_end_bytes)" "$idle" $((idle + slack))
ok "blowup_is_peak_held_over_peak_in_use" holds "$T/report.json" '.totals |
	(.blowup - .peak_held_bytes / .peak_in_use_bytes) | fabs < 0.001'
# Which moment was the peak is known to a few ticks only; but whenever it was, it is all of everybody's.
ok "threads_cpus_and_sites_add_up_to_what_was_held_at_the_peak" holds "$T/report.all.json" '
	. as $r | [.threads, .cpus, .sites] | map(map(.in_use_at_peak_bytes + .idle_at_peak_bytes) | add) |
	all(. == $r.totals.peak_held_bytes)'
ok "threads_cpus_and_sites_add_up_to_what_was_in_use_at_the_peak" holds "$T/report.all.json" '
	. as $r | [.threads, .cpus, .sites] | map(map(.in_use_at_peak_bytes) | add) |
	all(. == $r.totals.in_use_at_peak_bytes and . > 0)'

# People read the first lines: they must say who and where.
"$PT_BIN" report "$trace" 2>/dev/null | head -n 12 >"$T/text"
ok "the_first_lines_name_the_hoarding_thread" grep -q hoarder "$T/text"
ok "the_first_lines_name_the_hoarding_site" grep -q fill_hoard "$T/text"
done_testing
