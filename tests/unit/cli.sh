#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The face of pooltrace without the recorder: help, completions, man pages, reports of built
# traces, and all JSON against docs/report.schema.json.
# PT_UNIT is the folder of the programs built here.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"
SCHEMA=$PT_SRC/docs/report.schema.json

# Help teaches, and comes from the table.
commands=$("$PT_BIN" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
is "help_lists_the_commands" "$(echo $commands)" "record report check baseline diff graph snapshot control info dump pack unpack help version"
ok "help_has_two_examples" test "$("$PT_BIN" --help | grep -c '^  pooltrace ')" -ge 2
for c in record report check baseline diff graph snapshot control info dump pack unpack; do
	"$PT_BIN" $c --help >"$T/help.$c" 2>"$T/err"
	is "help_of_${c}_succeeds_and_is_the_same_either_way" "$? $("$PT_BIN" help $c | cmp - "$T/help.$c" && echo same)" "0 same"
	ok "help_of_${c}_has_examples" grep -q '^  pooltrace ' "$T/help.$c"
	ok "help_of_${c}_fits_80_columns" awk 'length > 80 { exit 1 }' "$T/help.$c"
done
is "version_is_one_line" "$("$PT_BIN" --version | grep -c '^pooltrace [0-9]')" 1

# complains NAME STATUS WORD ARGUMENT...: one line on stderr with WORD in it, nothing on stdout
complains()
{
	complaint=$1 want_status=$2 word=$3
	shift 3
	"$PT_BIN" "$@" >"$T/out" 2>"$T/err"
	is "$complaint" "$? $(wc -l <"$T/err") $(grep -c "^pooltrace: .*$word" "$T/err") $(wc -c <"$T/out")" \
		"$want_status 1 1 0"
}
complains "no_command_is_an_error" 2 "no command"
complains "an_unknown_command_is_an_error" 2 frobnicate frobnicate
complains "an_unknown_option_is_an_error" 2 "--frobnicate" report --frobnicate
complains "a_missing_argument_is_an_error" 2 "needs an argument" report --top
complains "no_trace_is_an_error" 2 "no trace named" report
complains "a_missing_trace_is_an_error" 2 "No such file" report "$T/nothing"
complains "an_empty_folder_is_an_error" 2 "no \*.ptrace" report "$T"
complains "what_is_no_trace_is_an_error" 2 "not a pooltrace trace" report "$PT_SRC/LICENSE"
complains "a_bad_number_is_an_error" 2 "not a number" report --top=many x
complains "a_bad_table_is_an_error" 2 "none of thread" report --by=colour x
complains "a_bad_time_is_an_error" 2 "is no time" report --dead-after=soon x
complains "a_bad_size_is_an_error" 2 "is no size" report --limit=1X x
complains "a_bad_snapshot_is_an_error" 2 "not a number from 1 on" graph --snapshot=0 x
complains "a_bad_address_is_an_error" 2 "not an address" graph --path=0xno x
complains "a_decimal_address_has_no_hex_digits" 2 "not an address" graph --path=7fff x
complains "a_path_is_not_drawn" 2 "text or --json" graph --path=1 --dot x
complains "graph_wants_one_trace" 2 "no trace given" graph
complains "a_diff_wants_two_traces" 2 "wants two traces" graph --diff x
complains "a_diff_of_a_bad_snapshot_is_an_error" 2 "not a number from 1 on" graph --diff x:last x
complains "a_graph_of_nothing_is_an_error" 2 "cannot be read" graph "$T/no-such-trace"

# options_of COMMAND: the long options of its help
options_of() { sed -n 's/^ *\(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p' "$T/help.$1" | sort -u; }
C=$PT_SRC/docs/completion
for c in record report check baseline diff graph snapshot control info dump pack unpack; do
	missing=
	for o in $(options_of $c); do
		grep -q "^	$c:-\*) .*[\" ]$o[\" ]" "$C/pooltrace.bash" || missing="$missing bash:$o"
		[ "$o" = --help ] || sed -n "/^	$c)/,/;;/p" "$C/_pooltrace" | grep -qF -e "$o" || missing="$missing zsh:$o"
		[ "$o" = --help ] || grep "seen_subcommand_from $c'" "$C/pooltrace.fish" | grep -q -- "-l ${o#--} " ||
			missing="$missing fish:$o"
		grep -q "Fl -${o#--}\( \|\$\)" "$PT_SRC/docs/man/pooltrace-$c.1" || missing="$missing man:$o"
	done
	is "completions_and_man_page_of_${c}_have_its_options" "$missing" ""
	unknown=$(sed -n "s/^	$c:-\*) .*-W \"\(.*\)\" .*/\1/p" "$C/pooltrace.bash" | tr ' ' '\n' | grep '^--' | sort -u |
		while read -r o; do options_of $c | grep -qFx -e "$o" || echo "$o"; done)
	is "completion_of_${c}_has_no_other_options" "$unknown" ""
done
missing=
for c in $commands; do
	grep -q -- "-W \"[^\"]*$c[ \"]" "$C/pooltrace.bash" && grep -q "'$c:" "$C/_pooltrace" &&
		grep -q -- "-a $c " "$C/pooltrace.fish" && grep -q "^\.It Cm $c\$" "$PT_SRC/docs/man/pooltrace.1" ||
		missing="$missing $c"
done
is "completions_and_man_page_have_every_command" "$missing" ""
is "the_synopsis_of_the_man_page_has_every_command" "$(for c in $commands; do
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$PT_SRC/docs/man/pooltrace.1" | grep -qx ".Cm $c" || echo "$c"
done)" ""
if command -v bash >/dev/null; then
	is "bash_completes_a_value_behind_its_option_and_=" "$(bash -c '. "$1"; COMP_WORDS=(pooltrace report --by = th) COMP_CWORD=4
		_pooltrace; echo "${COMPREPLY[*]}"' - "$C/pooltrace.bash")" thread
