#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The trading platform at work, in real threads: what the report says of each pool against what the
# driver counted by itself. Exact are all counts and what is idle or in use at the end, by shard. What
# hangs on the instant at which one thread saw another's object is exact to what the report calls ambiguous, and $unseen.
. "$PT_SRC/tests/lib/tap.sh"

marketdata=$PT_BUILD/tests/pools/marketdata
slack=4  # objects: peaks are counted by several atomics one after another, by so many threads at once
unseen=4 # misses: the only object elsewhere may be gone when the miss is told; then the report takes it for no stranded one

# run NAME OPTION...: $T/NAME.truth, $T/NAME.json and $T/NAME.ptrace
run()
{
	run=$1
	shift
	if ! traced "$T/run" "$marketdata" "$@" >"$T/$run.truth" 2>"$T/$run.error"; then
		fail "${run}_ends_well"
		note "$(head -n 3 "$T/$run.error")"
		return
	fi
	mv "$(the_trace "$T/run")" "$T/$run.ptrace"
	report "$T/$run.ptrace" >"$T/$run.json"
	note "marketdata $*"
	note "$run: $(jq -r '"\(.messages) messages in \(.seconds) s, \(.messages_per_s)/s, latency p50 \(.latency_p50_ns / 1000) us, p99 \(.latency_p99_ns / 1000) us"' "$T/$run.truth")"
}

pool='.pools[] | select(.source == "annotated")'
told() { jq -r "$pool | $2" "$T/$1.json"; }
true_() { jq -r ".pools[0] | $2" "$T/$1.truth"; }

counts='\(.gets) \(.puts) \(.hits) \(.misses) \(.steals) \(.drops)'
shard_rows()
{
	true_ "$1" '.shards[] | select(.gets + .puts + .idle_objects > 0)
		| "\(.shard) '"$counts"' \(.idle_objects) \(.idle_bytes)"' | sort -n >"$T/true_shards"
	told "$1" '.shards[] | "\(.number) '"$counts"' \(.idle_objects) \(.idle_bytes)"' | sort -n >"$T/told_shards"
	[ -s "$T/told_shards" ] && diff "$T/true_shards" "$T/told_shards"
}

# agrees NAME: everything that the driver knows
agrees()
{
	is "${1}_total_counts_are_the_drivers" \
		"$(told "$1" '"'"$counts"' \(.stocked) \(.purged) \(.misuse | length)"')" \
		"$(true_ "$1" '"'"$counts"' \(.stocked) \(.purged) 0"')"
	ok "${1}_each_shards_counts_and_idle_bytes_are_the_drivers" shard_rows "$1"
	is "${1}_bytes_in_use_and_idle_at_the_end_are_the_drivers" \
		"$(told "$1" '"\(.in_use_bytes) \(.in_use_objects) \(.idle_bytes) \(.idle_at_end_bytes)"')" \
		"$(true_ "$1" '"\(.in_use_at_end_bytes) \(.in_use_at_end_objects) \(.idle_at_end_bytes) \(.idle_at_end_bytes)"')"
	stranded=$(true_ "$1" .stranded_misses)
	ambiguous=$(told "$1" .ambiguous_misses)
	within "${1}_stranded_misses_are_the_drivers_to_within_the_ambiguous_and_a_few_unseen_ones" \
		"$(told "$1" .stranded_misses)" $((stranded - ambiguous - unseen)) "$stranded"
	object=$(true_ "$1" .object_bytes)
	[ "${2:-}" != grown ] || object=65536
	for peak in peak_held_bytes peak_in_use_bytes; do
		want=$(true_ "$1" .$peak)
		within "${1}_${peak}_is_the_drivers" "$(told "$1" .$peak)" \
			$((want - slack * object)) $((want + slack * object))
	done
}
blowup() { told "$1" '.blowup * 100 | floor'; }
percent() { echo $((100 * $1 / ($2 ? $2 : 1))); } # PART WHOLE

note "scale: 32 processors and 50,000 messages/s as in the case; 64 messages to a buffer and 2 buffers"
note "in use at once, so memory is 1:1000 (512 KiB for a need of 500 MB); 4 threads on this machine's $(nproc) CPUs"
platform='--processors 32 --workers 4 --burst 128 --every 2.56 --batch 64 --bytes 262144 --in-flight 2 --migrate-every 1'

# A private slot is out of reach for all other processors: each keeps a buffer, though two are needed. A cap
# on each processor is no cure.
run syncpool $platform --seconds 1
agrees syncpool
within "syncpool_holds_a_multiple_of_the_need_in_percent" "$(blowup syncpool)" 1000 3700
is "syncpool_names_the_shards_that_hold_it" \
	"$(told syncpool '[.shards[] | select(.idle_objects > 0) | .name] | sort | join(" ")')" \
	"$(true_ syncpool '[.shards[] | select(.idle_objects > 0) | "P\(.shard)"] | sort | join(" ")')"
within "syncpool_the_verdict_says_in_how_many_shards" \
	"$(told syncpool '.verdict[] | select(.kind == "blowup") | .text' | sed -n 's/.*lay idle in \([0-9]*\) shards.*/\1/p')" 20 32
within "syncpool_most_misses_are_called_stranded_in_percent" \
	"$(percent "$(told syncpool .stranded_misses)" "$(told syncpool .misses)")" 60 100
within "syncpool_the_waterfall_blames_sharding_in_percent_of_idle" \
	"$(told syncpool '100 * ([.waterfall[] | select(.term == "sharding").bytes] | add) / (.waterfall_held_bytes - .waterfall_in_use_bytes) | floor')" 80 100
ok "syncpool_the_waterfall_adds_up" holds "$T/syncpool.json" "$pool"' |
	([.waterfall[].bytes | values] | add) == .waterfall_held_bytes - .waterfall_in_use_bytes'

