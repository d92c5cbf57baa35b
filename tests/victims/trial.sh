#!/bin/sh
# SPDX-License-Identifier: MIT
#
# trial.sh NAME RUNS - a real program of real/NAME.sh, RUNS times plain and RUNS times traced.
#
# Two plain runs come first: what differs between them (a file, stdout, stderr) is not compared
# and is named; what the victim's file says under "Left out:" was seen to differ and is made the
# same by its settle(). All runs happen in the same folder, one after the other, plain and
# traced in turn. What is left must be the same to the byte in each traced run, and the status.
# TAP on stdout. With
#	VICTIMS_ROWS=DIR	its row of the table (table.sh) is in DIR/NAME, written anew after each traced run
#	VICTIMS_PLAIN=N		no more plain runs than that, 2 at least; RUNS without
#	VICTIMS_KEEP=DIR	the first two plain runs and those that differ stay there, and traces that are torn, lost something or
#			are out of order (NAME/odd.N; of which part of the work, if it says so in $T/whose)
#	VICTIMS_THROUGH=COMMAND	stands before each plain run with the traced one after it: `flock FILE`, say
#	VICTIMS_TURN=N		N such pairs are one turn; 1 without
#
# real/NAME.sh defines
#	packages	Debian's packages that it needs, on one line
#	limit_s		a run that takes longer is killed and counts as different
#	plain_runs	optional: no more plain runs than that, where they take long
#	most_runs	optional: no more traced ones
#	own_turns	optional: 1 if work() and prepare() put VICTIMS_THROUGH before each of their steps themselves; they
#			leave the milliseconds of each in $T/own_ms
#	prepare()	optional, once, in $T/input
#	work()		one run, in the empty folder $T/here; `$program` in front of a command means
#			that it is to be recorded. Its stdout and stderr are compared.
#	worked()	after the first run, as settle(): did it really do the work? Says nothing if so.
#	settle()	optional, after it, in $T/here, with what was printed in ../out and ../err
#	leave_torn	optional: 1 where processes are killed in the middle
#	leave_sandboxed	optional: 1 where processes confine themselves, and events are lost by that
# Nothing in $T is private: servers that refuse to be root run as somebody else.
. "$PT_SRC/tests/lib/tap.sh"
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/differ.sh"

name=$1
runs=$2
packages='' leave_torn=0 leave_sandboxed=0 plain_runs=${VICTIMS_PLAIN:-$runs} most_runs=$runs own_turns=0
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/real/$name.sh"
[ "$runs" -le "$most_runs" ] || runs=$most_runs
[ "$plain_runs" != 1 ] || [ "$most_runs" = 1 ] || plain_runs=2

export T name

chmod 755 "$T"
mkdir "$T/input" "$T/plain" "$T/traced" "$T/bin"
cp "$PT_LIB" "$T/bin/libpooltrace.so" # the build's own folder may be nobody else's to read
chmod -R a+rX "$T/bin"
: >"$T/left_out"
: >"$T/judged"
: >"$T/worked"
turn()
{
	set -- sh "$PT_SRC/tests/victims/turn.sh" "$@"
	[ $own_turns = 1 ] || set -- ${VICTIMS_THROUGH:-} "$@"
	"$@"
}

median() { sort -n "$@" | awk '{ a[NR] = $1 } END { print NR ? a[int((NR + 1) / 2)] : 0 }'; }
sum_of() { awk -v column="$1" '{ sum += $column } END { print sum + 0 }' "$T/judged"; }

# What a plain run shows to be unsteady counts for all traced runs, also those before it.
count_identical()
{
	identical=0
	for i in $(seq "$traced"); do
		differing "$T/plain/1.sums" "$T/traced/$i.sums" >"$T/difference.$i"
		[ ! -s "$T/plain/1.sums" ] || [ ! -s "$T/traced/$i.sums" ] || [ -s "$T/difference.$i" ] || identical=$((identical + 1))
	done
}

tell_row()
{
	[ -n "${VICTIMS_ROWS:-}" ] || return 0
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$(date -u +%F' '%H:%M)" "${VICTIMS_RECORDER:-}" "$plained" \
		"$traced" "$runs" "$identical" "$(cut -f 2 "$T/judged" | median)" "$(cut -f 1 "$T/judged" | median)" "$(sum_of 3)" \
		"$(($(sum_of 4) + $(sum_of 5)))" "$(sum_of 6)" "$(median "$T/plain"/*.ms)" "$(median "$T/traced"/*.ms)" >"$T/row"
	cp "$T/row" "$VICTIMS_ROWS/$name"
}

tell_differences()
{
	for i in $(seq "$runs"); do
		[ -s "$T/difference.$i" ] || continue
		note "traced run $i differs in: $(head -n 10 "$T/difference.$i" | tr '\n' ' ')"
		for what in out err status; do
			! grep -qx $what "$T/difference.$i" ||
				diff "$T/plain/1.$what" "$T/traced/$i.$what" | head -n 15 | sed 's/^/#   /'
		done
	done
	[ ! -s "$T/left_out" ] || note "not the same in two plain runs, so not compared: $(sort -u "$T/left_out" | tr '\n' ' ')"
	sed -n 's/^# Left out: /left out: /p' "$PT_SRC/tests/victims/real/$name.sh" | sed 's/^/# /'
	compared=$(awk -F '\t' '$2 ~ /^f / { n++ } END { print n + 0 }' "$T/plain/1.sums")
	note "compared: status, stdout ($(wc -c <"$T/plain/1.out") bytes), stderr ($(wc -c <"$T/plain/1.err") bytes), $compared files"
}

if ! turn prepare >"$T/prepare.log" 2>&1; then
	fail "${name}_can_be_prepared"
	note "$(tail -n 20 "$T/prepare.log")"
	done_testing
	exit 1
fi
plained=0 traced=0 waiting=
while [ $traced -lt "$runs" ]; do
	traced=$((traced + 1))
	if [ $traced = 1 ]; then
		turn plain.1
		[ "$plain_runs" = 1 ] || turn plain.2
		plained=$((plain_runs > 1 ? 2 : 1))
		turn traced.1
	else
		if [ $traced -gt "$plained" ] && [ $traced -le "$plain_runs" ]; then
			plained=$traced
			waiting="$waiting plain.$traced"
		fi
		waiting="$waiting traced.$traced"
		[ $((traced % ${VICTIMS_TURN:-1})) = 0 ] || [ $traced = "$runs" ] || continue
		# shellcheck disable=SC2086 # a list
		turn $waiting
		waiting=
	fi
	count_identical
	tell_row
done
tell_differences

is "${name}_ends_as_it_should" "$(sort -u "$T/plain"/*.status | tr '\n' ' ')" "0 "
is "${name}_really_worked" "$(cat "$T/worked")" ""
is "${name}_says_the_same_in_each_plain_run" "$(grep -x 'out\|status' "$T/left_out")" ""
is "${name}_does_the_same_traced" "$identical of $runs" "$runs of $runs"
[ $leave_torn = 1 ] || is "${name}_leaves_whole_traces" "$(sum_of 3) torn" "0 torn"
is "${name}_loses_no_event" "$(sum_of 4)" 0
[ $leave_sandboxed = 1 ] || is "${name}_loses_no_event_to_a_sandbox" "$(sum_of 5)" 0
is "${name}_has_no_block_allocated_live_or_freed_dead" "$(sum_of 6)" 0
is "${name}_was_judged_each_time" "$(wc -l <"$T/judged")" "$runs"
within "${name}_leaves_traces_each_time" "$(awk '$1 == 0' "$T/judged" | wc -l)" 0 0
done_testing
