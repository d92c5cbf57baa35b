#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace pack and unpack, and every command on packed traces. PT_UNIT is the folder of the programs built here.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"

mkdir "$T/traces"
cd "$T/traces" || exit 1
"$PT_UNIT/build_trace" a.ptrace || exit 1
"$PT_UNIT/build_odd_trace" b.ptrace || exit 1
chmod 640 a.ptrace
cp -p a.ptrace "$T/a"
cp -p b.ptrace "$T/b"

# complains NAME WORD ARGUMENT...: status 2 and one line with WORD in it
complains()
{
	complaint=$1 word=$2
	shift 2
	"$PT_BIN" "$@" >"$T/out" 2>"$T/err"
	is "$complaint" "$? $(wc -l <"$T/err") $(grep -c "^pooltrace: .*$word" "$T/err")" "2 1 1"
}

"$PT_BIN" pack a.ptrace >"$T/out" 2>"$T/err"
is "a_trace_is_packed_and_kept" "$? $(wc -c <"$T/err") $(ls | tr '\n' ' ')" "0 0 a.ptrace a.ptracez b.ptrace "
is "one_line_says_what_became_of_it" "$(grep -c '^a.ptracez: .* B, from 12.0 KiB$' "$T/out")" 1
ok "it_is_smaller" test "$(($(wc -c <a.ptracez) * 4))" -lt "$(wc -c <a.ptrace)"
is "it_is_readable_for_whom_the_trace_is" "$(stat -c %a a.ptracez)" 640
complains "what_is_packed_is_not_packed_again" "is packed already" pack -o c.ptracez a.ptracez
complains "what_is_not_packed_is_not_unpacked" "is not packed" unpack -o c.ptrace b.ptrace
complains "nothing_is_overwritten_by_packing" "exists already" pack a.ptrace
complains "nor_by_unpacking" "exists already" unpack a.ptracez
complains "a_name_that_does_not_say_is_asked_for" "use -o" unpack b.ptrace
complains "one_output_takes_one_trace" "names one file" pack -o c.ptracez a.ptrace b.ptrace
complains "no_trace_is_an_error" "no trace named" pack
complains "a_missing_trace_is_an_error" "No such file" pack nothing
complains "what_is_no_trace_is_not_packed" "not a pooltrace trace" pack -o c.ptracez "$PT_SRC/LICENSE"
complains "level_0_is_none" "1 to 19" pack --level 0 b.ptrace
is "and_nothing_is_left_behind" "$(ls | tr '\n' ' ')" "a.ptrace a.ptracez b.ptrace "

# Whatever reads a trace reads it packed: the same but for its name and length.
same_json() { sed -e 's/\.ptracez/.ptrace/g' -e '/"file_packed_bytes"/d' "$1" | cmp -s - "$2"; }
for trace in a b; do
	[ -f $trace.ptracez ] || "$PT_BIN" pack $trace.ptrace >/dev/null
	for command in "report --json" "info --json" "dump --json --stacks" "graph --json" "baseline" "check --metrics" "report" "dump"; do
		# shellcheck disable=SC2086 # words
		"$PT_BIN" $command $trace.ptrace >"$T/plain" 2>"$T/plain.err"
		status=$?
		# shellcheck disable=SC2086
		"$PT_BIN" $command $trace.ptracez >"$T/packed" 2>"$T/packed.err"
		is "$(echo $command | tr ' ' '_')_of_packed_${trace}_is_that_of_the_trace" \
			"$? $(same_json "$T/packed" "$T/plain" && same_json "$T/packed.err" "$T/plain.err" && echo same)" "$status same"
	done
