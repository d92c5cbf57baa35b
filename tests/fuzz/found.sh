#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inputs that a fuzzer found once, each read again by its target: tests/fuzz/found/NAME-*. PT_FUZZ: the folder of the
# replay programs. The targets' own first inputs go through as well, so that none is without one.
set -u
nr=0 failed=0
T=$(mktemp -d "${TMPDIR:-/tmp}/pooltrace-found.XXXXXX")
trap 'rm -rf "$T"' EXIT
export UBSAN_OPTIONS=halt_on_error=1 ASAN_OPTIONS=detect_leaks=1

replay()
{
	nr=$((nr + 1))
	if timeout 60 "$PT_FUZZ/replay_$1" "$2" >"$T/log" 2>&1; then
		echo "ok $nr - $3"
	else
		failed=1
		echo "not ok $nr - $3"
		tail -n 40 "$T/log" | sed 's/^/#   /'
	fi
}

mkdir "$T/trace" "$T/baseline"
"$PT_FUZZ/fuzz_seeds" trace "$T/trace" && "$PT_FUZZ/fuzz_seeds" baseline "$T/baseline" || exit 1
for seed in "$T"/trace/*; do
	for name in trace graph report codec round packed; do
		replay $name "$seed" "seed_${seed##*/}_is_read_by_$name"
	done
done
replay baseline "$T/baseline/made" "seed_made_is_read_by_baseline"
replay symbols "$PT_FUZZ/fuzz_seeds" "a_program_is_read_by_symbols"
for found in "$PT_SRC"/tests/fuzz/found/*-*; do
	[ -e "$found" ] || continue
	name=${found##*/}
	replay "${name%%-*}" "$found" "found_$name"
done
echo "1..$nr"
exit $failed
