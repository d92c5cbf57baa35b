#!/bin/sh
# SPDX-License-Identifier: MIT
#
# trial.sh NAME RUNS - a real program of real/NAME.sh, RUNS times plain and RUNS times traced.
#
# Two plain runs come first: what differs between them (a file, stdout, stderr) is not compared
# and is named; what the victim's file says under "Left out:" was seen to differ and is made the
# same by its settle(). All runs happen in the same folder, one after the other, plain and
# traced in turn. What is left must be the same to the byte in each traced run, and the status.
# TAP on stdout; with VICTIMS_ROW=FILE a line of the table too (see table.sh); with
# VICTIMS_KEEP=DIR the first two plain runs and those that differ stay there.
#
# real/NAME.sh defines
#	packages	Debian's packages that it needs, on one line
#	limit_s		a run that takes longer is killed and counts as different
#	prepare()	optional, once, in $T/input
#	work()		one run, in the empty folder $T/here; `$program` in front of a command means
#			that it is to be recorded. Its stdout and stderr are compared.
#	worked()	after the first run, as settle(): did it really do the work? Says nothing if so.
#	settle()	optional, after it, in $T/here, with what was printed in ../out and ../err
#	leave_torn	optional: 1 where processes are killed in the middle
#	leave_sandboxed	optional: 1 where processes confine themselves, and events are lost by that
# Nothing in $T is private: servers that refuse to be root run as somebody else.
. "$PT_SRC/tests/lib/tap.sh"

name=$1
runs=$2
here=$PT_SRC/tests/victims
packages='' limit_s=300 leave_torn=0 leave_sandboxed=0
settle() { :; }
worked() { echo "nobody knows"; }
# shellcheck source=/dev/null
. "$here/real/$name.sh"

export T name

chmod 755 "$T"
mkdir "$T/input" "$T/plain" "$T/traced" "$T/bin"
cp "$PT_LIB" "$T/bin/libpooltrace.so" # the build's own folder may be nobody else's to read
program=
chmod -R a+rX "$T/bin"
# inside STEP: prepare or work, in a process of its own that timeout can end. A shell ignores ^C
# for what it starts in the background: without that, tests of signals would fail.
inside()
{
	program=$program env --default-signal=INT,QUIT,HUP,PIPE timeout -k 10 "$limit_s" sh "$here/once.sh" "$1" </dev/null
}
if ! inside prepare >"$T/prepare.log" 2>&1; then
	fail "${name}_can_be_prepared"
	note "$(tail -n 20 "$T/prepare.log")"
	done_testing
	exit 1
fi

# once WAY NUMBER: leaves $T/WAY/NUMBER.{out,err,status,ms,sums}
once()
{
	rm -rf "$T/here" "$T/traces"
	mkdir -m 1777 "$T/here" "$T/traces"
	program=
	[ "$1" = plain ] ||
		program="env LD_PRELOAD=$T/bin/libpooltrace.so POOLTRACE_OUTPUT=$T/traces/%e.%p.%r.ptrace"
	started_ns=$(date +%s%N)
	inside work >"$T/out" 2>"$T/err"
	echo $? >"$T/$1/$2.status"
	echo $((($(date +%s%N) - started_ns) / 1000000)) >"$T/$1/$2.ms"
	[ "$1$2" != plain1 ] || (cd "$T/here" && worked) >"$T/worked" 2>&1 || echo "it did not work" >>"$T/worked"
	(cd "$T/here" && settle) >"$T/settle.log" 2>&1 || echo "settle failed: $?" >>"$T/err"
	mv "$T/out" "$T/$1/$2.out"
	mv "$T/err" "$T/$1/$2.err"
	sums "$1/$2" >"$T/$1/$2.sums"
}

# "KEY<TAB>VALUE" for all that a run leaves
sums()
(
	for what in status out err; do
		printf '%s\t%s\n' "$what" "$(cksum <"$T/$1.$what")"
	done
	cd "$T/here" || exit 1
	find . -printf '%p (kind, mode, link)\t%y %m %l\n'
	find . -type f -exec sha256sum {} + | sed 's/\([^ ]*\) [ *]\(.*\)/\2\t\1/'
)

# differ FILE FILE: the keys that differ or that only one has, but those of $T/left_out
differ()
{
	awk -F '\t' -v left_out="$T/left_out" '
	BEGIN { while ((getline line <left_out) > 0) skip[line] = 1 }
	FNR == NR { value[$1] = $2; next }
	!($1 in value) || value[$1] != $2 { print $1 }
	{ seen[$1] = 1 }
	END { for (key in value) if (!(key in seen)) print key }' "$1" "$2" | sort |
		awk -v left_out="$T/left_out" '
		BEGIN { while ((getline line <left_out) > 0) skip[line] = 1 }
		!($0 in skip)'
}

# keep WAY NUMBER: for people to look at
keep()
{
	[ -n "${VICTIMS_KEEP:-}" ] || return 0
	rm -rf "$VICTIMS_KEEP/$name/$1.$2"
	mkdir -p "$VICTIMS_KEEP/$name/$1.$2"
	cp -a "$T/$1/$2".* "$T/here" "$VICTIMS_KEEP/$name/$1.$2"
	[ "$1" = plain ] || cp -a --sparse=always "$T/traces" "$VICTIMS_KEEP/$name/$1.$2"
}

