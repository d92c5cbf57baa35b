#!/bin/sh
# SPDX-License-Identifier: MIT
#
# storm.sh BUILD [NAME...] [--full] - what takes minutes: kill, fork, dlopen, threads, handoff, faults.
# Without a name all of them; without --full each is cut short. The last line is "N passed, N failed".
set -eu
build=$1
shift
names='' STORM_FULL=0
for word in "$@"; do
	case $word in
	--full) STORM_FULL=1 ;;
	kill | fork | dlopen | threads | handoff | faults) names="$names $word" ;;
	*)
		echo "storm: no such storm: $word (kill, fork, dlopen, threads, handoff, faults; --full)" >&2
		exit 2
		;;
	esac
done
export STORM_FULL PT_BIN="$build/analyzer/pooltrace" PT_LIB="$build/preload/libpooltrace.so" PT_BUILD="$build" \
	PT_PROGS="$build/tests/preload" PT_STORM="$build/tests/storm"
PT_SRC=$(cd "$(dirname "$0")/../.." && pwd)
export PT_SRC
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for name in ${names:-kill fork dlopen threads handoff faults}; do
	echo "# $name"
	sh "$PT_SRC/tests/storm/$name.sh" | tee -a "$lines" || :
done
passed=$(grep -c '^ok ' "$lines" || :) failed=$(grep -c '^not ok ' "$lines" || :)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
