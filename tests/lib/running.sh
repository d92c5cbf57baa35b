# SPDX-License-Identifier: MIT
#
# running.sh - to be sourced after tap.sh: a traced program that runs on while it is watched and controlled.

# runs_on DIR [NAME=VALUE]... COMMAND...: in the background until it is killed, at the latest when the test ends. $victim is
# its process; $trace, in DIR, is the one trace, which is there when this returns.
runs_on()
{
	runs_on_dir=$1
	shift
	mkdir -p "$runs_on_dir"
	env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$runs_on_dir/%e.%p.ptrace" "$@" >/dev/null &
	victim=$!
	i=0
	while [ -z "$(the_trace "$runs_on_dir")" ] && [ $i -lt 100 ]; do
		sleep 0.05
		i=$((i + 1))
	done
	sleep 0.2 # for a few events
	trace=$(the_trace "$runs_on_dir")
}
victim=
cleanup() { [ -z "$victim" ] || kill "$victim" 2>/dev/null; }

# ends: $victim
ends()
{
	kill "$victim"
	wait "$victim" 2>/dev/null
}

# asks WHAT: of $victim, by pooltrace control: exit status, and what it printed without the path
asks() { "$PT_BIN" control "$victim" "$1" >"$T/out" 2>"$T/err"; echo "$? $(sed 's/.*: //' "$T/out")"; }
