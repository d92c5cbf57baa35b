#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fuzz.sh [SECONDS] - libFuzzer on the reader of traces, under ASan and UBSan. TAP on stdout.
# What it finds stays in the folder fuzz-findings.
set -eu
seconds=${1:-6}
src=${PT_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}

echo 1..1
if ! command -v clang >/dev/null; then
	echo "ok 1 - any_bytes_can_be_read_as_a_trace # SKIP no clang"
	exit 0
fi
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
flags="-std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined"
mkdir "$T/seeds" "$T/corpus"
clang $flags -DSEEDS -o "$T/seed" "$src/tests/fuzz/fuzz_trace.c" "$src/tests/unit/trace_builder.c"
"$T/seed" "$T/seeds"
clang $flags -fsanitize=fuzzer -o "$T/fuzz" "$src/tests/fuzz/fuzz_trace.c" "$src"/analyzer/trace/*.c \
	"$src"/analyzer/model/*.c "$src"/analyzer/passes/*.c "$src"/analyzer/result/*.c "$src/analyzer/cmd/tour.c" \
	"$src/analyzer/cmd/progress.c" 	"$src"/format/*.c -lm
if "$T/fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=40000 -verbosity=0 -print_final_stats=1 \
	-artifact_prefix="$T/" "$T/corpus" "$T/seeds" >"$T/log" 2>&1; then
	sed -n 's/^stat::number_of_executed_units: */# inputs tried: /p' "$T/log"
	echo "ok 1 - any_bytes_can_be_read_as_a_trace"
else
	sed 's/^/# /' "$T/log"
	mkdir -p fuzz-findings
	cp "$T"/crash-* "$T"/timeout-* "$T"/oom-* fuzz-findings/ 2>/dev/null || :
	echo "not ok 1 - any_bytes_can_be_read_as_a_trace"
	exit 1
fi
