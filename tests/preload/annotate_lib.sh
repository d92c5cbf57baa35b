# SPDX-License-Identifier: MIT
#
# annotate_lib.sh - to be sourced after tap.sh: from a trace to the lines that annotate.c writes.

# annotations TRACE: one line a call of the header, as the programs' TRUTH has them
annotations()
{
	"$PT_BIN" dump --json "$1" | jq -r '
	select(.kind | test("^(pool_|shard_name$|mark$)"))
	| [.kind, .pool, .addr, .new_addr, .size_bytes, .shard, .shards, .name]
	| map(select(. != null) | tostring) | join(" ")'
}

# same_calls PROMISE TRACE TRUTH: the trace has these calls, in this order, and no other
same_calls()
{
	annotations "$2" >"$T/calls" 2>&1
	if [ -s "$3" ] && cmp -s "$T/calls" "$3"; then
		pass "$1"
	else
		fail "$1"
		note "$(wc -l <"$T/calls") calls recorded, $(wc -l <"$3") made; the first that differ:"
		note "$(diff "$T/calls" "$3" | head -n 6)"
	fi
}
