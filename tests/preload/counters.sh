#!/bin/sh
# SPDX-License-Identifier: MIT
#
# POOLTRACE_MODE=counters: every count is exact, whenever and however the program ends.
. "$PT_SRC/tests/lib/tap.sh"
TRUTH=$PT_PROGS/light_truth
FAULTY_LIB=${PT_LIB%.so}-faults.so
LIBS=/usr/lib/x86_64-linux-gnu
export POOLTRACE_MODE=counters

# read_counts TRACE: into $T/read; the reader is none of ours
read_counts() { "$PT_PROGS/count_read" "$1" >"$T/read"; }
# sums PATTERN: "threads allocations frees" of threads and names that match
sums() { awk -v p="$1" '$1 == "thread" && $5 ~ p { t += $4; a += $6; f += $8 } END { print t + 0, a + 0, f + 0 }' "$T/read"; }

# By thread, for blocks come in any order.
by_thread() { awk '{ if ($1 == "thread") tid = $2; print tid, $0 }' "$1" | sort; }
# differ TRACE TRUTH: what threads and classes have by the trace, and what they should
differ()
{
	read_counts "$1" || echo "classes and CPUs disagree"
	awk '$1 == "thread" { on = $5 == "light_truth" && $2 != main; if (!main) { main = $2; on = 0 }
		if (on) print "thread", $2, $6, $7, $8, $9, $10 } $1 == "class" && on' "$T/read" >"$T/counted"
	sed 's/^\(thread.*\) [0-9]*$/\1/' "$2" >"$T/wanted"
	by_thread "$T/counted" >"$T/counted.sorted"
	by_thread "$T/wanted" >"$T/wanted.sorted"
	[ -s "$T/wanted" ] || echo "nothing to compare"
	diff "$T/wanted.sorted" "$T/counted.sorted"
}

# Of jemalloc's malloc() usable sizes are known by what was asked for (preload/light_gate.c), of tcmalloc's not.
for allocator in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
	name=${allocator%%.*}
	if [ ! -e "$LIBS/$allocator" ]; then
		skip "its_counts_are_exact_with_$name" "not installed"
		continue
	fi
	mkdir "$T/$name"
	env LD_PRELOAD="$PT_LIB:$LIBS/$allocator" POOLTRACE_OUTPUT="$T/$name/%e.%p.ptrace" "$TRUTH" sizes 30000 >"$T/truth"
	is "a_program_with_${name}_ends_well" $? 0
	is "its_counts_are_exact_with_$name" "$(differ "$(the_trace "$T/$name")" "$T/truth" | head -n 5)" ""
	# Its operators, which call malloc() and free() as well: once each, whoever of the two is told.
	if [ -x "$PT_PROGS/operators" ]; then
		for rounds in 10 210; do
			LD_PRELOAD="$PT_LIB:$LIBS/$allocator" POOLTRACE_OUTPUT="$T/$name.$rounds.ptrace" "$PT_PROGS/operators" $rounds >"$T/out"
			read_counts "$T/$name.$rounds.ptrace"
			awk '$1 == "total" { print $2, $4 }' "$T/read" >"$T/$rounds"
		done
		is "its_operators_are_counted_once_with_$name" \
			"$(paste "$T/210" "$T/10" | awk '{ print $1 - $3, $2 - $4 }')" "$((200 * 12)) $((200 * 12))"
	fi
done

traced "$T/sizes" "$TRUTH" sizes 30000 >"$T/truth"
is "a_program_that_is_counted_ends_well" $? 0
is "each_thread_and_class_has_exactly_what_the_program_did" "$(differ "$(the_trace "$T/sizes")" "$T/truth" | head -n 5)" ""
is "and_reallocs" "$(awk '$1 == "total" { print $7 }' "$T/read")" "$(awk '$1 == "thread" { r += $8 } END { print r }' "$T/truth")"
is "a_thread_that_is_pinned_counts_on_its_cpu_alone" \
	"$(awk '$1 == "thread" { tid = $2 } $1 == "cpu" { nr[tid]++ } END { for (t in nr) print nr[t] }' "$T/read" | sort | uniq -c | awk '{ print $2 }' | head -1)" 1
libc=$(($(awk '$1 == "total" { print $2 }' "$T/read") - $(awk '$1 == "thread" { a += $3 } END { print a }' "$T/truth"))) # for threads
is "nothing_is_lost" "$(head -n 1 "$T/read")" "lost 0 0"

traced "$T/short" "$TRUTH" short 4000
read_counts "$(the_trace "$T/short")"
is "threads_that_ended_are_counted_by_name" "$(sums '^short-')" "4000 40000 36000"
within "and_their_blocks_are_used_again" "$(grep -c ^thread "$T/read")" 11 1000
within "so_the_file_stays_small" "$(du -k "$(the_trace "$T/short")" | cut -f1)" 12 13000

traced "$T/names" "$TRUTH" names 400
read_counts "$(the_trace "$T/names")"
is "more_names_than_there_is_place_for_are_one" "$(sums '^name-|^.others.$')" "400 400 0"
is "and_told_as_others" "$(sums '^.others.$' | awk '{ print ($1 > 100) }')" 1

