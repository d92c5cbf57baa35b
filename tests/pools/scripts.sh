#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The report against an oracle that was written from docs/pools.md alone: random plays of raw
# annotations, with every misuse, random scripts on every pool of marketdata, and those under threads.
# PT_SCRIPTS: how many of each kind (1,000). PT_KEEP: a folder for the traces that differ.
. "$PT_SRC/tests/lib/tap.sh"

pools=$PT_BUILD/tests/pools
scripts=${PT_SCRIPTS:-1000}
DEAD_MS=10 REGRET_US=800 LIMIT=20000 # so that runs of some 40 ms have all of it

oracle()
{
	"$pools/pool_oracle" --dead-after ${DEAD_MS}000000 --regret-within ${REGRET_US}000 --limit $LIMIT \
		"$D/dump" "$1"
}

read_both()
{
	"$PT_BIN" dump --json --stacks "$1" >"$D/dump" &&
		"$PT_BIN" report --json --top 1000000 --dead-after ${DEAD_MS}ms --regret-within ${REGRET_US}us \
			--limit $LIMIT "$1" >"$D/report"
}

# judged TRACE MADE-BY: $D/dump, report and said are made of it; adds up the values, and what differs.
# A short trace is read by the machine's own clock, twice not always alike (oracle: 3); then again.
judged()
{
	for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
		read_both "$1" && oracle "$D/report" >"$D/said" 2>"$D/error"
		[ $? = 3 ] || break
	done
	read -r said_values said_rows said_differ <<-END
		$(sed -n 's/^\([0-9]*\) values compared in \([0-9]*\) pools, \([0-9]*\) differ$/\1 \2 \3/p' "$D/said")
	END
	values=$((values + ${said_values:-0}))
	rows=$((rows + ${said_rows:-0}))
	[ "${said_differ:-1}" = 0 ] && return
	differ=$((differ + ${said_differ:-1}))
	said=$((said + 1))
	[ $said -gt 5 ] || note "$2:
$(cat "$D/error" "$D/said" | head -n 8 | cut -c 1-400)"
	[ -z "${PT_KEEP:-}" ] || { mkdir -p "$PT_KEEP" && cp "$1" "$PT_KEEP"; }
}

# begin NAME, end: what a half adds up goes into $T/NAME/total.
begin()
{
	D=$T/$1 values=0 rows=0 differ=0 wrong=0 said=0 n=0
	mkdir -p "$D"
	: >"$D/said"
	: >"$D/error"
	: >"$D/sums"
}
end() { echo "$values $rows $differ $wrong" >"$D/total"; }

