#!/bin/sh
# SPDX-License-Identifier: MIT
#
# No variable of ours makes a program that runs with more rights than its user do anything: as a rule ld.so does
# not load the library there, and where it does (in a chroot, installed as ld.so asks), the library does nothing.
# Then programs that give up rights, and folders of other users.
. "$PT_SRC/tests/lib/tap.sh"
PROBE=$PT_PROGS/privileged
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
	skip "a_privileged_program_is_not_recorded" "not root"
	done_testing
	exit
fi
NOBODY="setpriv --reuid 65534 --regid 65534 --clear-groups"
chmod 755 "$T"
root=$T/root
mkdir -p "$root/usr/lib" "$root/bin"
mkdir -m 1777 "$root/out" "$root/tmp"
dropped=
cleanup() { [ -z "$dropped" ] || kill "$dropped" 2>/dev/null; }

# All that the programs and the library need, where ld.so looks without being told
needs()
{
	ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p'
}
unwind=$(ldconfig -p | sed -n 's/^.*libunwind-x86_64.so.8 .* => //p' | head -n 1)
mkdir -p "$root/lib64" "$root/lib/x86_64-linux-gnu"
for file in $(needs "$PROBE") $(needs "$PT_LIB") $unwind $(needs "$unwind"); do
	case $file in
	*ld-linux*) cp -L "$file" "$root/lib64" ;;
	*/libpooltrace*) ;;
	*) cp -L "$file" "$root/lib/x86_64-linux-gnu" ;;
	esac
done
cp "$PT_LIB" "$root/usr/lib/libpooltrace.so"
cp "$PT_LIB" "$T/libpooltrace.so"
for name in plain setuid setgid capable; do
	cp "$PROBE" "$root/bin/$name"
done
chmod 4755 "$root/bin/setuid" "$root/usr/lib/libpooltrace.so" # ld.so(8): a library has to be setuid there
chown 0:1 "$root/bin/setgid"
chmod 2755 "$root/bin/setgid"
# Everything that a variable can ask for.
variables="POOLTRACE_OUTPUT=/out/%e.%p.%r.ptrace POOLTRACE_SNAPSHOT=exit,mark,signal=USR2,every=1ms,registers
	POOLTRACE_VERBOSE=1 POOLTRACE_VERIFY_STACKS=1 POOLTRACE_CHILDREN=1 POOLTRACE_SIZE_LIMIT=8M POOLTRACE_STACK_DEPTH=bad"

