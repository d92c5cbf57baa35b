#!/bin/sh
# SPDX-License-Identifier: MIT
#
# pooltrace control and snapshot write into the trace that the process has mapped to be written to, and into no
# other file, whatever lies about and whoever says what.
. "$PT_SRC/tests/lib/tap.sh"
PLANT=$PT_PROGS/plant
mkdir "$T/run" "$T/else"
chmod 755 "$T"
claimant= victim=
cleanup() { kill $claimant $victim 2>/dev/null; }

env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/model.ptrace" POOLTRACE_SIZE_LIMIT=1M "$PT_PROGS/hello" >/dev/null
# claims OPTION...: $claimant has $T/claimed.ptrace mapped
claims()
{
	[ -z "$claimant" ] || { kill "$claimant"; wait "$claimant"; } 2>/dev/null
	cp --sparse=always "$T/model.ptrace" "$T/claimed.ptrace"
	rm -f "$T/claiming"
	"$PLANT" claim "$T/claimed.ptrace" "$@" >"$T/claiming" &
	claimant=$!
	while ! grep -qs ready "$T/claiming"; do sleep 0.02; done
}
# asks PID ARGUMENT...: status, lines on stdout and stderr
asks()
{
	asks_pid=$1
	shift
	timeout 20 "$PT_BIN" "$@" >"$T/out" 2>"$T/err"
	echo "$? $(wc -l <"$T/out") $(wc -l <"$T/err")"
}
words() { cksum <"$1"; }

# A file that claims the pid, and that the process only reads: it may be anybody's.
claims r
before=$(words "$T/claimed.ptrace")
is "a_file_that_claims_the_pid_and_is_only_read_is_refused" "$(asks "$claimant" control --wait=1 "$claimant" pause) $(grep -c 'writes no trace' "$T/err")" "2 0 1 1"
is "a_snapshot_is_not_asked_of_it_either" "$(asks "$claimant" snapshot --wait=1 "$claimant")" "2 0 1"
is "and_it_is_as_it_was" "$(words "$T/claimed.ptrace")" "$before"
# One that it writes to is its own affair, as is what it does then.
claims rw
is "a_process_that_does_not_answer_is_waited_for" "$(asks "$claimant" control --wait=1 "$claimant" pause) $(grep -c 'has not allocated' "$T/err")" "2 0 1 1"
claims rw cut
is "a_trace_that_is_cut_meanwhile_is_an_error" "$(asks "$claimant" control --wait=5 "$claimant" pause) $(grep -c 'was cut' "$T/err")" "2 0 1 1"
claims rw cut
is "a_snapshot_in_one_too" "$(asks "$claimant" snapshot --wait=5 "$claimant") $(grep -c 'was cut' "$T/err")" "2 0 1 1"
# In its place another file, which says the same
claims rw
mv "$T/claimed.ptrace" "$T/else/claimed.ptrace"
cp --sparse=always "$T/else/claimed.ptrace" "$T/claimed.ptrace"
before=$(words "$T/claimed.ptrace")
is "another_file_at_its_name_is_refused" "$(asks "$claimant" control --wait=1 "$claimant" pause)" "2 0 1"
is "and_it_too_is_as_it_was" "$(words "$T/claimed.ptrace")" "$before"
kill "$claimant"
wait "$claimant" 2>/dev/null
claimant=

# A real one, whose file is moved about.
env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/run/x.ptrace" POOLTRACE_SIZE_LIMIT=64M "$PT_PROGS/count_truth" 1 200000000 >/dev/null &
victim=$!
while [ ! -e "$T/run/x.ptrace" ]; do sleep 0.02; done
is "a_recorded_process_is_paused" "$(asks "$victim" control "$victim" pause)" "0 1 0"
mv "$T/run/x.ptrace" "$T/run/moved.ptrace"
is "under_another_name_in_the_folder_too" "$(asks "$victim" control "$victim" resume) $(grep -c moved.ptrace "$T/out")" "0 1 0 1"
cp --sparse=always "$T/model.ptrace" "$T/else/target"
for thing in link_to_a_trace link_to_the_trace fifo null_device folder; do
	rm -rf "$T/run/x.ptrace"
	case $thing in
	link_to_a_trace) ln -s "$T/else/target" "$T/run/x.ptrace" ;;
	link_to_the_trace) ln -s "$T/run/moved.ptrace" "$T/run/x.ptrace" ;;
	fifo) mkfifo "$T/run/x.ptrace" ;;
	null_device) mknod "$T/run/x.ptrace" c 1 3 2>/dev/null ;;
	folder) mkdir "$T/run/x.ptrace" ;;
	esac
	before=$(words "$T/else/target")
	is "with_a_${thing}_at_its_old_name_it_is_still_the_one" \
		"$(asks "$victim" control "$victim" pause) $(grep -c moved.ptrace "$T/out") $(words "$T/else/target")" "0 1 0 1 $before"
done
rm -rf "$T/run/x.ptrace"
mv "$T/run/moved.ptrace" "$T/else"
is "one_that_is_elsewhere_is_not_found" "$(asks "$victim" control "$victim" pause)" "2 0 1"
ln -s "$T/else" "$T/run/else"
ln -s "$T/else/moved.ptrace" "$T/run/x.ptrace"
is "not_through_a_link_either" "$(asks "$victim" control "$victim" pause)" "2 0 1"
mv "$T/else/moved.ptrace" "$T/run"
escape=$(printf '\033[31m\n')
mv "$T/run/moved.ptrace" "$T/run/evil$escape"
is "a_name_that_is_a_command_to_the_terminal_is_said_without" "$(asks "$victim" control "$victim" resume) $(tr -d '\n\40-\176' <"$T/out" | wc -c)" "0 1 0 0"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	is "another_user_may_not" "$(asks "$victim" control 1 pause >/dev/null
		setpriv --reuid 65534 --regid 65534 --clear-groups "$PT_BIN" control "$victim" pause >"$T/out" 2>"$T/err"
		echo "$? $(wc -l <"$T/out") $(wc -l <"$T/err")")" "2 0 1"
	chmod 000 "$T/run/evil$escape"
fi
kill "$victim"
wait "$victim" 2>/dev/null
for pid in 0 -1 1x '' 99999999999999999999 $((1 << 22)) 1; do
	is "pid_'$pid'_is_an_error" "$(asks "$pid" control -- "$pid" pause)" "2 0 1"
done
done_testing