run capped $platform --pool syncpool-capped --capacity 1 --seconds 1
agrees capped
within "capped_at_one_buffer_a_processor_it_still_holds_a_multiple_in_percent" "$(blowup capped)" 1000 3500

# Everybody else stays within what it promises, under the same load.
for design in sharded ring prealloc; do
	run $design $platform --pool $design --capacity 4 --seconds 0.5
	agrees $design
done
within "sharded_holds_at_most_its_capacity_in_each_shard" \
	"$(told sharded '[.shards[].peak_idle_bytes] | max')" 262144 $((4 * 262144))
within "sharded_holds_little_more_than_the_need_in_percent" "$(blowup sharded)" 100 400
within "ring_holds_at_most_its_capacity_idle" "$(told ring .peak_idle_bytes)" 262144 $((4 * 262144))
within "ring_holds_little_more_than_the_need_in_percent" "$(blowup ring)" 100 400
is "prealloc_holds_what_it_was_given_and_makes_nothing" \
	"$(told prealloc '"\(.peak_held_bytes) \(.idle_bytes) \(.misses) \(.stocked)"')" \
	"$((4 * 262144)) $((4 * 262144)) 0 4"
ok "none_of_the_three_is_told_to_hoard_among_its_shards" holds "$T/ring.json" \
	"[$pool | .stranded_misses + .ambiguous_misses] | add == 0"

# Consumers put what producers got: 32 threads, one on each processor. Then the same as fast as it goes.
run flow --processors 32 --workers 32 --rate 50000 --batch 64 --bytes 262144 --in-flight 2 --cross --seconds 0.5
agrees flow
is "flow_buffers_gather_where_consumers_put_them" \
	"$(told flow '[.shards[] | select(.idle_objects > 0 and .number < 16)] | length')" 0
within "flow_and_the_matrix_says_so" "$(told flow '[.flow[].objects] | add')" \
	"$(told flow .puts)" "$(told flow .puts)"
for design in $("$marketdata" --list-pools); do
	run "fast_$design" --pool "$design" --processors 32 --rate 0 --messages 40000 --cross --migrate-every 3 \
		--in-flight 200 --capacity 256 --gc 5
	agrees "fast_$design"
done
within "fast_syncpool_had_steals_and_collections" \
	"$(told fast_syncpool 'if .steals > 100 and .drops > 0 then 1 else 0 end')" 1 1

# Bursts: more in use at once than idle suits afterwards.
run bursts --workers 8 --processors 32 --batch 8 --bytes 16384 --burst 1024 --every 20 --hold 8 --migrate-every 2 --seconds 0.6
agrees bursts

# Collections faster than buffers come back: they are dropped and made again.
run collected $platform --gc 20 --seconds 0.6
agrees collected
within "collected_nearly_all_drops_are_regretted_in_percent" \
	"$(percent "$(told collected .regretted_drops)" "$(told collected .drops)")" 80 100
within "collected_there_were_drops" "$(told collected .drops)" 100 1000
ok "collected_the_verdict_points_at_the_collection" holds "$T/collected.json" "[$pool"' | .verdict[]
	| select(.kind == "regret") | .advice | contains("syncpool_gc")] | any'
is "collected_the_site_of_the_regret_is_the_collection" \
	"$(told collected '.sites | max_by(.regretted_drops) | [.frames[].function | select(startswith("syncpool"))][0]')" syncpool_gc

# A burst, and then nothing: what it took stays.
run quiet --workers 4 --batch 64 --bytes 65536 --hold 256 --burst 16384 --every 100 --seconds 0.3 --quiet 1100
agrees quiet
is "quiet_all_that_is_idle_is_dead" "$(told quiet .dead_hoard_bytes)" "$(true_ quiet .idle_at_end_bytes)"
within "quiet_and_that_is_much" "$(told quiet .dead_hoard_bytes)" $((8 << 20)) $((32 << 20))
ok "quiet_the_verdict_says_dead" holds "$T/quiet.json" "[$pool | .verdict[] | .kind == \"dead_hoard\"] | any"

# Buffers that grow and stay large, with blocks of memory that they point to.
run grown --workers 4 --rate 20000 --grow-to 65536 --in-flight 2 --migrate-every 1 --children 2 --seconds 0.6
agrees grown grown
within "grown_most_idle_bytes_are_ratchet_in_percent" \
	"$(percent "$(told grown .ratchet_bytes)" "$(told grown .idle_bytes)")" 50 100
ok "grown_the_waterfall_has_it" holds "$T/grown.json" "$pool"' |
	([.waterfall[] | select(.term == "ratchet").bytes] | add) == .ratchet_at_peak_bytes and .ratchet_at_peak_bytes > 0'

# Buffers that are never put: by whom, from where.
run forgotten --workers 4 --rate 20000 --forget-every 100 --seconds 0.3
agrees forgotten
is "forgotten_each_is_a_leak" "$(told forgotten '[.leaks[].objects] | add')" "$(true_ forgotten .in_use_at_end_objects)"
within "forgotten_there_were_some" "$(true_ forgotten .in_use_at_end_objects)" 20 100
is "forgotten_the_get_is_named" \
	"$(told forgotten '[.leaks[].frames[] | .function | select(startswith("syncpool"))] | unique | join(" ")')" syncpool_get

# A pool that fails says nothing of gets that came back empty; the driver knows them.
run failing --pool prealloc-failing --capacity 2 --workers 8 --rate 0 --messages 20000 --hold 3
agrees failing
ok "failing_some_gets_failed_and_some_did_not" holds "$T/failing.truth" ".pools[0] | .failures > 0 and .hits > 0"
done_testing
