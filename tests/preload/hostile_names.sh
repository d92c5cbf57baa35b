#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Names in a trace may be anything (evil.c): in text none is a command to the terminal, and no other format is
# broken by one. The trace's own path is such a name, too.
. "$PT_SRC/tests/lib/tap.sh"

# The same in the program's own tables of names: as long as the placeholders.
evil_name=$(printf '\033[31m"<&>\\;\n\r\351\233\302\233\342\200\256::%%{') # 24 bytes
is "the_names_are_as_long_as_the_placeholders" "$(printf %s "$evil_name" | wc -c)" 24
folder="$T/in $(printf '\033[2J\n"<&>\302\233\377::e')"
mkdir "$folder" "$T/o"
escaped=$(printf %s "$evil_name" | sed 's/[\\&/]/\\&/g' | sed ':a;N;$!ba;s/\n/\\n/g')
sed "s/PLACEHOLDER_[A-Z]*_\(AAAAA\|BBBBBBB\|CCCCCC\|DDDDD\|EEE\)/$escaped/g" "$PT_PROGS/evil" >"$folder/ev$evil_name"
chmod 755 "$folder/ev$evil_name"
is "all_placeholders_are_overwritten" "$(grep -a -c PLACEHOLDER_ "$folder/ev$evil_name")" 0
cp "$PT_PROGS/libplugin.so" "$folder/lib$evil_name.so"
trace="$folder/t$evil_name.ptrace"
env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$folder/%e.ptrace" POOLTRACE_SIZE_LIMIT=512M POOLTRACE_CHILDREN="$(printf '\033[31m\n=bad/\302\233\377')" \
	"$folder/ev$evil_name" "$folder/lib$evil_name.so" >"$T/said" 2>"$T/err"
