# SPDX-License-Identifier: MIT
#
# tap.sh - to be sourced by a test driver: TAP on stdout, one line a promise.
#
# The build gives PT_BIN (pooltrace), PT_LIB (libpooltrace.so), PT_PROGS (folder of the test
# programs) and PT_SRC (top of the source tree). The names do not begin with POOLTRACE_, so the recorder never
# looks at them. LD_PRELOAD is set on traced programs only, never here.
set -u

: "${PT_BIN:?}" "${PT_LIB:?}" "${PT_PROGS:?}" "${PT_SRC:?}"
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin # Debian's own programs
unset LD_PRELOAD POOLTRACE_OUTPUT POOLTRACE_STACK_DEPTH POOLTRACE_CHILDREN POOLTRACE_VERBOSE \
	POOLTRACE_SIZE_LIMIT DEBUGINFOD_URLS
tap_nr=0
tap_failed=0
T=$(mktemp -d "${TMPDIR:-/tmp}/pooltrace-test.XXXXXX")
cleanup() { :; } # a driver may redefine it
trap 'cleanup; rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

pass()
{
	tap_nr=$((tap_nr + 1))
	echo "ok $tap_nr - $1"
}

fail()
{
	tap_nr=$((tap_nr + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_nr - $1"
}

skip()
{
	tap_nr=$((tap_nr + 1))
	echo "ok $tap_nr - $1 # SKIP $2"
}

# ok PROMISE COMMAND...: kept if the command succeeds; what it prints is shown if not.
ok()
{
	ok_promise=$1
	shift
	if "$@" >"$T/.ok" 2>&1; then
		pass "$ok_promise"
	else
		fail "$ok_promise"
		note "failed: $*"
		head -n 20 "$T/.ok" | sed 's/^/#   /'
	fi
}

# is PROMISE GOT WANT
is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		note "got:  $2"
		note "want: $3"
	fi
}

# within PROMISE GOT LOW HIGH: integers, bounds included
within()
{
	if [ "$2" -ge "$3" ] 2>/dev/null && [ "$2" -le "$4" ] 2>/dev/null; then
		pass "$1"
	else
		fail "$1"
		note "got $2, want $3..$4"
	fi
}

done_testing()
{
	echo "1..$tap_nr"
	[ "$tap_failed" = 0 ]
}

# traced DIR COMMAND...: run it with the recorder; its traces land in DIR, one file a process.
traced()
{
	traced_dir=$1
	shift
	mkdir -p "$traced_dir"
	env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$traced_dir/%e.%p.%r.ptrace" "$@"
}

# counted FILE COMMAND...: run it with the counting shim alone; FILE gets the sums (see counts).
counted()
{
	counted_file=$1
	shift
	env LD_PRELOAD="$PT_PROGS/libcounting_shim.so" COUNTING_SHIM_FILE="$counted_file" "$@"
}

# counts FILE: "allocations frees" that the shim saw, over all processes
counts() { od -An -v -t u8 -w16 -N16 "$1" | awk '{ print $1, $2 }'; }

# The one trace in a folder, or nothing.
the_trace()
{
	set -- "$1"/*.ptrace
	[ $# = 1 ] && [ -f "$1" ] && echo "$1"
}

report() { "$PT_BIN" report --json "$@"; }
info() { "$PT_BIN" info --json "$@"; }

# totals TRACE...: "allocations frees lost_events"
totals()
{
	report "$@" | jq -r '.totals | "\(.allocations) \(.frees) \(.lost_events)"'
}

# holds FILE EXPRESSION: of the JSON in FILE; an empty FILE holds nothing (jq -e would be content)
holds()
{
	[ "$(jq "$2" "$1")" = true ]
}

# whole TRACE: info calls it whole and nothing is lost
whole()
{
	info "$1" >"$T/.whole"
	holds "$T/.whole" '.whole == true and .lost_events == 0'
}
