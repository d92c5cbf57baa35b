#!/bin/sh
# SPDX-License-Identifier: MIT
#
# turn.sh prepare | turn.sh WAY.NUMBER... - a step of a trial, in its folder $T: what is prepared once, or runs of
# real/$name.sh (WAY is plain or traced) and what came of them. A process of its own, so that something can stand
# before it that lets it run when the machine is free (VICTIMS_THROUGH, see trial.sh).
#
# Leaves $T/WAY/NUMBER.{out,err,status,ms,sums}, of a traced run also a line of what its traces are like in $T/judged.
set -u
settle() { :; }
worked() { echo "nobody knows"; }
limit_s=300
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/real/$name.sh"
# shellcheck source=/dev/null
. "$PT_SRC/tests/victims/differ.sh"
program=
note() { printf '%s\n' "$*" | sed 's/^/# /'; }

# inside STEP: prepare or work, in a process of its own that timeout can end. A shell ignores ^C
# for what it starts in the background: without that, tests of signals would fail.
inside()
{
	program=$program env --default-signal=INT,QUIT,HUP,PIPE timeout -k 10 "$limit_s" sh "$PT_SRC/tests/victims/once.sh" "$1" </dev/null
}

# once WAY
once()
{
	rm -rf "$T/here" "$T/traces" "$T/own_ms" "$T/whose"
	mkdir -m 1777 "$T/here" "$T/traces"
	program=
	[ "$1" = plain ] ||
		program="env LD_PRELOAD=$T/bin/libpooltrace.so POOLTRACE_OUTPUT=$T/traces/%e.%p.%r.ptrace"
	started_ns=$(date +%s%N)
	inside work >"$T/out" 2>"$T/err"
	echo $? >"$T/$1/$number.status"
	echo $((($(date +%s%N) - started_ns) / 1000000)) >"$T/$1/$number.ms"
	[ ! -f "$T/own_ms" ] || awk '{ sum += $1 } END { print sum }' "$T/own_ms" >"$T/$1/$number.ms"
	[ "$1$number" != plain1 ] || (cd "$T/here" && worked) >"$T/worked" 2>&1 || echo "it did not work" >>"$T/worked"
	(cd "$T/here" && settle) >"$T/settle.log" 2>&1 || echo "settle failed: $?" >>"$T/err"
	mv "$T/out" "$T/$1/$number.out"
	mv "$T/err" "$T/$1/$number.err"
	sums "$1/$number" >"$T/$1/$number.sums"
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

# judge: the traces of the run that just ended
judge()
{
	find "$T/traces" -name '*.ptrace' >"$T/list"
	: >"$T/infos"
	xargs -r -n 200 "$PT_BIN" info --json <"$T/list" 2>"$T/info.err" | jq -c '(if type == "array" then .[] else . end)
		| {trace, whole, live, events, torn_reason, lost: .lost_events, sandbox: ([.lost.sandbox[]] | add),
			wrong: (.anomalies.alloc_of_live + .anomalies.free_of_dead)}' >"$T/infos"
	unread=$(($(wc -l <"$T/list") - $(wc -l <"$T/infos")))
	[ $unread = 0 ] || note "run $number: $unread traces cannot be read: $(head -n 3 "$T/info.err")"
	jq -r 'select((.whole and .wrong == 0 and .lost == 0) | not) | .trace' "$T/infos" >"$T/odd"
	grep -Ff "$T/odd" "$T/infos" | head -n 5 | sed "s/^/# run $number: /"
	if [ -s "$T/odd" ] && [ -n "${VICTIMS_KEEP:-}" ]; then
		mkdir -p "$VICTIMS_KEEP/$name/odd.$number"
		[ ! -f "$T/whose" ] || cp "$T/whose" "$VICTIMS_KEEP/$name/odd.$number"
		head -n 20 "$T/odd" | xargs -d '\n' cp --sparse=always -t "$VICTIMS_KEEP/$name/odd.$number"
	fi
	jq -rs --argjson unread "$unread" '[length, (map(.events) | add // 0), (map(select(.whole | not)) | length) + $unread,
		(map(.lost - .sandbox) | add // 0), (map(.sandbox) | add // 0), (map(.wrong) | add // 0)] | @tsv' "$T/infos" >>"$T/judged"
}

# keep WAY: for people to look at
keep()
{
	[ -n "${VICTIMS_KEEP:-}" ] || return 0
	rm -rf "$VICTIMS_KEEP/$name/$1.$number"
	mkdir -p "$VICTIMS_KEEP/$name/$1.$number"
	cp -a "$T/$1/$number".* "$T/here" "$VICTIMS_KEEP/$name/$1.$number"
	[ "$1" = plain ] || cp -a --sparse=always "$T/traces" "$VICTIMS_KEEP/$name/$1.$number"
}

if [ "$1" = prepare ]; then
	inside prepare
	exit
fi
for run in "$@"; do
	number=${run#*.}
	once "${run%.*}"
	if [ "${run%.*}" = plain ]; then
		differing "$T/plain/1.sums" "$T/plain/$number.sums" >>"$T/left_out"
		[ "$number" -gt 2 ] || keep plain
	else
		judge
		[ -z "$(differing "$T/plain/1.sums" "$T/traced/$number.sums")" ] || keep traced
	fi
done
