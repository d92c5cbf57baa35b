VICTIMS_RECORDER=$(git -C "$PT_SRC" rev-parse --short HEAD 2>/dev/null || echo unknown)
git -C "$PT_SRC" diff --quiet HEAD -- preload format include 2>/dev/null || VICTIMS_RECORDER=$VICTIMS_RECORDER+#!/bin/sh
# SPDX-License-Identifier: MIT
#
# victims.sh BUILD [NAME...] [--repeat N] [--plain N] [--jobs N] [--packages] - the real programs of real/, plain and traced, and a table.
#
# Each runs N times plain and N times traced (20 without --repeat), in turn; a difference is
# shown and kept in BUILD/victims. Exit status 1 if any did something else or lost an event.
# --plain: no more than so many plain runs; each traced one is compared with the first of them, the others tell what is
# unsteady of its own. --jobs: so many victims at a time (1 without). The rows of the table are kept in BUILD/victims/table and written after each
# run, so an interrupted one leaves what it has; the table is that of all rows there are, of earlier calls as well.
# --packages prints the Debian packages that they need, and does nothing else.
set -u
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
repeat=20
jobs=1
names=
while [ $# -gt 0 ]; do
	case $1 in
	--repeat)
		repeat=${2:?a number of runs}
		shift
		;;
	--plain)
		export VICTIMS_PLAIN="${2:?a number of plain runs}"
		shift
		;;
	--jobs)
		jobs=${2:?a number of victims at a time}
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
known=$(cd "$here/real" && ls ./*.sh | sed 's/^\.\///; s/\.sh$//')
names=${names:-$known}
for name in $names; do
	if [ ! -f "$here/real/$name.sh" ]; then
		echo "victims: no victim $name; there are: $(echo "$known" | tr '\n' ' ')" >&2
		exit 2
	fi
done
if [ -n "${want_packages:-}" ]; then
	for name in $names; do sed -n 's/^packages="\(.*\)"$/\1/p' "$here/real/$name.sh"; done | tr ' ' '\n' | sort -u
	exit
fi

export PT_BIN="$build/analyzer/pooltrace" PT_LIB="$build/preload/libpooltrace.so" PT_PROGS="$build/tests/preload"
PT_SRC=$(cd "$here/../.." && pwd)
VICTIMS_ROWS=$build/victims/table VICTIMS_KEEP=$build/victims
# The commit that the recorder is of, with a + if something of it was changed since.
VICTIMS_RECORDER=$(git -C "$PT_SRC" rev-parse --short HEAD 2>/dev/null)
git -C "$PT_SRC" diff --quiet HEAD -- preload format include 2>/dev/null || VICTIMS_RECORDER=$VICTIMS_RECORDER+
export PT_SRC VICTIMS_ROWS VICTIMS_KEEP VICTIMS_RECORDER
mkdir -p "$VICTIMS_ROWS" "$build/victims/logs"
# shellcheck disable=SC2086,SC2016 # names have no blanks; the inner shell has its own variables
printf '%s\n' $names | xargs -P "$jobs" -I '{}' sh -c '
	sh "$0/trial.sh" "$1" "$2" >"$3/$1" 2>&1
	status=$?
	{ echo "== $1"; cat "$3/$1"; } | cat
	exit $status' "$here" '{}' "$repeat" "$build/victims/logs"
failed=$?
echo
sh "$here/table.sh" "$VICTIMS_ROWS"
[ $failed = 0 ]
