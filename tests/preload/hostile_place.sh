#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Where a trace lands, and what is never touched: whatever stands at its name, in its folder, or is put there
# while processes start. All twice: with O_TMPFILE, and as on a file system that has none.
. "$PT_SRC/tests/lib/tap.sh"
HELLO=$PT_PROGS/hello
PLANT=$PT_PROGS/plant
FAULTY_LIB=$(dirname "$PT_LIB")/libpooltrace-faults.so
NOBODY="setpriv --reuid 65534 --regid 65534 --clear-groups"
chmod 755 "$T"
out=$T/out
before= program=$HELLO
swapper=
cleanup() { [ -z "$swapper" ] || kill "$swapper" 2>/dev/null; }
fresh() { rm -rf "$out" && mkdir "$out"; }

# starts NAME [VAR=VALUE]...: hello, traced as $lib and $fault say, does what it does untraced
starts()
{
	starts_name=$1
	shift
	# shellcheck disable=SC2086
	timeout 20 $before env LD_PRELOAD="$lib" ${fault:+"POOLTRACE_FAULT=$fault"} "$@" "$program" >"$T/said" 2>"$T/err" </dev/null
	is "$starts_name$way" "$? $(cat "$T/said") $(wc -c <"$T/err")" "0 hello 0"
}
# mine FOLDER: how many new traces there are whole and 0600, and how many are not. Precious files are short.
mine()
{
	open_nr=$(find "$1" -maxdepth 1 -type f -size +1k ! -perm 600 | wc -l)
	find "$1" -maxdepth 1 -type f -size +1k -print0 | xargs -0 -r "$PT_BIN" info --json |
		jq -rs --argjson open "$open_nr" '[flatten[] | .whole and .lost_events == 0] |
			"\(map(select(.)) | length) \(map(select(not)) | length + $open)"'
}
# state FILE: all that an open to write, a cut, a new link or name would change; of what it points to as well
state() { stat -c '%F %s %i %a %u %h %Y %Z' "$1" 2>&1; stat -L -c '%F %s %i %a %u %h %Y %Z' "$1" 2>/dev/null; }

# What stands at the name: [what, how it is made]
make_thing()
{
	case $1 in
	file) echo precious >"$2" ;;
	empty_file) : >"$2" ;;
	hard_link) ln "$T/precious" "$2" ;;
	link_to_a_file) ln -s "$T/precious" "$2" ;;
	link_to_nothing) ln -s "$T/nothing" "$2" ;;
	link_to_a_folder) ln -s "$T/elsewhere" "$2" ;;
	link_to_itself) ln -s "$2" "$2" ;;
	folder) mkdir "$2" ;;
	fifo) mkfifo "$2" ;;
	socket) "$PLANT" socket "$2" ;;
	null_device) mknod "$2" c 1 3 2>/dev/null ;;
	full_device) mknod "$2" c 1 7 2>/dev/null ;;
	esac
}

things()
{
	for thing in file empty_file hard_link link_to_a_file link_to_nothing link_to_a_folder link_to_itself folder fifo socket \
		null_device full_device; do
		rm -rf "$out" "$T/precious" "$T/elsewhere" "$T/nothing"
		mkdir "$out" "$T/elsewhere"
		echo precious >"$T/precious"
		make_thing $thing "$out/x.ptrace" || continue
		state "$out/x.ptrace" >"$T/before"
		starts "a_${thing}_at_the_name_does_not_stop_the_program" POOLTRACE_OUTPUT="$out/x.ptrace"
		state "$out/x.ptrace" >"$T/after"
		ok "a_${thing}_at_the_name_is_as_it_was$way" cmp "$T/before" "$T/after"
		is "a_${thing}_costs_no_trace$way" \
			"$(mine "$out") $(ls -A "$T/elsewhere" | wc -l) $(cat "$T/precious") $(ls "$T/nothing" 2>/dev/null)" "1 0 0 precious "
	done
}

