#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fuzz.sh [SECONDS [NAME]] | build - libFuzzer on everything that reads a file: traces, snapshots, records, programs and
# their debug information, budgets, baselines, under ASan and UBSan. TAP on stdout. With SECONDS each target
# (or only NAME) runs that long from all seeds and from what earlier runs kept in PT_BUILD/fuzz/corpus; without, a
# fixed number of inputs from the seeds made by hand, the same each time. What it finds stays in PT_BUILD/fuzz/findings:
# made small (fuzz_NAME -minimize_crash=1) and fixed, it becomes tests/fuzz/found/NAME-WHAT, which found.sh replays.
#
# The build gives what seeds.sh wants, and PT_BUILD.
set -eu
seconds=${1:-} only=${2:-}
src=${PT_SRC:?}
build=${PT_BUILD:?}/fuzz
export LC_ALL=C
unset LD_PRELOAD DEBUGINFOD_URLS POOLTRACE_OUTPUT 2>/dev/null || :

# name: longest input, inputs of the fixed run, seconds an input may take
targets='
trace 131072 4000 60
codec 8192 100000 60
round 8192 2000 60
symbols 32768 2500 60
graph 131072 2000 60
report 131072 500 60
budget 4000 6000 60
baseline 60000 3000 60
packed 131072 1500 60
'
# The last number is wall time, and other tests run beside this one.
names=$(echo "$targets" | awk -v only="$only" 'NF && (only == "" || $1 == only) { print $1 }')
[ -n "$names" ] || { echo "fuzz.sh: no target '$only'; one of:" $(echo "$targets" | awk 'NF { print $1 }') >&2; exit 2; }
echo 1..$(($(echo "$names" | wc -l) + 1))
if ! command -v clang >/dev/null; then
	nr=0
	for name in build $names; do
		nr=$((nr + 1))
		echo "ok $nr - $name # SKIP no clang"
	done
	exit 0
fi
mkdir -p "$build"
if { [ -f "$build/build.ninja" ] ||
	CC=clang CXX=clang++ meson setup "$build" "$src" -Dwerror=true -Dfuzz=true -Dtests=unit -Db_sanitize=address,undefined \
		-Db_lundef=false -Doptimization=1 \
		"-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer"; } >"$build/log" 2>&1 &&
	ninja -C "$build" fuzzers >>"$build/log" 2>&1; then
	echo "ok 1 - the_fuzzers_build"
else
	grep -A5 'error\|ERROR' "$build/log" | head -40 | sed 's/^/# /'
	echo "not ok 1 - the_fuzzers_build"
	exit 1
fi
[ "$seconds" != build ] || exit 0
mkdir -p "$build/corpus" "$build/findings"
T=$(mktemp -d "${TMPDIR:-/tmp}/pooltrace-fuzz.XXXXXX")
trap 'rm -rf "$T"' EXIT
PT_SEEDS=$build/tests/fuzz/fuzz_seeds sh "$src/tests/fuzz/seeds.sh" "$T/seeds"
export ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=1:detect_stack_use_after_return=0
export UBSAN_OPTIONS=print_stacktrace=1

# A line of what libFuzzer says at its end.
told() { awk -v key="stat::$1:" '$1 == key { print $2 }' "$T/log"; }

# run NAME LONGEST RUNS TIMEOUT
run()
{
	traces=
	case $1 in
	trace | graph | report | packed) traces="$T/seeds/real $T/seeds/hostile" ;;
	esac
	fuzzer="$build/tests/fuzz/fuzz_$1 -timeout=$4 -rss_limit_mb=1024 -malloc_limit_mb=128 -max_len=$2 -verbosity=0
		-print_final_stats=1 -artifact_prefix=$build/findings/$1-"
	: >"$T/log"
	# shellcheck disable=SC2086 # words
	if [ -n "$seconds" ]; then
		mkdir -p "$build/corpus/$1"
		nice -n 19 $fuzzer -max_total_time="$seconds" "$build/corpus/$1" "$T/seeds/$1" $traces >"$T/log" 2>&1
	else
		mkdir "$T/corpus.$1"
		{ [ -z "$traces" ] || $fuzzer -runs=0 $traces >"$T/log" 2>&1; } &&
			$fuzzer -runs="$3" -seed=1 "$T/corpus.$1" "$T/seeds/$1" >"$T/log" 2>&1
	fi
}

nr=1 failed=0
for name in $names; do
	nr=$((nr + 1))
	start=$(date +%s)
	# shellcheck disable=SC2046
	if run $(echo "$targets" | awk -v name="$name" '$1 == name'); then
		echo "# $name: $(told number_of_executed_units) inputs, $(told average_exec_per_sec) a second," \
			"$(($(date +%s) - start)) s, peak $(told peak_rss_mb) MB"
		echo "ok $nr - any_bytes_can_be_read_by_$name"
	else
		tail -n 60 "$T/log" | sed 's/^/# /'
		echo "not ok $nr - any_bytes_can_be_read_by_$name"
		failed=1
	fi
done
exit $failed