traced "$T/fork" "$TRUTH" fork 6
for trace in "$T"/fork/*; do
	read_counts "$trace"
	awk '$1 == "total" { print $2, $4, $6 }' "$T/read"
done | sort | uniq -c | awk '{ print $1, $2, $3, $4 }' | tr '\n' ';' >"$T/forks"
is "each_process_has_its_own" "$(cat "$T/forks")" "1 1 1 3;6 100 0 100000;"

traced "$T/pools" "$TRUTH" pools
read_counts "$(the_trace "$T/pools")"
# shard code, gets, bytes, misses, puts, stocked, bytes, drops, purges
is "pools_are_counted" "$(grep ^pool "$T/read" | cut -d' ' -f2- | sort | tr '\n' ';')" \
	"0 0 0 0 0 0 0 0 1;0 0 0 0 0 0 0 1 0;2 1 10 0 4 0 0 0 0;3 5 50 5 0 0 0 0 0;5 0 0 0 0 1 77 0 0;"
is "and_have_names" "$("$PT_BIN" dump "$(the_trace "$T/pools")" | grep -c 'pool.create.*\(first\|second\)')" 2

truth=$(traced "$T/signal" "$PT_PROGS/signal_alloc" 5000)
read_counts "$(the_trace "$T/signal")"
# One realloc a handler: an allocation to the program, and a free too here. The rest is libc's, for threads.
within "allocations_in_handlers_that_interrupt_are_counted" \
	"$(awk -v t="$truth" '$1 == "total" { split(t, w, " "); print $2 - w[1] }' "$T/read")" 0 4
within "and_frees" "$(awk -v t="$truth" '$1 == "total" { split(t, w, " "); print $4 - $7 - w[2] }' "$T/read")" 0 4

# A size limit in which not every thread finds a place: what is not counted is counted as lost.
POOLTRACE_SIZE_LIMIT=64K traced "$T/limit" "$TRUTH" sizes 20000 >"$T/truth"
is "a_program_whose_trace_is_full_ends_well" $? 0
read_counts "$(the_trace "$T/limit")"
is "what_is_lost_and_what_is_counted_is_all" "$(awk '$1 == "lost" || $1 == "total" { a += $2 } END { print a - '$libc' }' "$T/read")" \
	"$(awk '$1 == "thread" { a += $3 } END { print a }' "$T/truth")"
is "and_something_was_lost" "$(awk '$1 == "lost" { print ($2 > 0) }' "$T/read")" 1

# Threads whose counters found no place, and then every event is told, or none. Libc allocates a little for a thread itself.
for way in full pause; do
	POOLTRACE_SIZE_LIMIT=1M traced "$T/$way" "$PT_PROGS/light_edges" $way 100 >"$T/truth"
	is "threads_without_counters_end_well_after_$way" "$? $(cat "$T/truth")" "0 400 400"
	read_counts "$(the_trace "$T/$way")"
	info "$(the_trace "$T/$way")" >"$T/info.json"
	counted=$(awk '$1 == "total" { print $2 }' "$T/read") lost=$(awk '$1 == "lost" { print $2 }' "$T/read")
	within "of_them_there_were_some_before_$way" "$lost" 10 100000
	ok "their_trace_is_whole_after_$way" holds "$T/info.json" '.whole and .corrupt_chunks == 0'
	within "and_the_others_were_counted_before_$way" "$counted" 100 220
done

# Killed at any instant.
mkdir "$T/kills"
"$PT_PROGS/kill_loop" 40 "$PT_LIB" "$T/kills" "$PT_PROGS/kill_victim" >"$T/killed" 2>"$T/kill.err"
short=0 long=0 some=0 libc=16
while read -r pid finished begun frees_finished frees_begun; do
	trace=$T/kills/$pid.ptrace
	[ -e "$trace" ] && read_counts "$trace" || continue
	# shellcheck disable=SC2046
	set -- $(awk '$1 == "total" { print $2, $4 }' "$T/read")
	some=$((some + ($1 > 1000)))
	[ "$1" -ge "$finished" ] && [ "$2" -ge "$frees_finished" ] || short=$((short + 1))
	[ "$1" -le $((begun + libc)) ] && [ "$2" -le "$frees_begun" ] || long=$((long + 1))
done <"$T/killed"
is "no_call_that_had_returned_is_missing_when_it_is_killed" $short 0
is "and_none_is_counted_twice" $long 0
within "and_some_had_counted" $some 10 40

# Killed in the midst of adding up what ended threads left.
for point in count-begin count-folding count-settled count-summed count-folded count-freed take-over; do
	for nth in 3 60; do
		rm -rf "$T/folds" "$T/slots"
		mkdir "$T/folds"
		env LD_PRELOAD="$FAULTY_LIB" POOLTRACE_OUTPUT="$T/folds/%p.ptrace" "$PT_PROGS/light_points" "$T/slots" $point $nth
		is "it_was_killed_at_${point}_$nth" $? 137
		read_counts "$(the_trace "$T/folds")"
		# shellcheck disable=SC2046
		set -- $(od -An -v -t u8 -w16 -N16 "$T/slots") $(sums '^short|^light_points$')
		main=$(awk '$1 == "thread" && $5 == "light_points" && $3 == 1 { print $6; exit }' "$T/read")
		# A thread has its maker's name until it says another, and an event before that.
		within "killed_at_${point}_${nth}_nothing_is_missing_or_twice" $(($4 - main)) "$2" "$1"
	done
done

for program in api_probe small_stacks sandbox; do
	[ $program = sandbox ] && args=seccomp || args=
	# shellcheck disable=SC2086
	"$PT_PROGS/$program" $args >"$T/plain" 2>&1
	status=$?
	# shellcheck disable=SC2086
	traced "$T/$program" "$PT_PROGS/$program" $args >"$T/with" 2>&1
	is "${program}_ends_as_without" $? $status
	ok "${program}_says_the_same" diff "$T/plain" "$T/with"
done
done_testing
