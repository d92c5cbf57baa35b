#!/bin/sh
# SPDX-License-Identifier: MIT
#
# POOLTRACE_* in the environment: what they do, and that a bad value hurts nobody.
. "$PT_SRC/tests/lib/tap.sh"
mkdir "$T/cwd" && cd "$T/cwd" || exit 1
HELLO=$PT_PROGS/hello

# preloaded VAR=VALUE...: hello with exactly these variables; stdout, stderr and status are kept
preloaded()
{
	env LD_PRELOAD="$PT_LIB" "$@" "$HELLO" >"$T/out" 2>"$T/err"
	status=$?
}
quiet_and_well()
{
	is "$1" "$status $(cat "$T/out") $(wc -c <"$T/err")" "0 hello 0"
}
trace_nr() { find "$T/cwd" "$T/else" -name '*.ptrace' 2>/dev/null | wc -l; }
fresh() { rm -rf "$T/cwd"/* "$T/else"; }

preloaded
quiet_and_well "without_variables_the_program_runs_and_nothing_is_said"
set -- hello.*.*.ptrace
is "the_default_name_is_program_pid_random_in_the_working_directory" \
	"$# $(echo "$1" | sed 's/\.[0-9][0-9]*\.[[:alnum:]_-][[:alnum:]_-]*\.ptrace$/.PID.RANDOM.ptrace/')" \
	"1 hello.PID.RANDOM.ptrace"
is "a_trace_is_readable_by_its_owner_only" "$(stat -c %a "$1")" 600
ok "it_is_whole" whole "$1"

fresh
mkdir "$T/else"
preloaded POOLTRACE_OUTPUT="$T/else/a-%e-%p-%r.ptrace"
quiet_and_well "a_pattern_is_taken"
ok "program_pid_and_random_are_filled_in" sh -c "ls '$T/else' | grep -Eqx 'a-hello-[0-9]+-[[:alnum:]_-]+.ptrace'"
first=$(ls "$T/else")
preloaded POOLTRACE_OUTPUT="$T/else/a-%e-%p-%r.ptrace"
is "a_second_run_has_another_name" "$(ls "$T/else" | grep -vcF "$first")" 1

# Never through a symbolic link, never over a file.
fresh
mkdir "$T/else"
echo precious >"$T/precious"
ln -s "$T/precious" "$T/else/fixed.ptrace"
preloaded POOLTRACE_OUTPUT="$T/else/fixed.ptrace"
quiet_and_well "a_symbolic_link_at_the_traces_name_does_not_stop_the_program"
is "what_it_points_to_is_untouched" "$(cat "$T/precious")" precious

for value in /nonexistent/dir/x.ptrace "" % %z "$T/cwd" "$(head -c 5000 /dev/zero | tr '\0' a)"; do
	fresh
	preloaded POOLTRACE_OUTPUT="$value"
	quiet_and_well "POOLTRACE_OUTPUT='$(echo "$value" | cut -c 1-30)'_hurts_nobody"
done

# A bad value: the default is used, and the trace says so.
for bad in POOLTRACE_STACK_DEPTH=many POOLTRACE_STACK_DEPTH=-1 POOLTRACE_STACK_DEPTH=99999999999999999999 \
	POOLTRACE_STACK_DEPTH= POOLTRACE_CHILDREN= POOLTRACE_CHILDREN=a/b POOLTRACE_SIZE_LIMIT=huge \
	POOLTRACE_SIZE_LIMIT=5Q POOLTRACE_SIZE_LIMIT=-1 POOLTRACE_SIZE_LIMIT=99999999999999999999G; do
	fresh
	preloaded "$bad"
	quiet_and_well "${bad}_runs_quietly"
	trace=$(the_trace "$T/cwd")
	ok "${bad}_still_records" whole "$trace"
	ok "${bad}_is_in_the_trace" sh -c "'$PT_BIN' info '$trace' | grep -q ${bad%%=*}"
	fresh
	preloaded "$bad" POOLTRACE_VERBOSE=1
	is "${bad}_is_told_once_under_VERBOSE" "$status $(cat "$T/out") $(grep -c "${bad%%=*}" "$T/err")" "0 hello 1"
done
fresh
preloaded POOLTRACE_VERBOSE=maybe
is "POOLTRACE_VERBOSE=maybe_runs" "$status $(cat "$T/out")" "0 hello"

fresh
preloaded POOLTRACE_STACK_DEPTH=0
quiet_and_well "POOLTRACE_STACK_DEPTH=0_is_taken"
trace=$(the_trace "$T/cwd")
is "depth_0_records_no_stack" "$(report --top 1000 "$trace" | jq '[.sites[].frames | length] | max // 0')" 0
is "depth_0_counts_all_the_same" "$(totals "$trace" | cut -d' ' -f1)" "$(
	counted "$T/sums0" "$HELLO" >/dev/null; counts "$T/sums0" | cut -d' ' -f1)"
fresh
preloaded POOLTRACE_STACK_DEPTH=2
is "depth_2_records_at_most_two_frames" \
	"$(report --top 1000 "$(the_trace "$T/cwd")" | jq '[.sites[].frames | map(select(.inlined != true)) | length] | max <= 2')" true

# The size limit: recording stops, counting goes on.
fresh
env LD_PRELOAD="$PT_LIB" POOLTRACE_SIZE_LIMIT=256K "$HELLO" 200000 >"$T/out" 2>"$T/err"
status=$?
quiet_and_well "the_size_limit_does_not_disturb_the_program"
counted "$T/sums" "$HELLO" 200000 >/dev/null
trace=$(the_trace "$T/cwd")
info "$trace" >"$T/info.json"
within "the_file_stays_below_the_limit" "$(stat -c '%b' "$trace")" 1 512
within "events_beyond_it_are_lost_by_name" "$(jq '.lost_events' "$T/info.json")" 1 400000
# shellcheck disable=SC2046
set -- $(totals "$trace") $(counts "$T/sums")
is "recorded_and_lost_make_the_whole" $(($1 + $2 + $3)) $(($4 + $5))

# Limits of the process and a full disk.
fresh
(ulimit -f 64; env LD_PRELOAD="$PT_LIB" "$HELLO" 200000 >"$T/out" 2>"$T/err")
status=$?
quiet_and_well "RLIMIT_FSIZE_does_not_disturb_the_program"
fresh
# With room for the loader to open libraries but hardly more.
prlimit --nofile=4 "$HELLO" >/dev/null 2>&1
plain_status=$?
env LD_PRELOAD="$PT_LIB" prlimit --nofile=4 "$HELLO" >"$T/out" 2>"$T/err"
is "RLIMIT_NOFILE_does_not_disturb_the_program" $? $plain_status
fresh
mkdir "$T/else"
if mount -t tmpfs -o size=512k pooltrace-test "$T/else" 2>/dev/null; then
	env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/else/full.ptrace" "$HELLO" 200000 >"$T/out" 2>"$T/err"
	status=$?
	cp --sparse=always "$T/else/full.ptrace" "$T/full.ptrace"
	umount "$T/else"
	quiet_and_well "a_full_disk_does_not_disturb_the_program"
	# shellcheck disable=SC2046
	set -- $(totals "$T/full.ptrace") $(counts "$T/sums")
	is "on_a_full_disk_recorded_and_lost_make_the_whole" $(($1 + $2 + $3)) $(($4 + $5))
else
	skip "a_full_disk_does_not_disturb_the_program" "mounting a tmpfs is not allowed here"
fi
done_testing
