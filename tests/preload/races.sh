#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Races forced at points inside the recorder (races.c, PT_POINT in preload/): a signal between reserve and
# commit, a fork there, a jump out, a cancellation, code unloaded, the end.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/preload/fault_lib.sh"
PLUGIN=$PT_PROGS/libplugin.so

# race POINT EVERY ACTION: $status, $hits, $actions, $jumps, $leaked; $missing calls that were made and neither recorded
# nor counted as lost, beyond those of the boot; $broken traces; $traces; with POOLTRACE_VERIFY_STACKS $checked stacks, $differing
boot_calls=0
race()
{
	rm -rf "$T/traces" "$T/sums"
	mkdir "$T/traces"
	env LD_PRELOAD="$FAULTY_LIB:$PT_PROGS/libcounting_shim.so" COUNTING_SHIM_FILE="$T/sums" \
		POOLTRACE_OUTPUT="$T/traces/%p.%r.ptrace" "$PT_PROGS/races" "$PLUGIN" "$@" >"$T/out" 2>"$T/err"
	status=$?
	# shellcheck disable=SC2046
	set -- $(awk '{ h += $2; a += $3; j += $4; l += $5 } END { print h + 0, a + 0, j + 0, l + 0 }' "$T/out") $(counts "$T/sums") $(
		"$PT_BIN" info --json "$T/traces"/* 2>"$T/info.err" | jq -rs 'if (.[0] | type) == "array" then .[0] else . end |
			[length, ([.[] | select((.whole | not) or .anomalies.alloc_of_live + .anomalies.free_of_dead > 0)] | length),
			([.[] | .lost_events, .allocations, .frees] | add), ([.[].stacks_checked] | add), ([.[].stacks_differing] | add)] | @tsv')
	hits=$1 actions=$2 jumps=$3 leaked=$4 traces=${7:-0} broken=${8:-1}
	missing=$(($5 + $6 - ${9:-0} - boot_calls))
	checked=${10:-0} differing=${11:-1}
	head -n 2 "$T/err" "$T/info.err" | grep -v '^==>' | grep . | sed 's/^/# /'
}

# What ld.so allocates while our own boot asks it to is in no trace.
race none 1 signal
boot_calls=$missing
is "without_a_race_all_is_well" "$status $actions $leaked $broken $traces" "0 0 0 0 2"
within "and_only_calls_of_the_boot_are_missing" $missing 0 200

# every POINT: often enough to be many, seldom enough to be quick
every()
{
	case $1 in
	path) echo 701 ;;
	frame) echo 21 ;;
	entered | enter | stack | commit | committed | leave) echo 97 ;;
	*) echo 1 ;;
	esac
}

# raced ACTION LOW HIGH POINT...: at each of them the program ends well, no descriptor is left, each trace is whole,
# and of the calls no less than LOW and no more than HIGH times the number of races are missing
raced()
{
	action=$1 low=$2 high=$3
	shift 3
	for point in "$@"; do
		race "$point" "$(every "$point")" "$action"
		is "${action}_at_${point}_ends_well" "$status $leaked $broken" "0 0 0"
		within "${action}_happened_at_$point" "$actions" 1 100000
		within "${action}_at_${point}_leaves_no_call_uncounted" "$missing" $((low * actions)) $((high * actions))
		note "$hits times at $point, $actions times a $action, $traces traces, $missing calls missing"
	done
}

HOOK="enter entered stack path grow frame commit committed leave chunk chunk-made"
# shellcheck disable=SC2086
{
	raced signal 0 0 $HOOK attach take-over open mapped opened sample clock
	raced twice 0 0 commit committed frame chunk attach
	# A free() that a handler interrupted to fork is told by the parent, and made by both.
	raced fork 0 1 $HOOK attach take-over open mapped opened sample clock
	raced _fork 0 1 commit committed chunk attach
	# A full chunk of the parent's: the next one is not to be taken out of the child's trace.
	raced fork-open 0 1 turn frame stack
	# What was jumped out of was made and not told, or the other way round.
	raced jump -2 2 $HOOK attach take-over open mapped opened sample clock
	raced cancel 0 0 commit chunk attach sample
	raced dlclose 0 0 entered stack path frame commit chunk attach
}

# What was half changed when it was jumped out of is forgotten: libunwind says the same of each stack afterwards.
for where in "path 53" "grow 1" "frame 21" "stack 97"; do
	# shellcheck disable=SC2086
	POOLTRACE_VERIFY_STACKS=1 race $where jump
	within "jumps_out_of_${where% *}" "$jumps" 10 100000
	is "after_a_jump_out_of_${where% *}_each_stack_is_as_libunwind_says" "$status $differing" "0 0"
	within "and_many_were_compared_after_${where% *}" "$checked" 3000 100000000
done

for point in commit committed chunk chunk-made grow frame leave; do
	race $point $(($(every $point) * 3)) kill
	is "killed_at_${point}" "$status" 137
	is "killed_at_${point}_leaves_traces_that_can_be_read" "$broken" 0
	within "killed_at_${point}_only_the_last_call_is_missing" "$missing" -1 1
done
done_testing