else
	skip "bash_completes_a_value_behind_its_option_and_=" "no bash"
fi
if command -v mandoc >/dev/null; then
	is "man_pages_are_sound" "$(mandoc -T lint -W warning "$PT_SRC"/docs/man/*.[137] 2>/dev/null)" ""
else
	skip "man_pages_are_sound" "no mandoc"
fi

# The schema takes what is right and refuses what is not.
valid() { jsonschema -i "$1" "$SCHEMA" 2>&1; }
invalid() { ! valid "$1" >/dev/null; }
SAMPLE=$PT_UNIT/render_sample
for s in hoard quiet empty odd spread trading pools; do
	"$SAMPLE" json 0 0 0 100 $s >"$T/$s.json"
	ok "the_schema_takes_a_report_that_is_$s" valid "$T/$s.json"
done
"$SAMPLE" json 0 0 0 1 hoard empty odd >"$T/several.json"
ok "the_schema_takes_several_reports" valid "$T/several.json"
jq 'del(.totals.blowup)' "$T/hoard.json" >"$T/bad.json"
ok "the_schema_refuses_a_report_without_blowup" invalid "$T/bad.json"
jq '.threads[0].surprise = 1' "$T/hoard.json" >"$T/bad.json"
ok "the_schema_refuses_an_unknown_key" invalid "$T/bad.json"
jq '.pools[1].shards[0].surprise = 1' "$T/trading.json" >"$T/bad.json"
ok "the_schema_refuses_an_unknown_key_of_a_shard" invalid "$T/bad.json"
jq '.sites[0].idle_bytes = "64 MiB"' "$T/hoard.json" >"$T/bad.json"
ok "the_schema_refuses_a_number_in_words" invalid "$T/bad.json"
keys() { jq -r 'paths(scalars) | map(select(type == "string")) | last' "$T"/*.json | sort -u; }
is "report.md_and_pools.md_explain_every_key" "$(keys | grep -v '\.' | while read -r key; do
	grep -q "\`[a-z_.]*$key\(\[\]\)\{0,1\}\`" "$PT_SRC/docs/report.md" "$PT_SRC/docs/pools.md" || echo "$key"
done)" ""

# A trace whose truth is known.
mkdir "$T/traces"
"$PT_UNIT/build_trace" "$T/traces/a.ptrace"
complains "a_trace_without_snapshot_says_how_to_ask" 2 "POOLTRACE_SNAPSHOT=exit.*pooltrace_snapshot()" graph "$T/traces/a.ptrace"
"$PT_UNIT/build_trace" "$T/traces/b.ptrace" lossy
echo "no trace" >"$T/traces/other.txt"
report "$T/traces/a.ptrace" >"$T/a.json" 2>"$T/err"
is "report_succeeds_and_says_nothing_on_stderr" "$? $(wc -c <"$T/err")" "0 0"
ok "its_JSON_is_valid" valid "$T/a.json"
is "its_totals_are_the_truth" "$(jq -c '.totals | [.allocations, .frees, .lost_events, .allocated_bytes,
	.in_use_at_end_bytes, .idle_at_end_bytes, .peak_in_use_bytes]' "$T/a.json")" \
	"[17,16,0,16778216,1000,16777216,16778216]"
is "its_threads_are_the_truth" "$(jq -c '[.threads[] | [.serial, .tid, .name, .allocations, .idle_bytes]]' "$T/a.json")" \
	'[[1,100,"main",1,0],[2,101,"hoarder",16,16777216]]'
is "frames_without_symbols_are_module_and_offset" \
	"$(jq -c '.sites[0].frames | map([.function, .module, .offset_bytes])' "$T/a.json")" \
	'[[null,"/nowhere/built",1109],[null,"/nowhere/built",1928]]'
is "idle_holders_name_the_thread" "$(jq -c '.sites[0].idle_holders' "$T/a.json")" \
	'[{"thread":2,"objects":16,"bytes":16777216}]'
"$PT_BIN" report "$T/traces/a.ptrace" >"$T/a.txt"
ok "the_first_lines_of_the_text_name_the_hoarder" sh -c 'head -n 4 "$1" | grep -q "Thread 2 \"hoarder\" holds 16.0 MiB"' - "$T/a.txt"
ok "a_missing_module_is_noted" grep -q "^remark .*/nowhere/built" "$T/a.txt"
complains "a_pool_that_is_not_there_is_an_error_that_names_those_that_are" 2 "'msgbuf'.*: malloc" \
	report --pool=msgbuf "$T/traces/a.ptrace"
is "--pool_takes_a_pattern" "$(report --pool='m*c' "$T/traces/a.ptrace" | jq -c '[.pools[].name]')" '["malloc"]'

# Several traces, folders, and a bad one among good ones.
report "$T/traces" >"$T/folder.json"
ok "a_folder_gives_one_valid_document" valid "$T/folder.json"
is "with_every_trace_in_it" "$(jq -c '[.schema, [.reports[] | .totals.lost_events]]' "$T/folder.json")" \
	'["pooltrace-reports-1",[0,7]]'
report "$T/traces/a.ptrace" "$PT_SRC/LICENSE" "$T/traces/b.ptrace" >"$T/mixed.json" 2>"$T/err"
is "a_bad_trace_costs_a_line_and_the_status_not_the_others" \
	"$? $(wc -l <"$T/err") $(jq '.reports | length' "$T/mixed.json")" "2 1 2"
is "losses_come_first_in_the_text" \
	"$("$PT_BIN" report "$T/traces/b.ptrace" | sed -n '2s/^\([a-z]*\).*7 events.*/\1/p')" warning
"$PT_BIN" report -o "$T/file.txt" "$T/traces/a.ptrace" >"$T/out"
is "-o_writes_the_same_into_a_file" "$? $(wc -c <"$T/out") $(cmp "$T/file.txt" "$T/a.txt" && echo same)" "0 0 same"
complains "a_report_that_cannot_be_written_is_an_error" 2 "cannot be written" report -o "$T/no/where" "$T/traces/a.ptrace"
if [ -w /dev/full ]; then
	"$PT_BIN" report "$T/traces/a.ptrace" >/dev/full 2>"$T/err"
	is "a_full_disk_is_an_error" "$? $(wc -l <"$T/err")" "2 1"
fi

# Tables by choice, and what the terminal is.
for by in thread cpu site pool; do
	"$PT_BIN" report --by=$by "$T/traces/a.ptrace" >"$T/by.$by"
done
ok "--by_shard_is_taken_by_a_program_without_pools" "$PT_BIN" report --by=shard "$T/traces/a.ptrace"
is "and_says_why_there_is_no_table" "$("$PT_BIN" report --by=shard "$T/traces/a.ptrace" | grep -c '^No table by shard: only annotated pools')" 1
is "--by_chooses_the_tables" "$(cd "$T" && grep -l '^Threads' by.*) $(cd "$T" && grep -l '^CPUs' by.*) $(
	cd "$T" && grep -l '^Call sites' by.*) $(cd "$T" && grep -l '^Pools' by.*)" "by.thread by.cpu by.site by.pool"
for columns in 60 80 120; do
	COLUMNS=$columns "$PT_BIN" report "$T/traces/a.ptrace" >"$T/out"
	ok "lines_fit_${columns}_columns" awk -v most=$columns 'length > most { exit 1 }' "$T/out"
done
escape=$(printf '\033')
is "a_pipe_gets_no_colour" "$(grep -c "$escape" "$T/a.txt")" 0
on_terminal() { script -qec "env -u COLUMNS TERM=xterm $* $PT_BIN report $T/traces/a.ptrace" /dev/null </dev/null; }
on_terminal >"$T/tty"
ok "a_terminal_gets_colour" grep -q "$escape\[1m" "$T/tty"
on_terminal NO_COLOR=1 >"$T/tty"
is "NO_COLOR_is_respected" "$(grep -c "$escape\[1m" "$T/tty")" 0
is "a_quick_report_shows_no_progress" "$(grep -c '%' "$T/tty") $(grep -c "$escape\[K" "$T/tty")" "$(grep -c '%' "$T/a.txt") 0"
done_testing
