#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What commands write, in surroundings that do not want it: links, devices, full disks, closed descriptors, signals.
# A file is whole or as it was before, there is one line and exit status 2. PT_UNIT is the folder of the programs built here.
PT_LIB=none PT_PROGS=none
. "$PT_SRC/tests/lib/tap.sh"
NOBODY="setpriv --reuid 65534 --regid 65534 --clear-groups"
OTHER="setpriv --reuid 1 --regid 1 --clear-groups"
chmod 755 "$T"
mkdir "$T/in" "$T/o" "$T/ref"
cd "$T/in" || exit 1
"$PT_UNIT/build_trace" a.ptrace && "$PT_UNIT/build_odd_trace" b.ptrace && "$PT_BIN" pack a.ptrace >/dev/null || exit 1
printf 'version: 1\nbudgets:\n  - metric: in_use_at_end_bytes\n    max: 1M\n' >budget.yml
chmod 644 ./*

# Commands that replace a file, and those that make a new one
REPLACE="report report_json graph graph_json graph_dot graph_folded graph_nodes graph_diff check check_junit check_sarif check_json
	check_metrics baseline diff diff_json"
NEW="init pack unpack"
# act NAME OPTION...: with the options before the operands
act()
{
	act_name=$1
	shift
	case $act_name in
	report) set -- report "$@" a.ptrace ;;
	report_json) set -- report --json "$@" a.ptrace b.ptrace ;;
	graph) set -- graph "$@" b.ptrace ;;
	graph_diff) set -- graph --diff "$@" b.ptrace:1 b.ptrace:1 ;;
	graph_*) set -- graph "--${act_name#graph_}" "$@" b.ptrace ;;
	check) set -- check --budget budget.yml "$@" a.ptrace ;;
	check_metrics) set -- check --metrics "$@" ;;
	check_*) set -- check --budget budget.yml --format "${act_name#check_}" "$@" a.ptrace ;;
	baseline) set -- baseline "$@" a.ptrace ;;
	diff) set -- diff "$@" a.ptrace b.ptrace ;;
	diff_json) set -- diff --json "$@" a.ptrace b.ptrace ;;
	init) set -- check --init "$@" a.ptrace ;;
	pack) set -- pack "$@" a.ptrace ;;
	unpack) set -- unpack "$@" a.ptracez ;;
	info) set -- info "$@" a.ptrace b.ptrace ;;
	info_json) set -- info --json "$@" a.ptrace b.ptrace ;;
	dump) set -- dump --stacks "$@" b.ptrace ;;
	dump_json) set -- dump --json "$@" b.ptrace ;;
	dump_snapshot) set -- dump --snapshot 1 "$@" b.ptrace ;;
	esac
	timeout 60 $as "$PT_BIN" "$@"
}
as=
# writes NAME FILE: its status and how many lines it complained
writes()
{
	act "$1" -o "$2" >"$T/said" 2>"$T/err"
	echo "$? $(wc -l <"$T/err")"
}
fresh() { rm -rf "$T/o" && mkdir "$T/o" && chmod 755 "$T/o"; }
left() { ls -A "$T/o" | tr '\n' ' '; }

for name in $REPLACE $NEW; do
	is "${name}_writes_a_new_file" "$(writes $name "$T/ref/$name") $(stat -c %a "$T/ref/$name")" "0 0 644"
done
is "and_leaves_nothing_else" "$(ls -A "$T/ref" | wc -w)" "$(echo "$REPLACE $NEW" | wc -w)"

# Some formats say when, and how long it took; a packed trace in what is before its byte 48.
timeless() { if [ "$1" = pack ]; then tail -c +49 "$2"; else sed 's/ time[a-z]*="[^"]*"//g; s/"duration_ns": [0-9]*//' "$2"; fi; }
same()
{
	timeless "$1" "$T/ref/$1" >"$T/same.1"
	timeless "$1" "$2" >"$T/same.2" 2>/dev/null
	cmp -s "$T/same.1" "$T/same.2" && echo same
}
for name in $REPLACE; do
	fresh
	echo old >"$T/o/f"
	chmod 604 "$T/o/f"
	ln "$T/o/f" "$T/o/hard"
	is "${name}_replaces_a_file_and_keeps_its_mode" "$(writes $name "$T/o/f") $(same $name "$T/o/f") $(stat -c %a "$T/o/f")" "0 0 same 604"
	is "${name}_does_not_write_into_its_other_names" "$(cat "$T/o/hard") $(left)" "old f hard "
	fresh
	echo old >"$T/o/f"
	ln -s f "$T/o/link"
	ln -s nothing "$T/o/lost"
	is "${name}_follows_a_link" "$(writes $name "$T/o/link") $(same $name "$T/o/f") $(readlink "$T/o/link")" "0 0 same f"
	is "${name}_takes_the_place_of_one_to_nowhere" "$(writes $name "$T/o/lost") $(same $name "$T/o/lost") $(left)" "0 0 same f link lost "
	is "${name}_onto_a_folder_is_an_error" "$(writes $name "$T/o") $(left)" "2 1 f link lost "
	is "${name}_into_a_missing_folder_is_an_error" "$(writes $name "$T/o/no/f")" "2 1"
	is "${name}_into_a_file_is_an_error" "$(writes $name "$T/o/f/f")" "2 1"
	is "${name}_to_a_full_device_is_an_error" "$(writes $name /dev/full)" "2 1"
	is "${name}_to_a_device_is_none" "$(writes $name /dev/null) $(stat -c %F /dev/null)" "0 0 character special file"
	mkfifo "$T/o/pipe"
	cat "$T/o/pipe" >"$T/piped" &
	reader=$!
	wrote=$(writes $name "$T/o/pipe")
	wait $reader # not in $(...), whose child it is not
	is "${name}_to_a_pipe_is_none" "$wrote $(same $name "$T/piped")" "0 0 same"
