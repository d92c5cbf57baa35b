#!/bin/sh
# SPDX-License-Identifier: MIT
#
# An annotated program is recorded however it was compiled and linked, and runs whatever is preloaded.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/preload/annotate_lib.sh"

source=$PT_SRC/tests/preload/annotate.c
warnings='-Wall -Wextra -Wshadow -Wpointer-arith -Wundef -Werror'

# recorded PROMISE COMPILER OPTION...: what it makes of annotate.c is recorded, call by call
recorded()
{
	promise=$1
	shift
	if ! command -v "$1" >/dev/null; then
		skip "$promise" "no $1 here"
		return
	fi
	# shellcheck disable=SC2086 # a list of options
	if ! "$@" $warnings -D_GNU_SOURCE -o "$T/built" "$source" -ldl >"$T/log" 2>&1; then
		fail "$promise"
		note "$(head -n 10 "$T/log")"
		return
	fi
	rm -rf "$T/traces"
	traced "$T/traces" "$T/built" calls "$T/truth" >"$T/out" 2>&1
	same_calls "$promise" "$(the_trace "$T/traces")" "$T/truth"
}

# runs PROMISE COMPILER OPTION...: it only runs, for the recorder is not loaded there
runs()
{
	promise=$1
	shift
	if ! command -v "$1" >/dev/null; then
		skip "$promise" "no $1 here"
		return
	fi
	# shellcheck disable=SC2086
	if ! "$@" $warnings -D_GNU_SOURCE -o "$T/built" "$source" >"$T/log" 2>&1; then
		fail "$promise"
		note "$(head -n 10 "$T/log")"
		return
	fi
	rm -rf "$T/traces"
	traced "$T/traces" "$T/built" calls "$T/truth" >"$T/out" 2>&1
	is "$promise" "$? $(cat "$T/out"), $(find "$T/traces" -name '*.ptrace' | wc -l) traces" \
		"0 calls ends with 0, errno changed 0 times, 0 traces"
}

for compiler in gcc clang; do
	recorded "${compiler}s_program" $compiler -std=c11 -pedantic -O2
	recorded "${compiler}s_program_that_is_not_optimised" $compiler -O0
	recorded "${compiler}s_program_that_is_not_position_independent" $compiler -O2 -fno-pie -no-pie
	recorded "${compiler}s_same_not_optimised" $compiler -O0 -fno-pie -no-pie
	recorded "${compiler}s_program_bound_at_start" $compiler -O2 -Wl,-z,now
	recorded "${compiler}s_program_without_a_PLT" $compiler -O2 -fno-plt
	recorded "${compiler}s_program_with_hidden_symbols" $compiler -O2 -fvisibility=hidden
	recorded "${compiler}s_program_optimised_by_the_linker" $compiler -O2 -flto
	recorded "${compiler}s_same_not_position_independent" $compiler -O2 -flto -fno-pie -no-pie
	recorded "${compiler}s_program_linked_by_gold" $compiler -O2 -fuse-ld=gold
	recorded "${compiler}s_program_by_gold_not_position_independent" $compiler -O2 -fuse-ld=gold -fno-pie -no-pie
	recorded "${compiler}s_program_with_Intels_assembler_syntax" $compiler -O2 -masm=intel
	recorded "${compiler}s_program_of_the_large_model" $compiler -O2 -mcmodel=large
	runs "${compiler}s_static_program_runs" $compiler -O2 -static
	runs "${compiler}s_static_position_independent_program_runs" $compiler -O2 -static-pie
done
for compiler in g++ clang++; do
	recorded "${compiler}s_program" $compiler -x c++ -std=c++11 -pedantic -O2
	recorded "${compiler}s_program_that_is_not_optimised" $compiler -x c++ -std=c++11 -O0
	recorded "${compiler}s_program_that_is_not_position_independent" $compiler -x c++ -O2 -fno-pie -no-pie
	recorded "${compiler}s_program_of_C++20" $compiler -x c++ -std=c++20 -O2
done