modes()
{
	for pair in 000:600 022:600 077:600 027:600 0277:400 0477:200 0777:0; do
		fresh
		before="$PT_PROGS/limit_run umask ${pair%:*} /usr/bin/env"
		starts "umask_${pair%:*}_changes_nothing_for_the_program" POOLTRACE_OUTPUT="$out/x.ptrace"
		is "with_umask_${pair%:*}_the_mode_is_${pair#*:}$way" "$(stat -c %a "$out"/*)" "${pair#*:}"
	done
	before=
	if command -v setfacl >/dev/null && fresh && setfacl -d -m u:65534:rwx -m o::rwx "$out" 2>/dev/null; then
		starts "a_default_ACL_changes_nothing_for_the_program" POOLTRACE_OUTPUT="$out/x.ptrace"
		is "a_default_ACL_opens_it_to_nobody$way" "$(stat -c %a "$out"/*)" 600
	else
		skip "a_default_ACL_opens_it_to_nobody$way" "no setfacl here, or no ACLs"
	fi
}

patterns()
{
	fresh
	mkdir "$out/a"
	starts "a_pattern_with_dots_that_leads_nowhere" POOLTRACE_OUTPUT="$out/a/%e/../../../up.ptrace"
	starts "a_pattern_that_ends_in_a_slash" POOLTRACE_OUTPUT="$out/a/"
	starts "a_pattern_that_ends_in_two_dots" POOLTRACE_OUTPUT="$out/a/.."
	starts "a_pattern_that_ends_in_a_dot" POOLTRACE_OUTPUT="$out/a/."
	is "makes_nothing_outside_of_its_folder$way" "$(ls -A "$T" | grep -c up.ptrace) $(find "$T" -name 'up.ptrace*' | wc -l)" "0 0"
	fresh
	mkdir "$T/odd"
	odd=$(printf '..%%p%%r\033[31m\n')
	cp "$HELLO" "$T/odd/$odd"
	program=$T/odd/$odd
	starts "a_program_whose_name_looks_like_a_pattern" POOLTRACE_OUTPUT="$out/%e.ptrace"
	program=$HELLO
	is "gives_the_trace_this_very_name$way" "$(mine "$out")$(ls -A "$out" | od -An -c | tr -d ' \n')" \
		"1 0$(printf '%s.ptrace\n' "$odd" | od -An -c | tr -d ' \n')"
	env LD_PRELOAD="$lib" ${fault:+"POOLTRACE_FAULT=$fault"} POOLTRACE_VERBOSE=1 POOLTRACE_OUTPUT="$out/%e.%p" \
		"$T/odd/$odd" >/dev/null 2>"$T/err"
	is "and_sends_nothing_to_the_terminal$way" "$(wc -l <"$T/err") $(tr -d '\n\40-\176' <"$T/err" | wc -c)" "1 0"
	rm -rf "$T/odd"
	mkdir "$T/100%p"
	before="env -C $T/100%p"
	starts "a_folder_whose_name_looks_like_a_pattern"
	before=
	is "has_the_trace$way" "$(mine "$T/100%p")" "1 0"
	rm -rf "$T/100%p"
}

