#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fuzz.sh [SECONDS [NAME]] - libFuzzer on the readers of traces, budgets and baselines (or only the one that is
# called NAME), under ASan and UBSan. TAP on stdout. What it finds stays in the folder fuzz-findings.
set -eu
seconds=${1:-6}
only=${2:-}
src=${PT_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}

[ -n "$only" ] && echo 1..1 || echo 1..3
nr=0
if ! command -v clang >/dev/null; then
	for name in ${only:-trace budget baseline}; do
		nr=$((nr + 1))
		echo "ok $nr - any_bytes_can_be_read_as_a_$name # SKIP no clang"
	done
	exit 0
fi
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
flags="-std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined"
failed=0
mkdir "$T/shared"
# What all of them need, once.
(cd "$T/shared" && clang $flags -fsanitize=fuzzer-no-link -c "$src"/analyzer/result/*.c "$src"/format/*.c)

# fuzz NAME MAX_BYTES SOURCE_OR_LIBRARY...: seeds are in $T/NAME.seeds.
fuzz()
{
	name=$1
	longest=$2
	shift 2
	[ -z "$only" ] || [ "$only" = "$name" ] || return 0
	nr=$((nr + 1))
	mkdir "$T/$name.corpus"
	clang $flags -fsanitize=fuzzer -o "$T/fuzz_$name" "$src/tests/fuzz/fuzz_$name.c" "$T"/shared/*.o "$@" -lm
	if "$T/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len="$longest" -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$T/" "$T/$name.corpus" "$T/$name.seeds" >"$T/log" 2>&1; then
		sed -n 's/^stat::number_of_executed_units: */# inputs tried: /p' "$T/log"
		echo "ok $nr - any_bytes_can_be_read_as_a_$name"
	else
		sed 's/^/# /' "$T/log"
		mkdir -p fuzz-findings
		cp "$T"/crash-* "$T"/timeout-* "$T"/oom-* "$T"/leak-* fuzz-findings/ 2>/dev/null || :
		echo "not ok $nr - any_bytes_can_be_read_as_a_$name"
		failed=1
	fi
}

mkdir "$T/trace.seeds" "$T/budget.seeds" "$T/baseline.seeds"
clang $flags -DSEEDS -o "$T/seed" "$src/tests/fuzz/fuzz_trace.c" "$src/tests/unit/trace_builder.c"
"$T/seed" "$T/trace.seeds"
fuzz trace 40000 "$src"/analyzer/trace/*.c "$src"/analyzer/model/*.c "$src"/analyzer/passes/*.c \
	"$src/analyzer/cmd/tour.c" "$src/analyzer/cmd/progress.c" -lzstd -lpthread

# The examples of the documentation, each a file of its own.
awk -v folder="$T/budget.seeds" '/^```yaml$/ { open = ++nr; next } /^```$/ { open = 0 }
	open { print >(folder "/example" nr) }' "$src/docs/ci.md"
fuzz budget 4000 "$src"/analyzer/budget/*.c -lyaml -ljansson

clang $flags -fsanitize=fuzzer-no-link -DSEEDS -o "$T/seed" "$src/tests/fuzz/fuzz_baseline.c" "$src"/analyzer/budget/*.c \
	"$T"/shared/*.o -lyaml -ljansson -lm
"$T/seed" "$T/baseline.seeds/made"
fuzz baseline 40000 "$src"/analyzer/budget/*.c -lyaml -ljansson
exit $failed
