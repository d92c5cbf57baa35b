#!/bin/sh
# SPDX-License-Identifier: MIT
#
# storms.sh BUILD [NAME...] [--small] [--size N] - what takes minutes, at full size, and a table.
#
# Without a name all storms of this folder, one after the other. --small: as `./dev test` runs them; --size N: of N kills,
# forks, seconds, threads, calls a thread, nth calls, repeats. Exit status 1 if a promise was not kept.
set -u
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
known="kill exits faults handoff fork dlopen threads brief losses"
names=
unset STORM_SIZE STORM_SMALL
while [ $# -gt 0 ]; do
	case $1 in
	--small) export STORM_SMALL=1 ;;
	--size)
		export STORM_SIZE="${2:?a number}"
		shift
		;;
	*)
		case " $known " in
		*" $1 "*) names="$names $1" ;;
		*)
			echo "storms: no storm $1; there are: $known; --small, --size N" >&2
			exit 2
			;;
		esac
		;;
	esac
	shift
done

PT_SRC=$(cd "$here/../.." && pwd)
STORM_ROW=$build/storms
export PT_SRC STORM_ROW PT_BIN="$build/analyzer/pooltrace" PT_LIB="$build/preload/libpooltrace.so" PT_BUILD="$build" \
	PT_PROGS="$build/tests/preload" PT_STORM="$build/tests/storm"
: >"$STORM_ROW"
failed=0
for name in ${names:-$known}; do
	echo "== $name"
	sh "$here/$name.sh" || failed=1
done
echo
awk -F '\t' '
BEGIN {
	print "| storm | bar | size | what came out | seconds | promises |"
	print "|---|---|---|---|---|---|"
}
{ printf "| %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $7 ? "**" $7 " broken**, " $6 " kept" : $6 " kept" }' "$STORM_ROW"
exit $failed
