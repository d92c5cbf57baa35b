#!/bin/sh
# SPDX-License-Identifier: MIT
#
# victims.sh BUILD [NAME...] [--repeat N] [--packages] - the real programs of real/, plain and traced, and a table.
#
# Each runs N times plain and N times traced (20 without --repeat), in turn; a difference is
# shown and kept in BUILD/victims. Exit status 1 if any did something else or lost an event.
# --packages prints the Debian packages that they need, and does nothing else.
set -u
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
repeat=20
names=
while [ $# -gt 0 ]; do
	case $1 in
	--repeat)
		repeat=${2:?a number of runs}
		shift
		;;
	--packages) want_packages=1 ;;
	-*)
		echo "victims: unknown option $1" >&2
		exit 2
		;;
	*) names="$names $1" ;;
	esac
	shift
done
[ -n "$names" ] || names=$(cd "$here/real" && ls ./*.sh | sed 's/^\.\///; s/\.sh$//')
for name in $names; do
	if [ ! -f "$here/real/$name.sh" ]; then
		echo "victims: no victim $name; there are: $(cd "$here/real" && ls ./*.sh | sed 's/^\.\///; s/\.sh$//' | tr '\n' ' ')" >&2
		exit 2
	fi
done
if [ -n "${want_packages:-}" ]; then
	for name in $names; do sed -n 's/^packages="\(.*\)"$/\1/p' "$here/real/$name.sh"; done | tr ' ' '\n' | sort -u
	exit
fi

export PT_BIN="$build/analyzer/pooltrace" PT_LIB="$build/preload/libpooltrace.so" PT_PROGS="$build/tests/preload"
PT_SRC=$(cd "$here/../.." && pwd)
VICTIMS_ROW=$build/victims/rows VICTIMS_KEEP=$build/victims
export PT_SRC VICTIMS_ROW VICTIMS_KEEP
mkdir -p "$build/victims"
: >"$VICTIMS_ROW"
failed=0
for name in $names; do
	echo "== $name"
	sh "$here/trial.sh" "$name" "$repeat" || failed=1
done
echo
awk -F '\t' '
function seconds(ms) { return sprintf("%.1f s", ms / 1000) }
BEGIN {
	print "| victim | runs | identical | events | traces | torn | lost | out of order | plain | traced |"
	print "|---|---|---|---|---|---|---|---|---|---|"
}
{ printf "| %s | %d | %d | %d | %d | %d | %d | %d | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7, $8, seconds($9), seconds($10) }
END { print "\nevents, traces, plain, traced: median of a run; torn, lost, out of order: sum of all runs" }' "$VICTIMS_ROW"
exit $failed