# What a careful compiler says of ordinary use: memory that nobody wrote to yet, and a block that moved.
cat >"$T/use.c" <<'END'
#include <stdlib.h>
#include "pooltrace.h"
char *take(void *pool);
char *grow(void *pool, char *o);
char *take(void *pool)
{
	char *b = (char *)malloc(64);

	pooltrace_stock(pool, b, 64, 0);
	pooltrace_get(pool, b, 64, 0);
	pooltrace_put(pool, b, 0);
	return b;
}
char *grow(void *pool, char *b)
{
	uintptr_t was = (uintptr_t)b;

	b = (char *)realloc(b, 100);
	pooltrace_resize(pool, (const void *)was, b, 100);
	return b;
}
END
for compiler in gcc clang 'g++ -x c++' 'clang++ -x c++'; do
	for level in 0 1 2 3; do
		if ! command -v "${compiler%% *}" >/dev/null; then
			skip "${compiler}_-O${level}_has_nothing_to_say_of_ordinary_use" "not here"
			continue
		fi
		# shellcheck disable=SC2086
		is "${compiler}_-O${level}_has_nothing_to_say_of_ordinary_use" \
			"$($compiler -O$level -Wall -Wextra -Wshadow -pedantic -I"$PT_SRC/include" -c "$T/use.c" -o "$T/use.o" 2>&1)" ""
	done
done

# As it is installed: the headers find each other, and their page is there.
cat >"$T/installed.c" <<'END'
#include <pooltrace_valgrind.h>
int main(void)
{
	VALGRIND_CREATE_MEMPOOL(main, 0, 0);
	return pooltrace_is_recording();
}
END
meson install -C "$PT_BUILD" --no-rebuild --destdir "$T/root" --tags devel,man >"$T/log" 2>&1
include=$(find "$T/root" -type d -name include)
ok "the_installed_headers_are_all_that_a_program_needs" \
	gcc -std=c11 -Wall -Wextra -Werror -I"$include" -o "$T/built" "$T/installed.c"
ok "and_it_runs" "$T/built"
ok "the_headers_have_a_man_page" test -s "$(find "$T/root" -path '*/man/man3/pooltrace.h.3')"

# Recorders of an earlier time: what they lack is skipped, what they have is called.
"$PT_PROGS/annotate" calls >"$T/plain"
LD_PRELOAD=$PT_PROGS/libannotate_old.so "$PT_PROGS/annotate" calls >"$T/out" 2>"$T/err"
is "with_a_library_that_knows_no_pools_it_just_runs" "$? $(cat "$T/out")" "0 $(cat "$T/plain")"
is "and_that_library_was_there" "$(cat "$T/err")" "asked 0, gets 0, puts 0"
LD_PRELOAD=$PT_PROGS/libannotate_old_pair.so "$PT_PROGS/annotate" calls "$T/truth" >"$T/out" 2>"$T/err"
is "with_a_library_that_knows_get_and_put_it_just_runs" "$? $(cat "$T/out")" "0 $(cat "$T/plain")"
is "and_these_two_were_called" "$(cat "$T/err")" \
	"asked 0, gets $(grep -c '^pool_get' "$T/truth"), puts $(grep -c '^pool_put' "$T/truth")"
LD_PRELOAD=$PT_PROGS/libannotate_old.so "$PT_PROGS/annotate_busy" 4 10000 >"$T/out" 2>"$T/err"
is "threads_and_signals_run_with_it_too" "$? $(cut -d' ' -f5 "$T/out")" "0 0"
if command -v gcc >/dev/null && gcc -O2 -fno-pie -no-pie -D_GNU_SOURCE -o "$T/built" "$source" -ldl >"$T/log" 2>&1; then
	LD_PRELOAD=$PT_PROGS/libannotate_old_pair.so "$T/built" calls "$T/truth" >"$T/out" 2>"$T/err"
	is "a_program_that_is_not_position_independent_too" "$? $(cat "$T/out") $(cat "$T/err")" \
		"0 $(cat "$T/plain") asked 0, gets $(grep -c '^pool_get' "$T/truth"), puts $(grep -c '^pool_put' "$T/truth")"
else
	skip "a_program_that_is_not_position_independent_too" "no gcc here"
fi
done_testing
