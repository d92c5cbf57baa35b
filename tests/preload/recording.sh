#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace record, the fine print: environment, folders, scripts, signals, children; and reports of
# what it recorded, against the schema.
. "$PT_SRC/tests/lib/tap.sh"
mkdir "$T/cwd" && cd "$T/cwd" || exit 1
HELLO=$PT_PROGS/hello
SCHEMA=$PT_SRC/docs/report.schema.json

# The environment is the program's, with what the recorder needs.
env LD_PRELOAD="$PT_PROGS/libcounting_shim.so" "$PT_BIN" record -- env >"$T/env" 2>/dev/null
is "LD_PRELOAD_is_put_before_an_existing_one" "$(sed -n 's/^LD_PRELOAD=//p' "$T/env")" \
	"$(readlink -f "$PT_LIB"):$PT_PROGS/libcounting_shim.so"
is "the_pattern_is_absolute" "$(sed -n 's/^POOLTRACE_OUTPUT=//p' "$T/env")" "$T/cwd/%e.%p.%r.ptrace"
env >"$T/before"
is "nothing_else_changes" "$(grep -v '^LD_PRELOAD=\|^POOLTRACE_OUTPUT=\|^_=' "$T/env" | sort | sha1sum)" \
	"$(grep -v '^_=' "$T/before" | sort | sha1sum)"
"$PT_BIN" record --depth 3 --size-limit 2M --no-children -- env 2>/dev/null | grep ^POOLTRACE_ | sort >"$T/env"
is "options_become_variables" "$(sed 1d "$T/env" | tr '\n' ' ')$(sed -n '1s/=.*//p' "$T/env")" \
	"POOLTRACE_OUTPUT=$T/cwd/%e.%p.%r.ptrace POOLTRACE_SIZE_LIMIT=2097152 POOLTRACE_STACK_DEPTH=3 POOLTRACE_CHILDREN"

# Where traces go.
rm -f ./*.ptrace
"$PT_BIN" record -o "$T/made/" -- "$HELLO" >/dev/null 2>"$T/err"
is "-o_FOLDER/_makes_the_folder" "$? $(ls "$T/made" | wc -l)" "0 1"
"$PT_BIN" record -o "$T/made" -- "$HELLO" >/dev/null 2>"$T/err"
is "-o_FOLDER_takes_one_that_is_there" "$? $(ls "$T/made" | wc -l)" "0 2"
"$PT_BIN" record -o name -- "$HELLO" >/dev/null 2>"$T/err1"
"$PT_BIN" record -o name -- "$HELLO" >/dev/null 2>"$T/err2"
named=$(sed -n 's/^pooltrace: recorded \(.*\) (.*/\1/p' "$T/err2")
is "an_existing_name_is_kept_and_the_new_one_is_told" \
	"$(grep -c 'recorded name (' "$T/err1") $(ls name* | wc -l) $([ "$named" != name ] && [ -s "$named" ] && echo new)" "1 2 new"
mkdir elsewhere
"$PT_BIN" record -- sh -c "cd elsewhere && exec '$HELLO'" >/dev/null 2>"$T/err"
is "a_program_that_changes_its_folder_leaves_its_traces_here" "$(ls elsewhere | wc -l) $(ls hello.*.ptrace | wc -l)" "0 1"
is "and_it_is_the_one_that_is_told" "$(grep -c 'recorded hello\..* and 1 more trace of this run' "$T/err")" 1
trace=$(ls "$PWD"/hello.*.ptrace)
is "the_hole_behind_the_last_record_is_cut_off" "$(($(wc -c <"$trace") < 1048576)) $(whole "$trace" && echo whole)" "1 whole"
"$PT_BIN" record -o "$T/nowhere/x" -- "$HELLO" >"$T/out" 2>"$T/err"
is "a_missing_folder_is_told_before_anything_runs" "$? $(wc -l <"$T/err") $(wc -c <"$T/out")" "2 1 0"
# refuses PATTERN: in one line that names it, before anything runs
refuses()
{
	"$PT_BIN" record -o "$1" -- "$HELLO" >"$T/out" 2>"$T/err"
	is "a_pattern_that_the_recorder_would_not_take_is_refused:$1" \
		"$? $(wc -l <"$T/err") $(grep -cF -e "pooltrace: -o: '$1'" "$T/err") $(wc -c <"$T/out")" "2 1 1 0"
}
refuses 'x%{'
refuses 'sub/%e.%'
refuses '%p%'
refuses ''
is "and_says_what_to_write" "$("$PT_BIN" record -o 'x%{' -- "$HELLO" 2>&1)" \
	"pooltrace: -o: 'x%{' has %{, where only %e, %p, %r and %% have a meaning; write %% for a percent sign"