# sums POOLS FILE: the numbers of these pools added up, by key, with some of what is deeper; a line of JSON.
sums()
{
	jq -c "[$1 | . + {
			sharing_costs: ([.waterfall[]? | select(.term == \"sharding\" and .bytes < 0)] | length),
			forecasts: ([.shards[].forecast_s? | values | select(. > 0)] | length),
			long_holds: ([.hold_p999_ns? | values] | length)
		} + (reduce .leaks[]? as \$l ({}; . + {at_destroy: (.at_destroy + \$l.at_destroy),
			thread_is_gone: (.thread_is_gone + \$l.thread_is_gone), held_too_long: (.held_too_long + \$l.held_too_long)}))
		+ (reduce .misuse[]? as \$m ({}; .[\$m.kind] += \$m.times)) | map_values(numbers)] |
		reduce .[] as \$p ({}; reduce (\$p | to_entries[]) as \$e (.; .[\$e.key] += \$e.value))" "$2" >>"$D/sums"
}

# Raw annotations: 20 pools at once, and traces until there were enough.
plays()
{
	begin plays
	while [ $((20 * n)) -lt "$scripts" ]; do
		n=$((n + 1))
		options="--seed $n --pools 20 --ops 6000 --threads $((1 + n % 5))"
		# shellcheck disable=SC2086
		traced "$D/run" "$pools/oplayer" $options || { wrong=$((wrong + 1)); note "oplayer $options fails"; }
		judged "$(the_trace "$D/run")" "oplayer $options"
		sums '.pools[] | select(.source != "allocator")' "$D/report"
		rm -rf "$D/run"
	done
	end
}

# Where the report is not what the driver has counted. It knows no uncertainty: its stranded misses
# are those of the report and the ambiguous ones.
differing()
{
	jq -c -n --slurpfile truth "$D/truth" --slurpfile report "$D/report" '
		($report[0].pools | map({ key: .name, value: . }) | from_entries) as $pools |
		def numbers: {gets, puts, hits, misses, steals, drops,
			idle_objects: (.idle_objects // .idle_at_end_objects), idle_bytes: (.idle_bytes // .idle_at_end_bytes)};
		def whole: numbers + {stocked, purged, vanished, peak_held_bytes, peak_in_use_bytes};
		def of_misuse($kind): [.misuse[] | select(.kind == $kind).times] | add // 0;
		[$truth[0].pools[] | . as $t | ($pools[$t.name] // {shards: [], misuse: []}) as $p |
			{name: .name, truth: ($t | whole), report: ($p | whole)},
			{name: .name, truth: .stranded_misses, report: ($p.stranded_misses + $p.ambiguous_misses)},
			{name: .name, truth: [.put_of_idle, .put_of_foreign, .get_of_in_use],
				report: [$p | of_misuse("put_of_idle", "put_of_foreign", "get_of_in_use")]},
			(.shards[] | . as $s | ([$p.shards[] | select(.number == $s.shard)][0] // {}) as $q |
				{name: "\($t.name) \($s.shard)", truth: ($s | numbers | map_values(. // 0)),
					report: ($q | numbers | map_values(. // 0))}) |
			select(.truth != .report)] | .[]'
}

# Every pool of marketdata; one script after another, 25 on each pool in a trace.
market()
{
	begin market
	while [ $((25 * n)) -lt "$scripts" ]; do
		n=$((n + 1))
		options="--pool all --scripts 25 --seed $n"
		[ $((n % 2)) = 0 ] || options="$options --misuse"
		# shellcheck disable=SC2086
		traced "$D/run" "$pools/marketdata" $options >"$D/truth" ||
			{ wrong=$((wrong + 1)); note "marketdata $options fails"; }
		judged "$(the_trace "$D/run")" "marketdata $options"
		differing >"$D/differing" || wrong=$((wrong + 1))
		if [ -s "$D/differing" ]; then
			wrong=$((wrong + $(wc -l <"$D/differing")))
			said=$((said + 1))
			[ $said -gt 5 ] || note "marketdata $options: $(head -n 3 "$D/differing" | cut -c 1-400)"
		fi
		sums '.pools[]' "$D/truth"
		rm -rf "$D/run"
	done
	end
}

# The same pools under threads that nothing holds back: the order is whatever the trace says.
threads()
{
	begin threads
	for kind in $("$pools/marketdata" --list-pools); do
		case $kind in
		prealloc*) some= ;;
		*) some="--forget-every 100" ;;
		esac
		for pace in "--rate 0" "--rate 60000 --gc 5" "--burst 50 --every 1 --gc 3"; do
			options="--pool $kind --processors 8 --workers 4 --messages 3000 --batch 2"
			options="$options --migrate-every 20 --grow-to 6000 $some $pace"
			# shellcheck disable=SC2086
			traced "$D/run" "$pools/marketdata" $options >"$D/truth" ||
				{ wrong=$((wrong + 1)); note "marketdata $options fails"; }
			judged "$(the_trace "$D/run")" "marketdata $options"
			rm -rf "$D/run"
		done
	done
	end
}

# Two at once.
(plays && threads) >"$T/log" 2>&1 &
market
wait
cat "$T/log"

total()
{
	D=$T/$1
	read -r values rows differ wrong <"$D/total"
	note "$1: $values values of $rows pools"
}
# had WHO WHAT...: it occurred
had()
{
	had_who=$1
	shift
	for what in "$@"; do
		within "${had_who}_had_${what}" "$(jq -s "map(.$what // 0) | add" "$D/sums")" 1 1000000000000
	done
}

total plays
is "every_number_of_a_report_on_random_annotations_is_the_oracles" "$differ $wrong" "0 0"
within "as_many_pools_were_compared_as_asked_for" "$rows" "$scripts" $((2 * scripts + 50))
within "in_many_values" "$values" $((scripts * 1000)) 1000000000

# All that is compared occurred: a report and an oracle that know nothing agree too.
had the_plays hits misses steals stolen stocked drops purged vanished stranded_misses ambiguous_misses \
	late_reuse_objects dead_hoard_objects regretted_drops useful_drops ratchet_bytes ratchet_at_peak_bytes \
	stray_drops stray_moves stray_resizes in_use_objects idle_objects idle_at_peak_bytes at_destroy \
	thread_is_gone held_too_long put_of_idle put_of_foreign get_of_in_use forecasts long_holds
[ "$scripts" -lt 1000 ] || had the_plays sharing_costs # one pool in some hundred

# The oracle finds what is wrong: each time one number of the last report is changed.
changed()
{
	jq "$2" "$D/report" >"$D/changed"
	oracle "$D/changed" >"$D/said" 2>&1
	is "the_oracle_sees_a_wrong_$1" "$? $(sed -n 's/.* pools, \([0-9]*\) differ/\1/p' "$D/said")" "1 1"
}
p='.pools[1]'
changed count "$p.gets += 1"
changed shard "$p.shards[0].peak_idle_bytes += 1"
changed thread "$p.threads[0].hits += 1"
changed cpu "$p.cpus[0].puts += 1"
changed site "$p.sites[0].idle_bytes += 1"
changed matrix "$p.flow[0].objects += 1"
changed age "$p.reuse_age[0].bytes += 1"
changed step "$p.shards[0].occupancy.idle_max_bytes[5] += 1"
changed drift "$p.shards[0].drift_bytes_per_s |= (. // 0) * 1.0001 + 1"
changed term "$p.waterfall[0].bytes += 1"
changed moment "$p.peak_held_ns += 1"
changed layer ".layers.used_bytes += 1"

total market
kinds=$("$pools/marketdata" --list-pools | wc -l)
is "every_number_of_a_report_on_random_scripts_is_the_oracles" "$differ" 0
is "and_it_is_what_the_driver_has_counted" "$wrong" 0
within "each_pool_was_scripted_as_often_as_asked_for" "$rows" $((kinds * scripts)) $((2 * kinds * scripts + 150))
within "in_many_values_as_well" "$values" $((kinds * scripts * 500)) 10000000000
had the_scripts hits misses steals stranded_misses stocked drops purged vanished put_of_idle put_of_foreign \
	get_of_in_use

total threads
is "every_number_of_a_report_on_threads_is_the_oracles" "$differ $wrong" "0 0"
within "each_pool_was_under_threads" "$rows" $((3 * kinds)) $((3 * kinds))
within "in_many_values_too" "$values" $((3 * kinds * 500)) 1000000000
done_testing