is "the_program_runs" "$? $(cat "$T/said") $(wc -c <"$T/err")" "0 done 0"
sleep 0.3
mv "$folder"/*.ptrace "$trace" || exit 1
printf 'version: 1\nbudgets:\n  - metric: in_use_at_end_bytes\n    max: 1\n  - metric: idle_at_end_bytes\n    pool: "*"\n    max: 1\n' >"$T/budget.yml"

clean() # of what would be a command: C0 without the newline, DEL, C1 in UTF-8, what turns text, and of bytes that are no UTF-8
{
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 || return 1
	[ "$(tr -d '\n\40-\176\200-\377' <"$1" | wc -c)" = 0 ] || return 1
	! grep -a -q -e "$(printf '\302[\200-\237]')" -e "$(printf '\342\200[\216\217\250-\256]')" -e "$(printf '\342\201[\246-\251]')" "$1"
}
nr=0
# text NAME ARGUMENT...: of pooltrace; both its streams
text()
{
	text_name=$1
	shift
	"$PT_BIN" "$@" >"$T/o/$text_name" 2>"$T/o/$text_name.err"
	text_status=$?
	[ "$text_name" != graph_dot ] || sed -i "s/^\t//" "$T/o/graph_dot"
	nr=$((nr + 1))
	ok "${text_name}_has_something_to_say" [ -s "$T/o/$text_name" -o -s "$T/o/$text_name.err" ]
	ok "${text_name}_is_clean" clean "$T/o/$text_name"
	ok "${text_name}_complains_cleanly" clean "$T/o/$text_name.err"
}
text report report "$trace"
is "the_report_is_there" $text_status 0
for by in thread cpu site pool shard; do
	text report_by_$by report --by $by --top 0 "$trace"
done
text report_of_malloc report --pool malloc "$trace"
text report_of_pools report --pool 'pool*' "$trace"
text report_of_no_pool report --pool nothing "$trace"
COLUMNS=80 text report_narrow report "$trace"
LC_ALL=C.UTF-8 text report_utf8 report --pool 'pool*' "$trace"
text report_folder report "$folder"
text info info --all "$trace"
text info_folder info "$folder"
text dump dump --stacks "$trace"
text dump_snapshot dump --snapshot 1 "$trace"
text graph graph --top 0 "$trace"
text graph_folded graph --folded "$trace"
text graph_dot graph --dot "$trace"
text graph_diff graph --diff "$trace:1" "$trace:2"
text graph_of_nothing graph --snapshot 99 "$trace"
address=$("$PT_BIN" dump --json "$trace" | jq -r 'select(.kind == "pool_put").addr' | tail -n 1)
text graph_path graph --path "$address" "$trace"
text graph_no_path graph --path 0x10 "$trace"
text check check --budget "$T/budget.yml" "$trace"
text check_github check --budget "$T/budget.yml" --format github "$trace"
text check_init check --init "$trace"
text diff diff "$trace" "$trace"
text no_trace report "$folder/lib$evil_name.so"
text no_such_trace report "$folder/no$evil_name"
text no_command "$evil_name"
text no_option report "--$evil_name" "$trace"
text no_number report --top="$evil_name" "$trace"
text pack pack "$trace"
text packed_report report "${trace}z"
text unpack unpack -o "$T/o/un$evil_name" "${trace}z"
text pack_again pack "$trace"
env -C "$T/o" "$PT_BIN" record -o "rec$(printf %s "$evil_name" | sed s/%/%%/)" -- "$folder/ev$evil_name" "$folder/lib$evil_name.so" >"$T/o/record" 2>"$T/o/record.err"
is "record_runs" "$? $(grep -c ' recorded ' "$T/o/record.err")" "0 1"
ok "record_is_clean" clean "$T/o/record.err"
text record_of_nothing record -- "$folder/no$evil_name"
for told in report report_by_thread report_by_site report_by_pool report_by_shard graph dump info check; do
	ok "${told}_tells_the_names_all_the_same" grep -q -e '?\[31m' "$T/o/$told"
done
is "no_line_of_a_log_is_a_command_that_a_name_made" "$(grep -c '^::' "$T/o/check_github") $(grep '^::' "$T/o/check_github" | grep -vc '^::\(error\|notice\|warning\) ')" \
	"$(($(wc -l <"$T/o/check_github") - 1)) 0" # the last one counts

json() { "$PT_BIN" "$@" >"$T/o/json" 2>"$T/err" || [ $? = 1 ]; }
# valid NAME ARGUMENT...: JSON without a raw control character
valid()
{
	valid_name=$1
	shift
	json "$@"
	ok "${valid_name}_is_valid_json" sh -c "jq -e . '$T/o/json' >/dev/null && iconv -f UTF-8 -t UTF-8 '$T/o/json' >/dev/null"
	is "${valid_name}_has_no_raw_control_character" "$(tr -d '\n\40-\377' <"$T/o/json" | wc -c)" 0
}
valid report_json report --json "$trace"
ok "report_json_has_the_names_as_they_are" holds "$T/o/json" '[.. | strings | select(test("\u001b\\[31m"))] | length > 10'
valid info_json info --json "$trace"
valid dump_json dump --json --stacks "$trace"
valid dump_snapshot_json dump --json --snapshot 1 "$trace"
valid graph_json graph --json "$trace"
valid graph_nodes graph --nodes "$trace"
valid check_json check --budget "$T/budget.yml" --format json "$trace"
valid check_sarif check --budget "$T/budget.yml" --format sarif "$trace"
valid baseline baseline "$trace"
cp "$T/o/json" "$T/baseline.json"
valid diff_json diff --json "$trace" "$trace"
text check_baseline check --baseline "$T/baseline.json" "$trace"
is "a_baseline_with_such_names_is_read_back" $text_status 0
"$PT_BIN" check --init -o "$T/init.yml" "$trace"
text check_of_init check --budget "$T/init.yml" "$trace"
is "so_is_a_first_budget" $text_status 0
"$PT_BIN" check --budget "$T/budget.yml" --format junit "$trace" >"$T/o/junit"
ok "junit_is_valid_xml" xmllint --noout "$T/o/junit"
ok "junit_is_valid_for_jenkins" xmllint --noout --schema "$PT_SRC/tests/lib/schemas/jenkins-junit.xsd" "$T/o/junit"
# A drawing: quotes come in pairs, in each line
is "each_line_of_a_drawing_ends_its_quotes" "$(sed 's/\\\\//g; s/\\"//g' "$T/o/graph_dot" | tr -cd '"\n' | awk 'length % 2' | wc -l)" 0
is "each_line_of_a_flame_graph_ends_in_a_number" "$(grep -vc ' [0-9][0-9]*$' "$T/o/graph_folded")" 0
note "$nr commands"
done_testing
