#!/bin/sh
# SPDX-License-Identifier: MIT
#
# No cache line that one thread writes event after event is touched by another. Valgrind's lackey tells every
# load and store of a program in which first one thread allocates and then another; a line of 64 bytes that
# the one writes in a quarter of its pairs of calls, and the other touches as often, is one they fight for.
# (What is done by the clock, 20 times a second, stays below that, though a pair takes milliseconds here.)
. "$PT_SRC/tests/lib/tap.sh"
victim=$(realpath "$1")
often=50 # of 200 pairs

address() { nm "$victim" | awk -v name="$1" '$3 == name { sub(/^0+/, "", $1); print $1 }'; }

# fought TRACED ARGUMENT...: "WRITES WRITES TOUCHES TOUCHES ADDRESS" of each such line, and last "N stores".
fought()
{
	preload=
	[ "$1" = plain ] || preload=LD_PRELOAD=$PT_LIB
	shift
	# shellcheck disable=SC2086 # one assignment or none
	env $preload POOLTRACE_CHILDREN=cache_lines POOLTRACE_OUTPUT="$T/lines.%p.ptrace" \
		valgrind -q --tool=lackey --trace-mem=yes --log-fd=9 "$victim" "$@" 9>&1 >/dev/null |
		awk -v phase_at="$(address phase)" -v pair_at="$(address pair)" -v often=$often '
		$1 == "I" { next }
		$1 != "S" && $1 != "L" && $1 != "M" { next }
		{
			at = $2; sub(/,.*/, "", at); sub(/^0+/, "", at)
			if (at == phase_at) { phase++; next }
			if (at == pair_at) { pair++; next }
			if (phase != 1 && phase != 3) next
			line = substr(at, 1, length(at) - 2) (index("0123", substr(at, length(at) - 1, 1)) ? "00" :
				index("4567", substr(at, length(at) - 1, 1)) ? "40" :
				index("89ab", substr(at, length(at) - 1, 1)) ? "80" : "c0")
			lines[line]
			if (seen[phase, line] != pair) { seen[phase, line] = pair; touched[phase, line]++ }
			if ($1 == "L") next
			stores++
			if (changed[phase, line] != pair) { changed[phase, line] = pair; written[phase, line]++ }
		}
		END {
			for (line in lines) {
				a = written[1, line]; b = written[3, line]
				if ((a >= often && touched[3, line] >= often) || (b >= often && touched[1, line] >= often))
					print a + 0, b + 0, touched[1, line] + 0, touched[3, line] + 0, line
			}
			print stores + 0, "stores"
		}'
}

if ! [ -x /usr/bin/valgrind ]; then
	skip "no_cache_line_is_fought_for" "no valgrind here"
else
	fought plain >"$T/plain"
	fought traced >"$T/traced"
	fought traced shared >"$T/shared"
	note "untraced: $(tail -n 1 "$T/plain"); recorded: $(tail -n 1 "$T/traced")"
	within "the_stores_of_both_phases_were_seen" "$(awk 'END { print $1 }' "$T/traced")" 8000 10000000
	within "the_recorder_stores_more_than_the_program_alone" \
		"$(($(awk 'END { print $1 }' "$T/traced") - $(awk 'END { print $1 }' "$T/plain")))" 4000 10000000
	is "no_cache_line_that_one_thread_writes_is_touched_by_another" "$(sed '$d' "$T/traced")" ""
	is "a_counter_of_both_threads_would_have_been_found" "$(sed '$d' "$T/shared" | awk '{ print $5 }')" "$(address counted)"
	for trace in "$T"/lines.*.ptrace; do
		ok "the_program_was_recorded" whole "$trace"
		break
	done
fi
done_testing
