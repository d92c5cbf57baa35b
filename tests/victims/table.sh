#!/bin/sh
# SPDX-License-Identifier: MIT
#
# table.sh DIR - the table of the rows in DIR, one file a victim: what was run last of each, whenever that was.
cat "$1"/* 2>/dev/null | awk -F '\t' '
function seconds(ms) { return sprintf("%.1f s", ms / 1000) }
BEGIN {
	print "| victim | identical | plain runs | events | traces | torn | lost | out of order | plain | traced | when, UTC | recorder |"
	print "|---|---|---|---|---|---|---|---|---|---|---|---|"
}
{
	printf "| %s | %d of %d%s | %d | %d | %d | %d | %d | %d | %s | %s | %s | %s |\n", $1, $7, $5,
		$5 < $6 ? " (" $6 " were asked for)" : "", $4, $8, $9, $10, $11, $12, seconds($13), seconds($14), $2, $3
}
END { print "\nevents, traces, plain, traced: median of a run; torn, lost, out of order: sum of all runs" }'
