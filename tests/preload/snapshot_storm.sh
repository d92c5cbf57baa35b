#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Snapshots asked for in every way at once, in a program that forks, starts programs, loads code, cancels threads
# and jumps out of handlers: no hang, no loss, nothing that the program could notice.
. "$PT_SRC/tests/lib/tap.sh"
unset POOLTRACE_SNAPSHOT
PROGRAM=$PT_PROGS/snapshot_storm
. "$PT_SRC/tests/preload/snapshot_lib.sh"
PLUGIN=$PT_PROGS/libplugin.so

# A reader that asks as long as the program runs.
ask()
{
	while :; do
		sleep 0.1
		"$PT_BIN" snapshot --wait 1 "$(pgrep -n -f "^$PROGRAM 3")" >/dev/null 2>&1
	done
}

"$PROGRAM" 1 "$PLUGIN" >"$T/plain" 2>/dev/null
for how in each registers; do
	rm -f "$T"/x.ptrace*
	ask &
	asker=$!
	snapped "POOLTRACE_SNAPSHOT=signal=USR2,mark,every=7ms,exit$([ $how = registers ] && echo ,registers)" -- 3 "$PLUGIN"
	kill $asker
	wait $asker 2>/dev/null
	is "${how}_ends" "$status" 0
	ok "${how}_comes_as_far_as_untraced" diff "$T/plain" "$T/out"
	ok "${how}_is_settled" settled
	within "${how}_has_many_snapshots" "$(header | cut -d " " -f 2)" 20 100000
	is "${how}_loses_none_but_for_others_being_written" "$(header | awk '{ print $3 + $4 + $5 + $7 + $8, $1 == $2 + $6 }')" "0 1"
	is "${how}_is_whole_and_loses_no_event" "$("$PT_BIN" info --json "$T/x.ptrace" |
		jq -c '[.whole, .lost_events, .snapshots.begun == .snapshots.whole + .snapshots.lost.busy]')" "[true,0,true]"
	ok "${how}_can_be_analysed" "$PT_BIN" graph -o "$T/text" "$T/x.ptrace"
done
done_testing