# in_root PROGRAM MODE LIBRARY: as nobody, in the chroot. $T/said, $T/err, $status
in_root()
{
	rm -rf "$root/out"/* "$root/tmp"/*
	touch "$T/before"
	# shellcheck disable=SC2086
	timeout 60 chroot --userspec=65534:65534 --groups= "$root" /usr/bin/env -i LD_PRELOAD="$3" $variables POOLTRACE_MODE="$2" \
		"/bin/$1" >"$T/said" 2>"$T/err"
	status=$?
}
mkdir -p "$root/usr/bin"
cp /usr/bin/env "$root/usr/bin/env"
for file in $(needs /usr/bin/env); do
	case $file in *ld-linux*) ;; *) cp -L "$file" "$root/lib/x86_64-linux-gnu" ;; esac
done

in_root plain full libpooltrace.so
is "what_follows_would_be_recorded_without_privileges" "$status $(head -n 1 "$T/said") $(grep -c '^recorder 1 unwinder 1$' "$T/err") $(
	[ "$(ls "$root/out"/*.ptrace | wc -l)" -ge 2 ] && echo traces) $(grep -c 'snapshot taken' "$T/err")" "0 secure 0 1 traces 2"
in_root setuid full /usr/lib/libpooltrace.so
sed 1d "$T/said" >"$T/untraced" # a path is ignored for it
is "a_library_named_by_its_path_is_not_loaded" "$status $(head -n 1 "$T/said") $(cat "$T/err")" "0 secure 1 recorder 0 unwinder 0"

if setcap cap_net_raw+ep "$root/bin/capable" 2>/dev/null; then capable=capable; else capable=; fi
for name in setuid setgid $capable; do
	for mode in full ring=1M counters sample=1K; do
		in_root $name $mode libpooltrace.so
		is "a_${name}_program_in_mode_${mode%%=*}_has_the_library_loaded" "$status $(head -n 1 "$T/said") $(cat "$T/err")" "0 secure 1 recorder 1 unwinder 0"
		ok "a_${name}_program_in_mode_${mode%%=*}_sees_nothing_of_it" sh -c "sed 1d '$T/said' | cmp - '$T/untraced'"
		is "a_${name}_program_in_mode_${mode%%=*}_writes_nothing" "$(find "$root" -newer "$T/before" -type f)" ""
	done
done
[ -n "$capable" ] || skip "a_capable_program_writes_nothing" "no file capabilities here"

# And as it is: a setuid program of the system, the library wherever it was built.
mkdir -m 1777 "$T/out"
cp "$PROBE" "$T/setuid"
chmod 4755 "$T/setuid"
# shellcheck disable=SC2086
$NOBODY env LD_PRELOAD="$T/libpooltrace.so" $variables POOLTRACE_OUTPUT="$T/out/%e.%p.%r.ptrace" "$T/setuid" >"$T/said" 2>"$T/err"
is "a_setuid_program_is_not_recorded" "$? $(head -n 1 "$T/said") $(grep -c '^recorder 0' "$T/err") $(ls "$T/out" | wc -l)" "0 secure 1 1 $(ls "$T/out" | grep -c '^env')"
ok "pooltrace_record_says_that_it_will_not_be" sh -c "$NOBODY '$PT_BIN' record -o '$T/out/x.ptrace' -- '$T/setuid' 2>&1 | grep -q setuid"

# A program that gives its rights up: the trace stays root's, and its children write as whom they are.
rm -rf "$T/out"
mkdir -m 755 "$T/out" "$T/sign"
for kind in private sticky; do
	rm -rf "$T/out" "$T/sign"/*
	mkdir "$T/out"
	[ $kind = private ] || chmod 1777 "$T/out"
	env LD_PRELOAD="$T/libpooltrace.so" POOLTRACE_OUTPUT="$T/out/%p.ptrace" POOLTRACE_SIZE_LIMIT=16M "$PROBE" drop 65534 "$T/sign" \
		>"$T/said" 2>"$T/err" &
	dropped=$!
	while [ ! -s "$T/out/$dropped.ptrace" ]; do sleep 0.05; done
	touch "$T/sign/ready"
	while ! grep -q dropped "$T/said"; do sleep 0.05; done
	is "${kind}_the_trace_stays_roots" "$(stat -c '%u %a' "$T/out/$dropped.ptrace")" "0 600"
	$NOBODY cat "$T/out/$dropped.ptrace" >/dev/null 2>&1
	is "${kind}_the_new_user_cannot_read_it" $? 1
	$NOBODY "$PT_BIN" control "$dropped" pause >"$T/out.control" 2>&1
	is "${kind}_and_cannot_control_it" "$? $(wc -l <"$T/out.control")" "2 1"
	is "${kind}_root_can" "$("$PT_BIN" control "$dropped" pause 2>&1 | sed 's/.*: //'; "$PT_BIN" control "$dropped" resume 2>&1 | sed 's/.*: //')" \
		"$(printf 'paused\nresumed')"
	rm "$T/sign/ready"
	wait $dropped
	is "${kind}_it_does_what_it_did" "$? $(tail -n 2 "$T/said" | tr '\n' ' ')" "0 child 0 dropped, child 0 "
	dropped=
	# First child: as root. Second: as nobody, who has no folder, or /tmp.
	is "${kind}_children_write_as_whom_they_are" "$(find "$T/out" -name '*.ptrace' -user 0 | wc -l) $(find "$T/out" -name '*.ptrace' -user 65534 | wc -l)" \
		"2 $([ $kind = private ] && echo 0 || echo 1)"
	bad=0
	for t in "$T/out"/*.ptrace; do whole "$t" || bad=$((bad + 1)); done
	is "${kind}_all_traces_are_whole" $bad 0
done

# Root, in a folder of another user
rm -rf "$T/out"
mkdir "$T/out"
chown 65534 "$T/out"
echo precious >"$T/precious"
$NOBODY ln -s "$T/precious" "$T/out/x.ptrace"
env LD_PRELOAD="$T/libpooltrace.so" POOLTRACE_OUTPUT="$T/out/x.ptrace" "$PT_PROGS/hello" >"$T/said" 2>&1
is "a_folder_of_another_user_gets_a_new_file_of_roots" "$? $(cat "$T/said" "$T/precious" | tr '\n' ' ')$(
	find "$T/out" -name 'x.ptrace.*' -user 0 -perm 600 | wc -l)" "0 hello precious 1"

# `pooltrace record` there: a trace that somebody plants is neither named nor cut.
chmod 1777 "$T/out"
rm -f "$T/out"/*
cp "$PROBE" "$T/probe"
env LD_PRELOAD="$T/libpooltrace.so" POOLTRACE_OUTPUT="$T/planted" POOLTRACE_SIZE_LIMIT=16M "$PT_PROGS/hello" >/dev/null
for whose in mine theirs; do # what is ours is cut, which shows that the other could have been
	rm -f "$T/out"/*
	cp --sparse=always "$T/planted" "$T/out/run.ptrace.planted"
	chmod 666 "$T/out/run.ptrace.planted"
	[ $whose = theirs ] || chown 65534 "$T/out/run.ptrace.planted"
	$NOBODY env "$PT_BIN" record -o "$T/out/run.ptrace" -- sh -c "'$PT_PROGS/plant' stamp '$T/out/run.ptrace.planted' \$\$" >"$T/said" 2>"$T/err"
	echo "$? $(grep -c planted "$T/err") $(stat -c %s "$T/out/run.ptrace.planted")" >"$T/$whose"
	note "$whose: $(cat "$T/err")"
done
is "a_trace_of_ones_own_is_told_of_and_cut" "$(cut -d ' ' -f 1 "$T/mine") $(($(cut -d ' ' -f 3 "$T/mine") < 16777216))" "0 1"
is "a_trace_of_somebody_else_is_not" "$(cat "$T/theirs")" "0 0 16777216"
done_testing
