# SPDX-License-Identifier: MIT
#
# differ.sh - to be sourced: what differs between two runs. Needs $T/left_out.
# shellcheck shell=sh

# differing FILE FILE: the keys (see sums in turn.sh) that differ or that only one has, but those of $T/left_out
differing()
{
	awk -F '\t' -v left_out="$T/left_out" '
	BEGIN { while ((getline line <left_out) > 0) skip[line] = 1 }
	FNR == NR { value[$1] = $2; next }
	{ seen[$1] = 1 }
	!($1 in value) || value[$1] != $2 { differs[$1] = 1 }
	END {
		for (key in value) if (!(key in seen)) differs[key] = 1
		for (key in differs) if (!(key in skip)) print key
	}' "$1" "$2" | sort
}