median() { sort -n "$@" | awk '{ a[NR] = $1 } END { print NR ? a[int((NR + 1) / 2)] : 0 }'; }

# judge NUMBER: the traces of the run that just ended
judge()
{
	find "$T/traces" -name '*.ptrace' >"$T/list"
	: >"$T/infos"
	xargs -r -n 200 "$PT_BIN" info --json <"$T/list" 2>"$T/info.err" | jq -c '(if type == "array" then .[] else . end)
		| {trace, whole, live, events, torn_reason, lost: .lost_events, sandbox: ([.lost.sandbox[]] | add),
			wrong: (.anomalies.alloc_of_live + .anomalies.free_of_dead)}' >"$T/infos"
	unread=$(($(wc -l <"$T/list") - $(wc -l <"$T/infos")))
	[ $unread = 0 ] || note "run $1: $unread traces cannot be read: $(head -n 3 "$T/info.err")"
	jq -r 'select((.whole and .wrong == 0 and .lost == 0) | not) | tostring' "$T/infos" | head -n 5 |
		sed "s/^/# run $1: /"
	jq -rs --argjson unread "$unread" '[length, (map(.events) | add // 0), (map(select(.whole | not)) | length) + $unread,
		(map(.lost - .sandbox) | add // 0), (map(.sandbox) | add // 0), (map(.wrong) | add // 0)] | @tsv' "$T/infos" >>"$T/judged"
}
sum_of() { awk -v column="$1" '{ sum += $column } END { print sum + 0 }' "$T/judged"; }

: >"$T/left_out"
: >"$T/judged"
once plain 1
keep plain 1
once plain 2
keep plain 2
differ "$T/plain/1.sums" "$T/plain/2.sums" >"$T/differs"
identical=0
i=0
while [ $i -lt "$runs" ]; do
	i=$((i + 1))
	if [ $i -gt 2 ]; then
		once plain $i
		differ "$T/plain/1.sums" "$T/plain/$i.sums" >>"$T/differs"
	fi
	sort -u "$T/differs" >"$T/left_out"
	once traced $i
	judge $i
	differ "$T/plain/1.sums" "$T/traced/$i.sums" >"$T/difference.$i"
	[ ! -s "$T/difference.$i" ] || keep traced $i
done
# What a later plain run showed to be unsteady counts for the earlier ones as well.
sort -u "$T/differs" >"$T/left_out"
for i in $(seq "$runs"); do
	differ "$T/plain/1.sums" "$T/traced/$i.sums" >"$T/difference"
	if [ ! -s "$T/difference" ]; then
		identical=$((identical + 1))
		continue
	fi
	note "traced run $i differs in: $(head -n 10 "$T/difference" | tr '\n' ' ')"
	for what in out err status; do
		! grep -qx $what "$T/difference" ||
			diff "$T/plain/1.$what" "$T/traced/$i.$what" | head -n 15 | sed 's/^/#   /'
	done
done
[ ! -s "$T/left_out" ] || note "not the same in two plain runs, so not compared: $(tr '\n' ' ' <"$T/left_out")"
sed -n 's/^# Left out: /left out: /p' "$here/real/$name.sh" | sed 's/^/# /'
compared=$(awk -F '\t' '$2 ~ /^f / { n++ } END { print n + 0 }' "$T/plain/1.sums")
note "compared: status, stdout ($(wc -c <"$T/plain/1.out") bytes), stderr ($(wc -c <"$T/plain/1.err") bytes), $compared files"

is "${name}_ends_as_it_should" "$(sort -u "$T/plain"/*.status | tr '\n' ' ')" "0 "
is "${name}_really_worked" "$(cat "$T/worked")" ""
is "${name}_says_the_same_in_each_plain_run" "$(grep -x 'out\|status' "$T/left_out")" ""
is "${name}_does_the_same_traced" "$identical of $runs" "$runs of $runs"
[ $leave_torn = 1 ] || is "${name}_leaves_whole_traces" "$(sum_of 3) torn" "0 torn"
is "${name}_loses_no_event" "$(sum_of 4)" 0
[ $leave_sandboxed = 1 ] || is "${name}_loses_no_event_to_a_sandbox" "$(sum_of 5)" 0
is "${name}_has_no_block_allocated_live_or_freed_dead" "$(sum_of 6)" 0
within "${name}_leaves_traces_each_time" "$(awk '$1 == 0' "$T/judged" | wc -l)" 0 0
[ -z "${VICTIMS_ROW:-}" ] || printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$runs" "$identical" \
	"$(cut -f 2 "$T/judged" | median)" "$(cut -f 1 "$T/judged" | median)" "$(sum_of 3)" "$(($(sum_of 4) + $(sum_of 5)))" \
	"$(sum_of 6)" "$(median "$T/plain"/*.ms)" "$(median "$T/traced"/*.ms)" >>"$VICTIMS_ROW"
done_testing