"$PT_BIN" record -o '100%%.ptrace' -- "$HELLO" >/dev/null 2>"$T/err"
is "two_percent_signs_are_one" "$? $(grep -c 'recorded 100%.ptrace (' "$T/err") $(ls 100*)" "0 1 100%.ptrace"
"$PT_BIN" record -o 'of 5%p/' -- "$HELLO" >/dev/null 2>"$T/err"
is "the_name_of_a_folder_is_meant_as_it_is" "$? $(grep -c 'recorded of 5%p/hello' "$T/err") $(ls 'of 5%p' | wc -l)" "0 1 1"
(cd 'of 5%p' && "$PT_BIN" record -o here -- "$HELLO" >/dev/null 2>"$T/err")
is "also_that_of_the_working_directory" "$? $(grep -c 'recorded here (' "$T/err") $(ls 'of 5%p/here')" "0 1 of 5%p/here"
PATH=$PT_PROGS:$PATH "$PT_BIN" record -o "$T/path.%r" -- hello >"$T/out" 2>"$T/err"
is "the_program_is_looked_for_in_PATH" "$? $(cat "$T/out")" "0 hello"
"$PT_BIN" record -o "$T/events" -- "$HELLO" >/dev/null 2>"$T/err"
is "the_number_of_events_is_that_of_info" "$(sed -n 's/.* (\(.*\) events.*/\1/p' "$T/err")" \
	"$("$PT_BIN" report --json "$T/events" | jq .trace.events)"