# Folders that go away or refuse
folders()
{
	fresh
	starts "a_folder_that_is_a_file" POOLTRACE_OUTPUT="$HELLO/x.ptrace"
	starts "a_folder_that_is_not_there" POOLTRACE_OUTPUT="$out/no/x.ptrace"
	timeout 20 env LD_PRELOAD="$lib" ${fault:+"POOLTRACE_FAULT=$fault"} POOLTRACE_OUTPUT="$out/%p.ptrace" \
		sh -c 'rm -rf "$1"; "$2"; ("$2"); "$2" | cat' sh "$out" "$HELLO" >"$T/said" 2>"$T/err"
	is "a_folder_that_vanishes$way" "$? $(tr '\n' ' ' <"$T/said")$(wc -c <"$T/err") $(ls "$out" 2>/dev/null)" "0 hello hello hello 0 "
	fresh
	if [ "$(id -u)" = 0 ]; then
		cp "$lib" "$HELLO" "$T"
		mkdir -m 000 "$out/closed"
		mkdir -m 555 "$out/read"
		for folder in closed read; do
			timeout 20 $NOBODY env LD_PRELOAD="$T/$(basename "$lib")" ${fault:+"POOLTRACE_FAULT=$fault"} \
				POOLTRACE_OUTPUT="$out/$folder/x.ptrace" "$T/hello" >"$T/said" 2>"$T/err"
			is "a_folder_that_is_${folder}_only$way" "$? $(cat "$T/said") $(wc -c <"$T/err") $(ls "$out/$folder")" "0 hello 0 "
		done
	fi
	mkdir -p "$T/queues"
	if mount -t mqueue none "$T/queues" 2>/dev/null; then # a file there is a message queue
		starts "a_file_system_of_something_else" POOLTRACE_OUTPUT="$T/queues/pooltrace-test.$$"
		is "nothing_is_left_behind_there$way" "$(ls "$T/queues" | grep -c pooltrace-test)" 0
		umount "$T/queues"
	fi
}

several()
{
	fresh
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		env LD_PRELOAD="$lib" ${fault:+"POOLTRACE_FAULT=$fault"} POOLTRACE_OUTPUT="$out/same.ptrace" "$HELLO" 1000 >/dev/null &
		pids="$pids $!"
	done
	wait $pids
	is "eight_processes_with_one_name_have_a_trace_each$way" \
		"$(mine "$out") $("$PT_BIN" info --json "$out"/* | jq -r '.[].pid' | sort -u | wc -l)" "8 0 8"
}

# The folder and a link to another one change places, again and again, while processes start.
swapped()
{
	fresh
	mkdir "$out/mine" "$out/theirs"
	ln -s "$out/theirs" "$out/link"
	echo precious >"$out/theirs/x.ptrace"
	[ "$1" = gone ] || echo precious >"$out/mine/x.ptrace"
	state "$out/theirs/x.ptrace" >"$T/before"
	rm -f "$T/swapping"
	"$PLANT" swap "$out/mine" "$out/link" >"$T/swapping" 2>&1 &
	swapper=$!
	while ! grep -qs ready "$T/swapping"; do sleep 0.05; done
	failed=0 i=0
	while [ $i -lt 200 ]; do
		i=$((i + 1))
		said=$(env LD_PRELOAD="$lib" ${fault:+"POOLTRACE_FAULT=$fault"} POOLTRACE_OUTPUT="$out/mine/x.ptrace" "$HELLO" 2>&1)
		[ "$?$said" = 0hello ] || failed=$((failed + 1))
	done
	is "swaps_go_on$way_of_swap$way" "$(kill -0 $swapper && echo yes)" yes
	kill $swapper
	wait $swapper 2>/dev/null
	swapper=
	is "a_folder_that_is_swapped_stops_no_program$way_of_swap$way" $failed 0
	state "$out/theirs/x.ptrace" >"$T/after"
	ok "what_is_in_the_other_folder_is_as_it_was$way_of_swap$way" cmp "$T/before" "$T/after"
}

with_swaps()
{
	way_of_swap=
	swapped there
	set -- $(mine "$out/theirs") $(mine "$out/mine") $(mine "$out/link")
	[ -L "$out/mine" ] && set -- "$1" "$2" 0 0 "$5" "$6"
	[ -L "$out/link" ] && set -- "$1" "$2" "$3" "$4" 0 0
	is "each_process_has_its_trace_in_one_of_them$way" "$(($1 + $3 + $5)) $(($2 + $4 + $6))" "200 0"
	# A file that could not be grown is removed: from the folder where it was made.
	way_of_swap=_when_the_disk_is_full
	before_lib=$lib before_fault=$fault
	lib=$FAULTY_LIB fault="${fault:+$fault,}ftruncate:1+:ENOSPC"
	swapped gone
	lib=$before_lib fault=$before_fault
}

all()
{
	things
	modes
	patterns
	folders
	several
	with_swaps
}

