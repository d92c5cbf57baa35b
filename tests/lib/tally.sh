#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tally.sh PROMISES BUILD... - count single promises over meson's logs.
#
# PROMISES holds TAP lines of what was tried outside meson. A TAP test counts each of its
# lines; a test that speaks only by its exit status counts once; a test that broke off
# (timeout, crash, too few lines) is one failure more. The last line is "N passed, N failed".
set -eu
promises=$1
shift

tap()
{
	awk '
	/# *[Ss][Kk][Ii][Pp]/ { print "skipped\t" $0; next }
	/^ok / { print "passed\t" $0; next }
	/^not ok / { print "failed\t" $0 }' "$@"
}

# One line "verdict<TAB>what" per promise of one build folder.
of_build()
{
	log=$1/meson-logs/testlog.json
	if [ ! -s "$log" ]; then
		printf 'failed\t%s: no test ran\n' "$1"
		return
	fi
	jq -r --arg build "$1" '
	def lines: (.stdout // "") | split("\n") | map(select(test("^(not )?ok( |$)")));
	.name as $name | .result as $result | lines as $tap
	| ($tap | map(
		if test("# *skip"; "i") then "skipped" elif test("^not ok") then "failed" else "passed" end
		+ "\t\($build): \($name): \(.)") | .[]),
	  (if $result == "SKIP" and ($tap | length) == 0 then "skipped\t\($build): \($name)"
	   elif ($result == "OK" or $result == "EXPECTEDFAIL" or $result == "SKIP") then
		if ($tap | length) == 0 then "passed\t\($build): \($name)" else empty end
	   elif ($tap | map(test("^not ok")) | any) then empty # counted above (cmocka: "not ok 3 # SKIP")
	   else "failed\t\($build): \($name): \($result)" end)' "$log"
}

all=$(mktemp)
trap 'rm -f "$all"' EXIT
tap "$promises" >>"$all"
for build in "$@"; do
	of_build "$build" >>"$all"
done
sed -n 's/^failed\t/FAILED  /p' "$all"
sed -n 's/^skipped\t/skipped /p' "$all"
awk -F '\t' '
{ count[$1]++ }
END {
	printf "%d passed, %d failed", count["passed"], count["failed"]
	if (count["skipped"])
		printf ", %d skipped", count["skipped"]
	printf "\n"
	exit count["failed"] > 0 || count["passed"] == 0
}' "$all"
