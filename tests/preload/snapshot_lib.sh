# SPDX-License-Identifier: MIT
#
# For scripts on snapshots, after tap.sh: $PROGRAM traced, and what the header says of them.
# shellcheck shell=sh

# snapped [VARIABLE=VALUE...] -- ARGUMENT...: traced into $T/x.ptrace; $status, $T/out, $T/err
snapped()
{
	rm -f "$T/x.ptrace"
	variables=
	while [ "$1" != -- ]; do
		variables="$variables $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	timeout 150 env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/x.ptrace" $variables "$PROGRAM" "$@" >"$T/out" 2>"$T/err"
	# shellcheck disable=SC2034 # for the script
	status=$?
}

# header: "begun done lost-by-cause..." (docs/format.md)
header() { od -An -v -t u4 -j 3448 -N 32 "$T/x.ptrace" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }

# settled: waits for a snapshot that the program did not wait for
settled()
{
	n=0
	while [ $n -lt 100 ]; do
		header | awk '{ exit !($1 == $2 + $3 + $4 + $5 + $6 + $7 + $8) }' && return
		sleep 0.1
		n=$((n + 1))
	done
	return 1
}

said() { sed -n "s/^$1 //p" "$T/out" "$T/err"; }