lib=$PT_LIB fault= way=
all
lib=$FAULTY_LIB fault=openat:1:EOPNOTSUPP way=_without_O_TMPFILE
all
lib=$PT_LIB fault= way=

# What the kernel is asked for
fresh
if strace -o "$T/calls" -E LD_PRELOAD="$PT_LIB" -E POOLTRACE_OUTPUT="$out/x.ptrace" "$HELLO" >/dev/null 2>&1; then
	is "a_trace_is_made_without_a_name_in_a_folder_looked_up_once" \
		"$(sed -n 's/^open("\([^"]*\)", [A-Z_|]*O_PATH|O_DIRECTORY) .*/folder \1/p;
			s/^openat([0-9]*, "\.", O_RDWR|O_CLOEXEC|O_TMPFILE, 0600) .*/file/p
			s/^linkat(AT_FDCWD, "\/proc\/self\/fd\/[0-9]*", [0-9]*, "\([^"]*\)", AT_SYMLINK_FOLLOW) *= 0/name \1/p' "$T/calls" |
			tr '\n' ' ')" "folder $out file name x.ptrace "
	strace -o "$T/calls" -E LD_PRELOAD="$FAULTY_LIB" -E POOLTRACE_OUTPUT="$out/y.ptrace" -E POOLTRACE_FAULT=openat:1:EOPNOTSUPP \
		"$HELLO" >/dev/null 2>&1
	is "or_with_one_that_must_be_new" \
		"$(grep -c '^openat([0-9]*, "y.ptrace", O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600)' "$T/calls")" 1
else
	skip "a_trace_is_made_without_a_name_in_a_folder_looked_up_once" "no strace here, or it may not trace"
fi

if [ "$(id -u)" = 0 ]; then
	# Another user in a folder of everybody's
	note "fs.protected_symlinks = $(cat /proc/sys/fs/protected_symlinks)"
	mkdir -m 1777 "$T/sticky"
	mkdir -m 700 "$T/secret"
	mkdir -m 755 "$T/theirs"
	chown 65534 "$T/theirs"
	echo precious >"$T/precious"
	echo precious >"$T/theirs/x.ptrace"
	$NOBODY ln -s "$T/precious" "$T/sticky/x.ptrace"
	$NOBODY ln -s "$T/theirs" "$T/sticky/folder"
	$NOBODY mkfifo -m 666 "$T/sticky/fifo.ptrace"
	starts "a_link_of_another_user_in_tmp" POOLTRACE_OUTPUT="$T/sticky/x.ptrace"
	starts "a_fifo_of_another_user_in_tmp" POOLTRACE_OUTPUT="$T/sticky/fifo.ptrace"
	is "is_not_followed_or_opened" "$(cat "$T/precious") $(mine "$T/sticky")" "precious 2 0"
	starts "a_folder_that_is_a_link_of_another_user_in_tmp" POOLTRACE_OUTPUT="$T/sticky/folder/x.ptrace"
	is "gets_a_new_file_of_ours_or_none_as_the_kernel_is_told" "$(cat "$T/theirs/x.ptrace") $(mine "$T/theirs") $(
		find "$T/theirs" -name 'x.ptrace.*' -user 0 | wc -l)" \
		"$([ "$(cat /proc/sys/fs/protected_symlinks)" = 1 ] && echo "precious 0 0 0" || echo "precious 1 0 1")"
	$NOBODY cat "$T/sticky"/x.ptrace.* >/dev/null 2>&1
	is "nobody_else_can_read_a_trace" $? 1
else
	skip "a_link_of_another_user_in_tmp" "not root"
fi

# POOLTRACE_VERBOSE: descriptor 2 of a child may be a file of the program by then.
fresh
env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$out/%p.ptrace" POOLTRACE_VERBOSE=1 "$PLANT" reused "$T/data" >"$T/said" 2>"$T/err"
is "complaints_go_where_standard_error_was_at_the_start" "$? $(cat "$T/data") $(grep -c 'recording to' "$T/err")" "0 data 1"
done_testing
