#!/bin/sh
# SPDX-License-Identifier: MIT
#
# POOLTRACE_MODE=sample: what is drawn stands for the whole, within bounds that chance breaks less than once in 10^6 runs.
. "$PT_SRC/tests/lib/tap.sh"
TRUTH=$PT_PROGS/light_truth

# sampled R WAY N: runs it; $trace
sampled()
{
	rm -rf "$T/run"
	POOLTRACE_MODE=sample=$1 traced "$T/run" "$TRUTH" "$2" "$3" >"$T/truth"
	status=$?
	trace=$(the_trace "$T/run")
	info "$trace" >"$T/info.json"
}

# drawn: "SIZE ALLOCS" of the sample
drawn()
{
	"$PT_BIN" dump --json "$trace" | jq -r 'select(.kind == "alloc" or .kind == "realloc_end") | .size_bytes' |
		sort -n | uniq -c | awk '{ print $2, $1 }'
}

# Of n draws with probability p, k: Bernstein's inequality, P(|k - np| >= t) <= 2 exp(-t^2 / (2 (np(1-p) + t/3))). t for 10^-8,
# so that some 20 such questions together are wrong once in 5 * 10^6.
improbable()
{
	awk -v R="$1" 'FILENAME == ARGV[1] { k[$1] = $2; next } # which may be empty
	{
		p = 1 - exp(-$1 / R); L = log(2 / 1e-8); v = $2 * p * (1 - p)
		t = L / 3 + sqrt(L * L / 9 + 2 * L * v)
		if (k[$1] - $2 * p > t || $2 * p - k[$1] > t) printf "%d bytes: %d of %d, not %.1f +- %.1f; ", $1, k[$1], $2, $2 * p, t
	}' "$2" "$3"
}

for rate in 524288 16384; do
	sampled $rate totals 1600000
	is "a_program_that_is_sampled_ends_well_$rate" $status 0
	drawn >"$T/drawn"
	is "each_size_is_drawn_as_often_as_it_should_be_$rate" "$(improbable $rate "$T/drawn" "$T/truth")" ""
	ok "no_block_is_told_twice_and_no_free_of_others_$rate" holds "$T/info.json" '.whole and .lost_events == 0 and
		.anomalies.alloc_of_live == 0 and .anomalies.free_of_dead == 0 and .anomalies.free_of_unknown == 0'
	# What is left: of each size every tenth block.
	"$PT_BIN" dump --json "$trace" | jq -r 'select(.kind == "alloc" or .kind == "free") |
		"\(.kind) \(.addr) \(.size_bytes // 0)"' | awk '{ if ($1 == "alloc") size[$2] = $3; else delete size[$2] }
		END { for (p in size) nr[size[p]]++; for (s in nr) print s, nr[s] }' >"$T/left"
	awk '{ print $1, $3 }' "$T/truth" >"$T/kept"
	is "each_free_of_a_drawn_block_is_told_$rate" "$(improbable $rate "$T/left" "$T/kept")" ""
done
within "the_table_of_what_was_drawn_is_no_empty_one" "$(wc -l <"$T/drawn")" 5 100

# Requests for 2^63 bytes and more, which fail, put no draw out of reach.
sampled 16384 huge 1600000
is "a_program_that_asks_for_too_much_ends_well" $status 0
drawn >"$T/drawn"
is "and_each_size_is_drawn_as_often_as_it_should_be" "$(improbable 16384 "$T/drawn" "$T/truth")" ""
within "for_there_are_sizes_that_are_drawn" "$(wc -l <"$T/drawn")" 5 100

sampled 1 totals 160000
drawn >"$T/drawn"
is "with_one_byte_everything_is_drawn" "$(awk 'NR == FNR { k[$1] = $2; next } $1 > 16 && (k[$1] < $2 || k[$1] > $2 + 1)' "$T/drawn" "$T/truth")" ""

sampled 2000 sizes 30000
ok "reallocs_of_drawn_blocks_end_them" holds "$T/info.json" '.reallocs > 1000 and .lost_events == 0 and
	.anomalies.alloc_of_live == 0 and .anomalies.free_of_dead == 0 and .anomalies.free_of_unknown == 0'
awk '$1 == "thread" { print "calls", $3 }' "$T/truth" >"$T/calls"
within "and_others_are_not_told" "$(jq .allocations "$T/info.json")" 1000 "$(awk '{ n += $2 } END { print n * 3 / 4 }' "$T/calls" | cut -d. -f1)"

# More than there is place for.
sampled 1 many 400000
is "what_has_no_place_is_counted_as_lost" "$(jq '.allocations + .lost_events >= 400000 and .lost_events > 100000' "$T/info.json")" true
within "and_only_that" "$(jq '.allocations + .lost_events' "$T/info.json")" 400000 400010

sampled 524288 pools 1
jq -c '.events_by_kind | with_entries(select(.key | test("get|put|miss|stock|drop|purge|move|pool")))' "$T/info.json" >"$T/pools"
rm -rf "$T/run"
traced "$T/run" "$TRUTH" pools
info "$(the_trace "$T/run")" | jq -c '.events_by_kind | with_entries(select(.key | test("get|put|miss|stock|drop|purge|move|pool")))' >"$T/pools.full"
ok "pools_are_told_event_by_event" diff "$T/pools.full" "$T/pools"

# The child's first allocation notices that it is another process, however far its parent was from the next draw.
POOLTRACE_MODE=sample=1000000000 traced "$T/children" "$PT_PROGS/spawn" fork+exec "$PT_PROGS/hello" >/dev/null
is "a_forked_child_has_a_trace_whether_or_not_anything_is_drawn" "$(ls "$T/children" | wc -l)" 3
# And so it does when its parent has been at it for long, and when no handler of pthread_atfork() runs.
for how in fork _Fork clone; do
	POOLTRACE_MODE=sample=1000000000 traced "$T/children.$how" "$PT_PROGS/light_edges" children 5 $how >/dev/null
	is "children_by_${how}_have_a_trace_each" "$? $(ls "$T/children.$how" | wc -l)" "0 6"
done

for program in api_probe small_stacks sandbox; do
	[ $program = sandbox ] && args=seccomp || args=
	# shellcheck disable=SC2086
	"$PT_PROGS/$program" $args >"$T/plain" 2>&1
	status=$?
	# shellcheck disable=SC2086
	POOLTRACE_MODE=sample=1000 traced "$T/$program" "$PT_PROGS/$program" $args >"$T/with" 2>&1
	is "${program}_ends_as_without" $? $status
	ok "${program}_says_the_same" diff "$T/plain" "$T/with"
done
done_testing
