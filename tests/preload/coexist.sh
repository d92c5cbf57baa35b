#!/bin/sh
# SPDX-License-Identifier: MIT
#
# With C++, with other allocators, with what programs do to their own address space.
. "$PT_SRC/tests/lib/tap.sh"

LIBS=/usr/lib/x86_64-linux-gnu

# same NAME COMMAND...: output and status as untraced
same()
{
	name=$1
	shift
	timeout 60 "$@" >"$T/plain" 2>&1
	plain=$?
	LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/$name.%e.%p.ptrace" timeout 60 "$@" >"$T/traced" 2>&1
	is "${name}_ends_as_untraced" $? $plain
	ok "${name}_prints_the_same" cmp "$T/plain" "$T/traced"
}

same limiting_the_address_space "$PT_PROGS/address_space" limit
same limiting_the_data_of_a_forked_child "$PT_PROGS/address_space" data
same locking_all_memory "$PT_PROGS/address_space" lock
for how in prctl syscall strict; do
	same "seccomp_by_$how" "$PT_PROGS/sandbox" $how
	trace=$(echo "$T/seccomp_by_$how".sandbox.*)
	is "seccomp_by_${how}_leaves_a_whole_trace" "$(info "$trace" | jq .whole)" true
	# shellcheck disable=SC2046
	set -- $(totals "$trace")
	within "seccomp_by_${how}_recorded_and_lost_make_the_whole" $(($1 + $2 + $3)) 4000000 4000064
done
same a_first_allocation_inside_bindtextdomain "$PT_PROGS/early_gettext_app"
same a_constructor_that_waits_for_an_allocating_thread "$PT_PROGS/load" "$PT_PROGS/libplugin_thread.so"

# Bound to another malloc than the program's, a block of liblzma would come from libc and be freed by jemalloc.
for allocator in "" "$LIBS/libjemalloc.so.2"; do
	name=liblzma_loaded_late${allocator:+_with_jemalloc}
	LD_PRELOAD="$PT_LIB $allocator" POOLTRACE_OUTPUT="$T/$name.ptrace" "$PT_PROGS/shared_dependency" >"$T/traced" 2>&1
	is "${name}_works" "$? $(cat "$T/traced")" "0 100"
	is "blocks_of_${name}_are_seen" "$(info "$T/$name.ptrace" | jq -c '.anomalies | [.alloc_of_live, .free_of_dead, .free_of_unknown]')" \
		"[0,0,0]"
	within "and_those_of_${name}_are_all_there" "$(info "$T/$name.ptrace" | jq '.allocations')" 100 400
done

# An allocator without malloc_usable_size(): libc's knows nothing of its blocks.
MUTE=$PT_PROGS/libbump_alloc_mute.so
LD_PRELOAD=$MUTE "$PT_PROGS/light_edges" calls 500 >"$T/plain"
status=$?
for mode in full counters sample=10000; do
	LD_PRELOAD=$PT_LIB:$MUTE POOLTRACE_MODE=$mode POOLTRACE_OUTPUT="$T/mute.$mode.ptrace" "$PT_PROGS/light_edges" calls 500 >"$T/traced"
	is "without_usable_sizes_it_ends_as_untraced_$mode" "$? $(cat "$T/traced")" "$status $(cat "$T/plain")"
	ok "and_leaves_a_whole_trace_$mode" whole "$T/mute.$mode.ptrace"
done
# One more, of stdio; a realloc is a free in counters, not among events.
is "without_usable_sizes_every_call_is_recorded" "$(info "$T/mute.full.ptrace" | jq -r '"\(.allocations) \(.frees) \(.lost_events)"')" "3001 2500 0"
is "and_counted_with_0_bytes" "$("$PT_PROGS/count_read" "$T/mute.counters.ptrace" | awk '$1 == "total" { print $2, $3, $4, $5, $7 }')" "3001 0 3000 0 1000"

report "$T/mute.counters.ptrace" >"$T/mute.json"
is "and_no_report_takes_what_is_not_told_for_0" \
	"$(jq -c '.counters | [.allocations, .allocated_usable_bytes, .in_use_usable_bytes, .net_usable_bytes, (.classes | length), (.cpus[0].freed_usable_bytes)]' "$T/mute.json")" \
	"[3001,null,null,null,0,null]"
ok "and_says_why" holds "$T/mute.json" '.reasons | tostring | contains("does not tell how much of a block is usable")'
"$PT_BIN" report "$T/mute.counters.ptrace" >"$T/mute.text"
is "and_so_does_the_text" "$(grep -c 'not known as usable\|does not tell how much\|in use not known' "$T/mute.text")" 3

if [ ! -x "$PT_PROGS/operators" ]; then
	skip "operators_are_counted_once" "no C++ compiler"
	done_testing
	exit
fi
same cxx_loaded_by_a_c_program "$PT_PROGS/load" "$PT_PROGS/libplugin_cxx.so" plugin_sum

# Each allocator has its own operators, or libstdc++'s that call malloc: the count is the same.
for allocator in libc "$LIBS/libjemalloc.so.2" "$LIBS/libtcmalloc_minimal.so.4"; do
	name=$(basename "$allocator" | sed 's/[.].*//')
	if [ "$allocator" != libc ] && [ ! -e "$allocator" ]; then
		skip "with_${name}_each_operator_is_counted_once" "not installed"
		continue
	fi
	preload=$PT_LIB
	[ "$allocator" = libc ] || preload=$PT_LIB:$allocator
	for rounds in 1000 3000; do
		mkdir "$T/$name.$rounds"
		LD_PRELOAD=$preload POOLTRACE_OUTPUT="$T/$name.$rounds/%p.ptrace" \
			"$PT_PROGS/operators" $rounds >"$T/out"
		is "with_${name}_exceptions_pass_$rounds" "$(cat "$T/out")" "$((12 * rounds)) 100"
		report "$(the_trace "$T/$name.$rounds")" | jq '.totals.allocations, .totals.frees' >"$T/$name.$rounds.n"
	done
	# The difference of two runs is free of what start-up allocates.
	is "with_${name}_each_operator_is_counted_once" \
		"$(paste "$T/$name.1000.n" "$T/$name.3000.n" | awk '{ print $2 - $1 }' | tr '\n' ' ')" "24000 24000 "
	is "with_${name}_no_block_is_told_twice" \
		"$(info "$(the_trace "$T/$name.1000")" | jq -r '.anomalies | "\(.alloc_of_live) \(.free_of_dead)"')" "0 0"
	if [ "$allocator" != libc ]; then
		LD_PRELOAD=$allocator:$PT_LIB POOLTRACE_OUTPUT="$T/after.%p.ptrace" timeout 20 "$PT_PROGS/operators" 10 >"$T/out"
		is "behind_${name}_the_program_runs" "$? $(cat "$T/out")" "0 120 100"
	fi
done
done_testing
