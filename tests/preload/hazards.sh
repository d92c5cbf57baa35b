#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What breaks programs under other tracers must not under this one.
. "$PT_SRC/tests/lib/tap.sh"

# same_as_counted NAME COMMAND...: ends like untraced, and its trace has the shim's counts
same_as_counted()
{
	name=$1
	shift
	counted "$T/sums.$name" timeout 120 "$@" >"$T/plain" 2>&1
	plain=$?
	traced "$T/$name" timeout 120 "$@" >"$T/traced" 2>&1
	is "${name}_ends_as_untraced" $? $plain
	# `timeout` is traced as well: take all traces together on both sides.
	allocations=0 frees=0 lost=0
	for trace in "$T/$name"/*.ptrace; do
		# shellcheck disable=SC2046
		set -- $(totals "$trace")
		allocations=$((allocations + ${1:-0})) frees=$((frees + ${2:-0})) lost=$((lost + ${3:-1}))
	done
	is "${name}_has_all_its_events" "$allocations $frees $lost" "$(counts "$T/sums.$name") 0"
}

same_as_counted closefrom "$PT_PROGS/closefrom_app" "$T/own"
cp "$T/own" "$T/own.traced"
"$PT_PROGS/closefrom_app" "$T/own"
ok "a_file_opened_after_closefrom_holds_what_the_program_wrote" cmp "$T/own" "$T/own.traced"
same_as_counted small_thread_stack "$PT_PROGS/small_stacks" thread
same_as_counted altstack "$PT_PROGS/small_stacks" altstack 0
same_as_counted stack_switched_by_hand "$PT_PROGS/hand_stack"
same_as_counted cancel "$PT_PROGS/cancel"

if "$PT_PROGS/small_stacks" altstack 4096 2>/dev/null; then
	traced "$T/alt4096" "$PT_PROGS/small_stacks" altstack 4096
	is "malloc_on_a_4_KiB_altstack_works" $? 0
else
	skip "malloc_on_a_4_KiB_altstack_works" "not even untraced: the signal frame is too large here"
fi

# Same shell, same descriptors; `env -i` so that only what the recorder does can differ.
mkdir "$T/surroundings"
around() { (cd / && env -i A=1 B=two "$@" "$PT_PROGS/surroundings") | sed 's/pipe:.*/pipe/'; }
around >"$T/plain"
around LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/surroundings/x.ptrace" >"$T/traced"
within "surroundings_were_looked_at" "$(grep -c . "$T/plain")" 25 1000
ok "descriptors_signals_threads_limits_and_environment_are_unchanged" diff "$T/plain" "$T/traced"
ok "and_it_was_recorded" whole "$T/surroundings/x.ptrace"

truth=$(traced "$T/signal" "$PT_PROGS/signal_alloc" 5000)
is "allocating_in_a_signal_handler_under_load_ends" $? 0
trace=$(the_trace "$T/signal")
read -r allocations frees <<EOF
$truth
EOF
# shellcheck disable=SC2046
set -- $(totals "$trace")
within "events_of_handlers_inside_the_recorder_are_kept_or_counted" $(($1 + $2 + $3)) \
	$((allocations + frees)) $((allocations + frees + 64))
is "no_event_of_a_handler_is_lost" "$3" 0
is "no_order_is_broken_by_handlers" \
	"$(info "$trace" | jq -r '.anomalies | "\(.alloc_of_live) \(.free_of_dead)"')" "0 0"

traced "$T/dlopen" "$PT_PROGS/dlopen_loop" "$PT_PROGS/libplugin.so" 1000
is "dlopen_in_one_thread_and_malloc_in_others_do_not_deadlock" $? 0
trace=$(the_trace "$T/dlopen")
ok "its_trace_is_whole" whole "$trace"
report --top 10000 "$trace" >"$T/report.json"
ok "allocations_in_code_that_was_unloaded_have_its_name" holds "$T/report.json" \
	'any(.sites[].frames[]; .function == "plugin_allocate")'

# Other code in the place of what was unloaded, at the same addresses: rules, stacks and names are asked for anew.
same=$(traced "$T/place" "$PT_PROGS/same_place" "$PT_PROGS/libplugin.so" "$PT_PROGS/libplugin_other.so")
within "code_was_loaded_in_the_place_of_other_code" "$same" 5 9
report --top 1000 "$(the_trace "$T/place")" >"$T/report.json"
is "allocations_of_each_have_its_own_name" "$(jq -r '[.sites[] | select(.frames[1].function == "take_and_give")] |
	group_by(.frames[0].function) | map("\(.[0].frames[0].function) \(map(.allocations) | add)") | join(" ")' "$T/report.json")" \
	"other_allocate 100 plugin_allocate 100"
done_testing