done
is "info_says_that_it_is_packed" "$("$PT_BIN" info b.ptracez | grep -c '^packed  *into ')" 1
"$PT_BIN" diff a.ptrace a.ptracez >"$T/diff" 2>&1
is "a_trace_and_its_packed_self_do_not_differ" "$? $(grep -ci 'no change\|nothing' "$T/diff")" "0 1"
is "a_folder_tells_each_trace_once" "$(report "$T/traces" | jq -c '[.reports[].trace.path | sub(".*/"; "")]')" '["a.ptrace","b.ptrace"]'
rm a.ptrace
is "and_the_packed_one_where_it_is_alone" "$(report "$T/traces" | jq -c '[.reports[].trace.path | sub(".*/"; "")]')" '["a.ptracez","b.ptrace"]'

"$PT_BIN" unpack a.ptracez >"$T/out" 2>"$T/err"
is "unpacking_gives_the_same_bytes" "$? $(cmp a.ptrace "$T/a" && echo same) $(stat -c %a a.ptrace)" "0 same 640"
head -c 9000 "$T/b" >torn.ptrace
"$PT_BIN" pack torn.ptrace >"$T/out" 2>&1
is "a_torn_trace_is_packed_as_it_is" "$? $(grep -c 'cut off' "$T/out")" "0 1"
is "and_read_as_torn" "$(info torn.ptracez | jq -c '[.whole, .truncated]')" '[false,true]'
rm torn.ptrace
"$PT_BIN" unpack torn.ptracez >/dev/null
ok "and_comes_back_as_it_was" sh -c 'head -c 9000 "$1" | cmp - torn.ptrace' - "$T/b"

# Damage, which costs a note, and no more than there is.
size=$(wc -c <b.ptracez)
head -c $((size - 40)) b.ptracez >cut.ptracez
"$PT_BIN" report cut.ptracez >"$T/out" 2>"$T/err"
is "a_packed_trace_that_is_cut_is_read_with_a_note" "$? $(wc -c <"$T/err") $(grep -c 'the file is cut short' "$T/out")" "0 0 1"
complains "and_is_not_unpacked" "is damaged" unpack cut.ptracez
{ head -c 700 b.ptracez; printf '\377\377\377'; tail -c +704 b.ptracez; } >bad.ptracez
is "a_damaged_group_is_counted_like_a_damaged_chunk" "$(info bad.ptracez | jq '.corrupt_chunks > 0 and .whole == false')" true
complains "nor_is_that_one" "is damaged" unpack bad.ptracez
is "no_half_of_a_file_is_left" "$(ls | tr '\n' ' ')" "a.ptrace a.ptracez b.ptrace b.ptracez bad.ptracez cut.ptracez torn.ptrace torn.ptracez "
rm bad.ptracez cut.ptracez torn.ptrace*

# --rm, folders, both ways.
rm ./*.ptracez
"$PT_BIN" pack --rm --level 19 "$T/traces" >"$T/out" 2>"$T/err"
is "a_folder_is_packed_and_its_traces_removed" "$? $(wc -c <"$T/err") $(ls | tr '\n' ' ')" "0 0 a.ptracez b.ptracez "
complains "then_there_is_nothing_to_pack" "could be packed" pack "$T/traces"
"$PT_BIN" unpack --rm "$T/traces" >"$T/out" 2>"$T/err"
is "and_unpacked_again" "$? $(wc -c <"$T/err") $(ls | tr '\n' ' ') $(cmp a.ptrace "$T/a" && cmp b.ptrace "$T/b" && echo same)" \
	"0 0 a.ptrace b.ptrace  same"
exec 3>>a.ptrace # somebody has it open
complains "a_trace_that_is_being_written_is_not_removed" "still being written" pack --rm a.ptrace
"$PT_BIN" pack a.ptrace >"$T/out" 2>&1
is "it_is_packed_up_to_now" "$? $(grep -c 'still being written' "$T/out")" "0 1"
exec 3>&-
ln -s b.ptrace link.ptrace
complains "a_link_is_not_removed" "symbolic link" pack --rm link.ptrace
: >/dev/full && "$PT_BIN" pack b.ptrace >/dev/full 2>"$T/err"
is "it_says_so_when_it_cannot_say_what_it_did" "$? $(grep -c '^pooltrace: ' "$T/err")" "2 1"
done_testing
