#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a program keeps to itself is in no byte of a trace, packed or not, in no mode: contents of memory, argv,
# environment, names of files. Names that it tells are, which shows that they would be found.
. "$PT_SRC/tests/lib/tap.sh"
SECRET=$PT_PROGS/secret
canary=CANARY-$(od -An -N 12 -t x1 /dev/urandom | tr -d ' \n')
half=$(echo "$canary" | cut -c 8-20)
number_bytes=$(printf '\232\312\347\302\136\347\302\136')
mkdir "$T/cwd"

# finds WHAT FILE...: in how many of them is it
finds()
{
	finds_what=$1
	shift
	grep -a -l -F -e "$finds_what" "$@" 2>/dev/null | wc -l
}
# looks NAME FILE...: none of the secrets; what was told is in all of them
looks()
{
	looks_name=$1
	shift
	is "${looks_name}_has_no_secret" "$(finds "$canary" "$@") $(finds "$half" "$@") $(finds "$number_bytes" "$@") $(finds SECRET_SET "$@") $(
		finds SECRET_GIVEN "$@")" "0 0 0 0 0"
}

# The lines of a dump, each snapshot too: numbers are varints in the file.
dumps()
{
	"$PT_BIN" dump --json --stacks "$1"
	for n in 1 2 3 4; do
		"$PT_BIN" dump --json --snapshot $n "$1" 2>/dev/null
	done
	"$PT_BIN" info --json "$1"
	"$PT_BIN" report --json "$1"
	"$PT_BIN" graph --json "$1" 2>/dev/null
}

# in_mode MODE SNAPSHOT WANT: [mode, bytes from one sampled allocation to the next, bytes of the ring]; each program takes a
# snapshot itself
in_mode()
{
	name=$(echo "$1" | tr = _)_with${2:+_more}_snapshots
	rm -rf "$T/out"
	mkdir "$T/out"
	env -C "$T/cwd" LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/out/%p.ptrace" POOLTRACE_MODE="$1" ${2:+"POOLTRACE_SNAPSHOT=$2"} \
		POOLTRACE_SIZE_LIMIT=32M SECRET_GIVEN="$canary" "$SECRET" "$canary" >"$T/said" 2>&1
	is "${name}_the_program_runs" "$? $(cat "$T/said")" "0 kept"
	sleep 0.2
	i=0
	while [ $i -lt 50 ] && "$PT_BIN" info --json "$T/out"/*.ptrace | jq -e 'any(.[].snapshots | values; .begun > .whole + ([.lost[]] | add))' >/dev/null; do
		i=$((i + 1))
		sleep 0.1
	done
	"$PT_BIN" info --json "$T/out"/*.ptrace >"$T/info.json"
	is "${name}_the_traces_are_of_that_mode" "$(jq -c '[.[] | [.mode, .sample_bytes, (.ring.bytes)?]] | unique[]' "$T/info.json")" "$3"
	ok "${name}_snapshots_are_whole_where_they_were_asked_for" holds "$T/info.json" \
		"[.[].snapshots | .begun, .whole] == $([ -n "$2" ] && echo '[3, 3, 1, 1]' || echo '[1, 1, null, null]')"
	for t in "$T/out"/*.ptrace; do
		cp --sparse=always "$t" "$t.whole"
		"$PT_BIN" pack "$t" >/dev/null || fail "${name}_can_be_packed"
		"$PT_BIN" unpack -o "$t.unpacked" "${t}z" >/dev/null || fail "${name}_can_be_unpacked"
		dumps "$t" >"$t.dump"
	done
	is "${name}_there_are_traces_of_two_processes" "$(ls "$T/out"/*.ptrace | wc -l)" 2
	looks "${name}_a_trace" "$T/out"/*.ptrace
	looks "${name}_a_packed_trace" "$T/out"/*.ptracez "$T/out"/*.unpacked
	looks "${name}_what_is_read_of_it" "$T/out"/*.dump
	is "${name}_as_a_number_neither" "$(grep -a -i -c -e 5ec2e75ec2e7ca9a -e 6828274379230005914 "$T/out"/*.dump | grep -vc ':0$')" 0
}

for snapshots in "" exit,mark,registers; do
	in_mode ring=8M "$snapshots" '["full",null,8388608]'
	in_mode counters "$snapshots" '["counters",null,null]'
	in_mode sample "$snapshots" '["sample",524288,null]'
	in_mode sample=4K "$snapshots" '["sample",4096,null]'
	in_mode full "$snapshots" '["full",null,null]'
	is "what_the_program_tells_would_be_found" "$(($(finds told "$T/out"/*.ptrace) > 0)) $(($(finds told "$T/out"/*.dump) > 0))" "1 1"
done

# A bad value of a variable of ours is quoted in the trace, in part; no other variable is.
rm -rf "$T/out"
mkdir "$T/out"
env -C "$T/cwd" LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/out/x.ptrace" POOLTRACE_CHILDREN="$(printf 'bad %040d%s' 0 "$canary")" \
	POOLTRACE_FRIEND="$canary" POOLTRACE_STACK="$canary" POOLTRACE_SIZE_LIMIT=32M "$PT_PROGS/hello" "10 $canary" >/dev/null
is "of_a_bad_value_40_characters_are_told" "$(info "$T/out/x.ptrace" | jq -r '.notes[0]' | grep -c '^POOLTRACE_CHILDREN=bad 0*: ')" 1
looks "a_trace_with_a_note" "$T/out/x.ptrace"

# A trace may be sent to others: no page of the heap, no name of a user, no folder but those of modules.
is "argv_is_not_in_a_trace" "$(finds "10 $half" "$T/out/x.ptrace")" 0
done_testing
