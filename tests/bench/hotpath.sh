#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Instructions that the recorder executes for a pair of calls, counted by callgrind, against those of
# hotpath.json: more than 3 % above is a failure. No clock in it, so no noise: the same on a busy machine.
#
#   meson test -C build hotpath                 compares
#   HOTPATH=renew meson test -C build hotpath   writes tests/bench/hotpath.json anew; say why in the commit
#
# A compiler chooses the instructions: another one than the baseline's says nothing about our source.
. "$PT_SRC/tests/lib/tap.sh"
victim=$(realpath "$1")
baseline=$PT_SRC/tests/bench/hotpath.json
blocks="pair pair_8 pair_32 callers realloc pool"

# Who compiled the library, and which libc runs it: "gcc 12.2.0" of Debian, "glibc 2.36".
compiler=$(readelf -p .comment "$PT_LIB" | sed -n 's/.*GCC: (Debian .*) \([0-9.]*\)$/gcc \1/p' | sort -u | tr '\n' ' ')
compiler=${compiler% }
! readelf -p .comment "$PT_LIB" | grep -q clang || compiler="clang, $compiler"
libc=$(getconf GNU_LIBC_VERSION)

# The same environment, names of the same length and no random addresses: the same hashes each time.
count()
{
	options=
	for block in $blocks; do
		options="$options --zero-before=block_$block --dump-after=block_$block"
	done
	cd "$T" || return 1
	ln -s "$PT_LIB" libpooltrace.so
	ln -s "$victim" hotpath
	# shellcheck disable=SC2086 # a list
	env -i PATH="$PATH" LD_PRELOAD="$T/libpooltrace.so" POOLTRACE_CHILDREN=hotpath POOLTRACE_OUTPUT="$T/hot.ptrace" \
		setarch -R valgrind -q --tool=callgrind --compress-strings=no --compress-pos=no $options \
		--callgrind-out-file=cg ./hotpath
}

# A dump: "BLOCK WHAT INSTRUCTIONS" a pair, of the library alone. A line after calls= is what others cost.
sums()
{
	awk '
	/^desc: Trigger: --dump-after=block_/ { sub(/.*=block_/, ""); block = $0 }
	/^ob=/ { ours = /libpooltrace/ }
	/^fn=/ { fn = substr($0, 4); sub(/^pt_told_/, "", fn) }
	/^calls=/ { getline; next }
	/^[0-9]+ [0-9]+/ && ours { all += $2; sum[fn] += $2 }
	END {
		if (!block) exit
		printf "%s all %.2f\n", block, all / 100
		if (sum["malloc"]) printf "%s malloc %.2f\n", block, sum["malloc"] / 100
		if (sum["free"]) printf "%s free %.2f\n", block, sum["free"] / 100
		if (sum["pt_stack_id"]) printf "%s stack_id %.2f\n", block, sum["pt_stack_id"] / 100
	}' "$1"
}

# The usual dump of each block, as JSON.
figures()
{
	for dump in cg.*; do
		sums "$dump"
	done | jq -Rn --arg compiler "$compiler" --arg libc "$libc" '
		def usual: sort | .[length / 4 | floor]; # of nine the third: few have a sample of RSS in them
		{ compiler: $compiler, libc: $libc,
		  unit: "instructions of libpooltrace.so a pair of calls",
		  figures: [inputs / " "] | group_by(.[0]) | map({ key: .[0][0], value: group_by(.[1]) |
			map({ key: .[0][1], value: map(.[2] | tonumber) | usual }) | from_entries }) | from_entries }'
}

if ! [ -x /usr/bin/valgrind ]; then
	skip "the_recorders_instructions_are_counted" "no valgrind here"
elif [ "${HOTPATH:-}" != renew ] && [ "$compiler, $libc" != "$(jq -r '"\(.compiler), \(.libc)"' "$baseline")" ]; then
	skip "the_recorders_instructions_are_counted" "built by $compiler, $libc; the baseline is of $(
		jq -r '"\(.compiler), \(.libc)"' "$baseline")"
else
	ok "the_recorders_instructions_are_counted" count
	cd "$T" || exit 1
	ok "the_process_that_was_counted_was_recorded" whole hot.ptrace
	within "every_call_of_it_is_an_event" "$(info hot.ptrace | jq .events)" 12600 13200 # 9 * 6 * 200, realloc's twice
	is "each_block_was_dumped_nine_times" "$(grep -h -o 'dump-after=block_.*' cg.* | sort | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" \
		"9 9 9 9 9 9 "
	figures >now.json
	[ "${HOTPATH:-}" != renew ] || [ "$tap_failed" != 0 ] || cp now.json "$baseline"
	# BLOCK WHAT BEFORE NOW PERCENT
	jq -r --slurpfile now now.json '.figures | to_entries[] | .key as $block | .value | to_entries[] |
		[$block, .key, .value, ($now[0].figures[$block][.key] // 0)] |
		"\(.[0]) \(.[1]) \(.[2]) \(.[3]) \((.[3] / .[2] - 1) * 1000 | round / 10)"' "$baseline" >compared
	while read -r block what before now percent; do
		note "$block $what: $now instructions a pair, baseline $before ($percent %)"
	done <compared
	is "every_figure_of_the_baseline_is_compared" "$(wc -l <compared)" "$(jq '[.figures[] | length] | add' "$baseline")"
	is "no_figure_grew_by_more_than_3_percent" "$(awk '$5 > 3 { printf "%s %s: %s, was %s; ", $1, $2, $4, $3 }' compared)" ""
	awk '$5 < -3 { exit 1 }' compared || note "some figures fell by more than 3 %: renew the baseline to keep it so"
fi
done_testing
