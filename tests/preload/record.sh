#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace record: runs the program as it would run, says where the trace is, or why there is none.
. "$PT_SRC/tests/lib/tap.sh"
mkdir "$T/cwd" && cd "$T/cwd" || exit 1
HELLO=$PT_PROGS/hello

"$PT_BIN" record -- "$HELLO" >"$T/out" 2>"$T/err"
is "record_gives_the_programs_status_and_output" "$? $(cat "$T/out")" "0 hello"
set -- "$T/cwd"/*.ptrace
is "record_writes_one_trace_into_the_working_directory" "$# $([ -s "$1" ] && echo there)" "1 there"
ok "record_says_where_the_trace_is" grep -qF "$(basename "$1")" "$T/err"
ok "it_is_whole" whole "$1"
rm -f "$T/cwd"/*
"$PT_BIN" record -o "$T/there-%p.ptrace" -- "$HELLO" >"$T/out" 2>"$T/err"
is "record_-o_takes_a_pattern" "$? $(ls "$T" | grep -Ec '^there-[0-9]+\.ptrace$')" "0 1"
"$PT_BIN" record -- sh -c 'exit 42' >/dev/null 2>&1
is "record_exits_with_the_programs_status" $? 42
"$PT_BIN" record -- sh -c 'kill -TERM $$' >/dev/null 2>&1
is "record_tells_death_by_a_signal_as_a_shell_does" $? 143
echo in | "$PT_BIN" record -- sh -c 'cat; echo err >&2' >"$T/out" 2>"$T/err"
is "stdin_and_stderr_are_the_programs_own" "$(cat "$T/out") $(grep -cx err "$T/err")" "in 1"

# refuses NAME WORD PROGRAM [STATUS]: one line on stderr that has WORD in it, status 2 (127 for
# what is not there, as shells have it), and the program did not run
refuses()
{
	rm -f "$T/cwd"/*
	"$PT_BIN" record -- "$3" >"$T/out" 2>"$T/err"
	is "record_refuses_$1" "$? $(wc -l <"$T/err") $(grep -ic "$2" "$T/err") $(wc -c <"$T/out")" "${4:-2} 1 1 0"
	[ ! -s "$T/err" ] || note "$(head -n 1 "$T/err")"
}
refuses "what_is_not_there" 'no such' ./nothing 127
refuses "a_static_program" static "$PT_PROGS/hello_static"
cp "$HELLO" "$T/setuid"
chmod u+s "$T/setuid"
refuses "a_setuid_program" set-\\?uid "$T/setuid"
cp "$HELLO" "$T/arm"
printf '\267\000' | dd of="$T/arm" bs=1 seek=18 conv=notrunc 2>/dev/null # e_machine = AArch64
refuses "another_architecture" 'archi\|aarch64\|machine' "$T/arm"
[ -x "$PT_PROGS/hello_asan" ] || skip "record_refuses_a_program_with_ASan" "the compiler has no ASan"
[ ! -x "$PT_PROGS/hello_asan" ] || refuses "a_program_with_ASan" 'asan\|sanitizer' "$PT_PROGS/hello_asan"
done_testing
