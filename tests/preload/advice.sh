#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the report advises for malloc is about the malloc that the program has, and helps (bursts.c).
. "$PT_SRC/tests/lib/tap.sh"

# bursts NAME=VALUE...: the report of 16 threads that have a burst in turn
bursts()
{
	rm -rf "$T/run"
	mkdir "$T/run"
	env "$@" POOLTRACE_OUTPUT="$T/run/x.ptrace" "$PT_PROGS/bursts" 16
	report "$T/run/x.ptrace" >"$T/report.json"
}
of() { jq -r "$1" "$T/report.json"; }
advice='[.diagnosis[].advice // empty] | join(" ")'
blowup='.totals.blowup * 10 | floor'

bursts LD_PRELOAD="$PT_LIB"
is "glibc_is_known" "$(of .trace.allocator)" glibc
before=$(of "$blowup")
within "threads_that_do_not_share_arenas_have_a_blowup" "$before" 80 170
ok "and_are_advised_to" sh -c 'echo "$1" | grep -q "glibc.*MALLOC_ARENA_MAX=2"' sh "$(of "$advice")"
bursts LD_PRELOAD="$PT_LIB" MALLOC_ARENA_MAX=2
within "which_helps" "$(of "$blowup")" 10 $((before / 2))

jemalloc=$(ldconfig -p | sed -n 's/.*libjemalloc\.so\.2 .* => //p' | head -n 1)
if [ -e "$jemalloc" ]; then
	bursts LD_PRELOAD="$PT_LIB:$jemalloc"
	is "jemalloc_is_known" "$(of .trace.allocator)" jemalloc
	before=$(of "$blowup")
	ok "and_the_advice_is_its_own" sh -c 'echo "$1" | grep -q "jemalloc.*MALLOC_CONF=dirty_decay_ms:0" && ! echo "$1" | grep -q ARENA' sh "$(of "$advice")"
	bursts LD_PRELOAD="$PT_LIB:$jemalloc" MALLOC_CONF=dirty_decay_ms:0
	within "which_helps_too" "$(of "$blowup")" 10 $((before / 2))
else
	skip "jemalloc_is_known" "no libjemalloc.so.2"
fi
done_testing
