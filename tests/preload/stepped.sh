#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A recorded program is run instruction by instruction, and its trace read after each that changed it (stepped.c).
. "$PT_SRC/tests/lib/tap.sh"

said=$("$PT_PROGS/stepped" "$PT_LIB" "$T/stepped.ptrace" 2>"$T/err")
is "killed_at_any_instruction_it_leaves_an_exact_prefix" "$? $(cat "$T/err")" "0 "
# shellcheck disable=SC2086
set -- ${said:-0 0 0 0}
note "$1 instructions, $2 states of the file, $3 events, $4 chunks"
within "there_were_many_states_to_read" "$2" 500 1000000
within "and_more_than_one_chunk" "$4" 2 100
done_testing
