#!/bin/sh
# SPDX-License-Identifier: MIT
#
# include/pooltrace_valgrind.h: Valgrind's requests reach the recorder, and Valgrind as before.
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/preload/annotate_lib.sh"

source=$PT_SRC/tests/preload/annotate_valgrind.c
warnings='-Wall -Wextra -Wshadow -Wpointer-arith -Wundef -Werror -pedantic'
outside="exists 0 0 0 0
each argument evaluated once"
inside="exists 1 0 1 0
each argument evaluated once"
if [ -f /usr/include/valgrind/memcheck.h ]; then
	header=1
else
	header=
fi

# tried WHO COMPILER OPTION...
tried()
{
	who=$1
	shift
	# shellcheck disable=SC2086
	if ! "$@" $warnings -g -o "$T/built" "$source" >"$T/log" 2>&1; then
		fail "${who}_compiles"
		note "$(head -n 10 "$T/log")"
		return
	fi
	pass "${who}_compiles"
	is "${who}_runs_without_the_recorder" "$("$T/built")" "$outside"
	rm -rf "$T/traces"
	traced "$T/traces" "$T/built" "$T/truth" >"$T/out"
	is "${who}_runs_recorded" "$? $(cat "$T/out")" "0 $outside"
	same_calls "${who}_tells_the_recorder" "$(the_trace "$T/traces")" "$T/truth"
}

for compiler in 'gcc -std=c11' 'gcc -O2' 'clang -O2' 'g++ -x c++ -std=c++11' 'clang++ -x c++ -O2'; do
	if ! command -v "${compiler%% *}" >/dev/null; then
		skip "${compiler}_compiles" "not here"
		continue
	fi
	# shellcheck disable=SC2086
	tried "${compiler}_alone" $compiler
	if [ "$header" ]; then
		# shellcheck disable=SC2086
		tried "${compiler}_after_valgrind.h" $compiler -DWITH_VALGRIND
	else
		skip "${compiler}_after_valgrind.h" "no valgrind.h here (package valgrind)"
	fi
done

# Under Valgrind itself: it is told what it was told before.
if [ "$header" ] && command -v valgrind >/dev/null && command -v gcc >/dev/null; then
	for level in 0 2; do
		gcc -g -O$level -DWITH_VALGRIND -o "$T/built" "$source"
		is "valgrind_still_knows_the_pools_at_-O$level" "$(valgrind -q "$T/built" 2>"$T/err")" "$inside"
		is "and_has_nothing_to_say_at_-O$level" "$(cat "$T/err")" ""
	done
	cat >"$T/late.c" <<-'END'
		#include <stdlib.h>
		#include <valgrind/memcheck.h>
		#include "pooltrace_valgrind.h"
		int main(void)
		{
			char *area = (char *)malloc(256);
			int read;

			(void)VALGRIND_MAKE_MEM_NOACCESS(area, 256);
			VALGRIND_CREATE_MEMPOOL(area, 0, 0);
			VALGRIND_MEMPOOL_ALLOC(area, area + 64, 32);
			area[64] = 1;
			VALGRIND_MEMPOOL_FREE(area, area + 64);
			read = area[64];
			VALGRIND_DESTROY_MEMPOOL(area);
			return read & 0;
		}
	END
	gcc -g -O0 -I"$PT_SRC/include" -o "$T/late" "$T/late.c"
	valgrind "$T/late" >"$T/out" 2>&1
	ok "valgrind_still_sees_a_read_of_a_freed_piece" grep -q "Invalid read of size 1" "$T/out"
	is "and_shows_no_frame_of_the_header" "$(grep -c pooltrace_ "$T/out")" 0
else
	skip "valgrind_still_knows_the_pools" "no valgrind here"
fi
done_testing