# Scripts are judged by their interpreter.
printf '#!%s\n' "$PT_PROGS/hello_static" >static_script
printf '#!/usr/bin/env sh\necho by env\n' >env_script
printf 'echo by the shell\n' >plain_script
chmod +x ./*_script
"$PT_BIN" record -- ./static_script >"$T/out" 2>"$T/err"
is "a_script_for_a_static_interpreter_is_refused" "$? $(grep -c static "$T/err") $(wc -c <"$T/out")" "2 1 0"
is "a_script_by_env_is_run" "$("$PT_BIN" record -- ./env_script 2>/dev/null)" "by env"
is "a_script_without_an_interpreter_is_run" "$("$PT_BIN" record -- ./plain_script 2>/dev/null)" "by the shell"
sed 's|/lib64/ld-linux-x86-64.so.2|/lib/ld-musl-x86_64.so.1\x00\x00\x00|' "$HELLO" >musl
chmod +x musl
"$PT_BIN" record -- ./musl >"$T/out" 2>"$T/err"
is "a_musl_program_is_refused" "$? $(wc -l <"$T/err") $(grep -c musl "$T/err")" "2 1 1"
: >not_executable
"$PT_BIN" record -- ./not_executable >"$T/out" 2>"$T/err"
is "what_is_not_executable_is_126" "$? $(wc -l <"$T/err")" "126 1"
head -c 100 "$HELLO" >cut
chmod +x cut
"$PT_BIN" record -- ./cut >"$T/out" 2>"$T/err"
is "a_cut_program_is_refused_in_one_line" "$? $(wc -l <"$T/err")" "2 1"

# Signals: what means the program is the program's.
"$PT_BIN" record -o "$T/int" -- sh -c 'sleep 1; exit 7' 2>/dev/null &
pid=$!
sleep 0.4
kill -INT $pid
wait $pid
is "SIGINT_does_not_end_the_wait_for_the_program" $? 7
"$PT_BIN" record -o "$T/term" -- sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done' 2>/dev/null &
pid=$!
sleep 0.5
kill -TERM $pid
wait $pid
is "SIGTERM_is_passed_on" $? 9
"$PT_BIN" record -o "$T/kill" -- sh -c 'kill -KILL $$' 2>"$T/err"
is "death_by_SIGKILL_is_137_and_leaves_a_trace" "$? $(whole "$T/kill" && echo whole)" "137 whole"

# Reports of real traces are valid, whatever is asked.
"$PT_BIN" record -o "$T/hoard.ptrace" -- "$PT_PROGS/hoard" >/dev/null 2>"$T/err"
"$PT_BIN" record -o "$T/shallow.ptrace" --depth 0 -- "$PT_PROGS/hoard" >/dev/null 2>"$T/err"
for options in "" "--top 1" "--top 0"; do
	report $options "$T/hoard.ptrace" >"$T/report.json"
	ok "the_report_${options:-by_default}_is_valid" jsonschema -i "$T/report.json" "$SCHEMA"
done
is "all_sites_add_up_to_the_totals" "$(jq -c '[(.totals | .allocations, .in_use_at_end_bytes, .idle_at_end_bytes)] ==
	[([.sites[].allocations] | add), ([.sites[].in_use_bytes] | add), ([.sites[].idle_bytes] | add)]' "$T/report.json")" true
is "so_do_threads_and_CPUs" "$(jq -c '[.totals.idle_at_end_bytes, .totals.idle_at_end_bytes] ==
	[([.threads[].idle_bytes] | add), ([.cpus[].idle_bytes] | add)]' "$T/report.json")" true
report "$T/shallow.ptrace" >"$T/report.json"
ok "a_report_without_stacks_is_valid" jsonschema -i "$T/report.json" "$SCHEMA"
is "and_has_one_site_without_frames" "$(jq -c '[.sites[].frames]' "$T/report.json")" "[[]]"
ok "and_its_text_says_so" sh -c '"$0" report "$1" | grep -q "no stack recorded"' "$PT_BIN" "$T/shallow.ptrace"

# A program that is mapped a segment at a time has its build-id in the first one.
"$PT_BIN" record -o "$T/hole.ptrace" -- "$PT_PROGS/hello_hole" >/dev/null 2>&1
report "$T/hole.ptrace" >"$T/report.json" 2>"$T/err"
is "a_program_with_a_hole_between_its_segments_is_known_again" \
	"$(jq -r '[.sites[].frames[] | select(.function == "main" and .line)] | length > 0' "$T/report.json") $(wc -c <"$T/err")" "true 0"

# One without symbols says whose would help; one with them does not.
for program in hello stripped; do
	[ $program = hello ] || strip -o "$T/stripped" "$HELLO"
	[ $program = hello ] || HELLO=$T/stripped
	"$PT_BIN" record -o "$T/$program.ptrace" -- "$HELLO" >/dev/null 2>&1
	"$PT_BIN" report "$T/$program.ptrace" | tr -s ' \n' ' ' >"$T/$program.txt"
done
is "of_a_stripped_program_the_report_says_what_is_missing" "$(cat "$T/hello.txt" "$T/stripped.txt" | grep -c 'has no names') $(
	grep -c "remark [^ ]*/stripped has no names for its functions" "$T/stripped.txt")" "1 1"

# A trace that is still being written.
mkfifo "$T/go"
"$PT_BIN" record -o "$T/live" -- sh -c 'x=$(echo a b c); read -r line <"$0"; exit 3' "$T/go" 2>/dev/null &
pid=$!
n=0
while [ ! -s "$T/live" ] && [ $n -lt 50 ]; do
	sleep 0.1
	n=$((n + 1))
done
sleep 0.3
report "$T/live" >"$T/report.json"
is "a_live_trace_is_read_up_to_now" "$? $(jq '.totals.allocations > 0 and .trace.whole' "$T/report.json")" "0 true"
echo go >"$T/go"
wait $pid
is "and_its_program_is_not_disturbed" $? 3
done_testing