done

# No more room: the file is as it was. RLIMIT_FSIZE: the signal that it sends is not our end.
mkdir "$T/disk"
cleanup() { umount "$T/disk" 2>/dev/null; }
small_disk=
mount -t tmpfs -o size=64k pooltrace-test "$T/disk" 2>/dev/null && small_disk=1
for name in $REPLACE $NEW; do
	if [ -n "$small_disk" ]; then
		rm -rf "$T/disk"/*
		case " $NEW " in *" $name "*) want= ;; *) echo old >"$T/disk/f"; want=old ;; esac
		cat /dev/zero >"$T/disk/taken" 2>/dev/null
		is "${name}_on_a_full_disk_is_an_error" "$(writes $name "$T/disk/f")" "2 1"
		is "${name}_leaves_there_what_was_there" "$(cat "$T/disk/f" 2>/dev/null) $(ls -A "$T/disk" | grep -v -e '^f$' -e '^taken$')" "$want "
	else
		skip "${name}_on_a_full_disk_is_an_error" "mounting a tmpfs is not allowed here"
	fi
	fresh
	{ (ulimit -f 0; act $name -o "$T/o/f" 2>&1 >/dev/null; echo "status $?"); } | cat >"$T/said"
	is "${name}_beyond_a_limit_of_the_file_size_is_an_error" "$(tail -n 1 "$T/said") $(wc -l <"$T/said") $(left)" "status 2 2 "
done

for name in $NEW; do
	for thing in file link link_to_nowhere folder fifo; do
		fresh
		case $thing in
		file) echo old >"$T/o/f" ;;
		link) echo old >"$T/o/t" && ln -s t "$T/o/f" ;;
		link_to_nowhere) ln -s nowhere "$T/o/f" ;;
		folder) mkdir "$T/o/f" ;;
		fifo) mkfifo "$T/o/f" ;;
		esac
		stat -c '%F %i %s %Z' "$T/o/f" >"$T/before"
		is "${name}_never_goes_over_a_$thing" "$(writes $name "$T/o/f") $(stat -c '%F %i %s %Z' "$T/o/f" | cmp - "$T/before" && cat "$T/o/t" 2>/dev/null)" \
			"2 1 $([ $thing = link ] && echo old)"
	done
	is "${name}_to_a_device_is_an_error" "$(writes $name /dev/null) $(writes $name /dev/full)" "2 1 2 1"
done

if strace -o /dev/null true 2>/dev/null; then
	for name in $NEW; do # somebody makes the file just before it would get its name
		fresh
		as="env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=renameat2 -e inject=renameat2:delay_enter=1500000" writes_of=$name
		writes $writes_of "$T/o/f" >"$T/late" &
		sleep 0.7
		echo mine >"$T/o/f"
		wait $!
		as=
		is "${name}_does_not_win_a_race_for_the_name" "$(cat "$T/late") $(cat "$T/o/f") $(left)" "2 1 mine f "
	done
	for name in $REPLACE $NEW; do
		for signal in 2 15 1 13; do
			fresh
			case " $NEW " in *" $name "*) want=" " ;; *) echo old >"$T/o/f"; want="old f " ;; esac
			as="env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=fchmod -e inject=fchmod:signal=$signal:when=1"
			act $name -o "$T/o/f" >/dev/null 2>&1
			ended=$?
			as=
			is "${name}_ended_by_signal_${signal}_leaves_what_was_there" "$ended $(cat "$T/o/f" 2>/dev/null) $(left)" "$((128 + signal)) $want"
		done
	done
else
	skip "a_signal_leaves_what_was_there" "no strace here, or it may not trace"
fi

# Standard output that is full, closed, or nobody's
for name in $REPLACE init info info_json dump dump_json dump_snapshot; do
	act $name >/dev/full 2>"$T/err"
	is "${name}_on_a_full_standard_output_is_an_error" "$? $(wc -l <"$T/err")" "2 1"
	act $name >&- 2>"$T/err"
	is "${name}_on_a_closed_one_too" "$? $(wc -l <"$T/err")" "2 1"
	act $name >&- 2>&- <&-
	is "${name}_and_with_all_three_closed" $? 2
	(act $name 2>"$T/err"; echo $? >"$T/status") | true
	is "${name}_goes_quietly_when_nobody_reads" "$(wc -l <"$T/err") $(grep -cx -e 0 -e 141 "$T/status")" "0 1"
	(trap '' PIPE; act $name 2>"$T/err"; echo $? >"$T/status") | true
	is "${name}_where_SIGPIPE_is_ignored_too" "$(wc -l <"$T/err") $(grep -cx -e 0 -e 2 "$T/status")" "0 1"
done
for name in $REPLACE $NEW; do
	fresh
	act $name -o "$T/o/f" >&- 2>&- <&-
	is "${name}_with_all_three_closed_writes_its_file_all_the_same" "$(same $name "$T/o/f") $(left)" "same f "
	fresh
	act $name -o "$T/o/no/f" 2>&- # the complaint has nowhere to go, and goes nowhere
	is "${name}_complains_into_no_file_of_its_own" "$? $(left)" "2 "
done

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$T/in" "$T/ref"
	for name in $REPLACE; do
		fresh
		chmod 1777 "$T/o"
		echo old >"$T/precious"
		chmod 666 "$T/precious"
		$OTHER ln -s "$T/precious" "$T/o/link"
		is "${name}_does_not_follow_a_link_of_another_user_in_tmp" "$(as=$NOBODY; writes $name "$T/o/link") $(cat "$T/precious") $(left)" "2 1 old link "
		fresh
		is "${name}_in_a_folder_that_may_not_be_written_is_an_error" "$(as=$NOBODY; writes $name "$T/o/f") $(left)" "2 1 "
		echo old >"$T/o/f"
		chmod 666 "$T/o/f"
		is "${name}_of_a_file_there_that_may_be_is_none" "$(as=$NOBODY; writes $name "$T/o/f") $(same $name "$T/o/f") $(left)" "0 0 same f "
		chown 65534 "$T/o/f"
		is "${name}_by_root_leaves_a_file_to_its_owner" "$(writes $name "$T/o/f") $(same $name "$T/o/f") $(stat -c '%u %a' "$T/o/f")" "0 0 same 65534 666"
	done
	for name in $NEW; do
		fresh
		is "${name}_in_a_folder_that_may_not_be_written_is_an_error" "$(as=$NOBODY; writes $name "$T/o/f") $(left)" "2 1 "
	done
fi
done_testing
