#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Real limits, swept: a disk that is full after each k-th page, files, address space, descriptors, folders that
# cannot be written, each system call denied. Plain and traced are the same, and losses are counted.
. "$PT_SRC/tests/lib/tap.sh"
FAULTY=$PT_PROGS/faulty
HELLO=$PT_PROGS/hello
mkdir "$T/out"
disk=$T/disk
mkdir "$disk"
cleanup() { umount "$disk" 2>/dev/null; }

# same LIMIT VALUE COMMAND...: plain and traced; counts in $tried and $differ
tried=0 differ=0
same()
{
	"$PT_PROGS/limit_run" "$@" >"$T/plain" 2>&1
	plain=$?
	# The limit is for the program: ld.so itself complains of what it cannot load.
	env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="${OUTPUT:-$T/out/%e.%p.%r.ptrace}" POOLTRACE_CHILDREN="$(basename "$3")" \
		"$PT_PROGS/limit_run" "$@" >"$T/traced" 2>&1
	traced=$?
	tried=$((tried + 1))
	grep -q 'cannot be preloaded' "$T/traced" && unloaded=$((unloaded + 1)) && return
	[ "$plain" = "$traced" ] && cmp -s "$T/plain" "$T/traced" && return
	differ=$((differ + 1))
	[ $differ -gt 3 ] || note "$1 $2: status $plain and $traced; $(head -c 200 "$T/traced" | head -n 2)"
}
begin() { tried=0 differ=0 unloaded=0; rm -f "$T/out"/*; }
unloaded=0

# done_well NAME: all the same, and what was left can be read
done_well()
{
	is "$1_changes_nothing_for_the_program" "$differ of $tried" "0 of $tried"
	find "$T/out" -name '*.ptrace' | xargs -r -n 200 "$PT_BIN" info --json 2>"$T/err" |
		jq -r '(if type == "array" then .[] else . end) | "\(.whole) \(.anomalies.alloc_of_live + .anomalies.free_of_dead) " +
		"\(.allocations + .frees + ([.lost[] | .allocations + .frees] | add))"' >"$T/infos"
	is "$1_leaves_traces_that_can_be_read" "$(wc -c <"$T/err") $(grep -vc '^true 0 ' "$T/infos")" "0 0"
	note "$1: $tried runs, $(wc -l <"$T/infos") traces, $unloaded times ld.so had no room for the library"
}

begin
for n in 0 4096 8192 12288 16384 32768 65535 65536 65537 100000 200000 262144 500000 1000000 4000000; do
	same fsize $n "$FAULTY" one
done
done_well "RLIMIT_FSIZE"
is "with_RLIMIT_FSIZE_recorded_and_lost_make_the_whole" "$(cut -d ' ' -f 3 "$T/infos" | sort -u | wc -l)" 1

begin
for n in 0 1 2 3 4 5 6 7 8 9 10 16 64; do
	same nofile $n "$FAULTY" one
done
done_well "RLIMIT_NOFILE"

# The recorder itself takes some 6 MiB of address space: a program that has no more than that left is not promised anything.
begin
for mib in 16 18 20 24 32 48 64 100 128 200 256 512 1024 4096 20000; do
	same as $((mib << 20)) "$FAULTY" one
	same as $((mib << 20)) "$HELLO" 1000
done
done_well "RLIMIT_AS"

begin
for n in 32768 131072 1000000 8388608; do
	same stack $n "$FAULTY" threads
	same data $((16 << 20 | n)) "$FAULTY" one
done
done_well "RLIMIT_STACK_and_RLIMIT_DATA"

# The whole program under a filter that denies one call, those that the recorder makes. Not munmap and mremap: with
# them denied malloc itself sets errno or not as addresses fall.
begin
for nr in 2 9 10 13 14 16 17 27 28 39 72 77 79 87 89 97 131 157 158 186 202 228 234 262 265 285 302 310; do
	same deny $nr "$FAULTY" one
	same deny $nr "$FAULTY" threads
done
done_well "denying_a_system_call"

begin
same gone "$T/folder" "$HELLO" 1000
OUTPUT='%e.%p.ptrace' same gone "$T/folder" "$HELLO" 1000
OUTPUT=/proc/x.ptrace same umask 077 "$HELLO" 1000
OUTPUT=/sys/x.ptrace same umask 077 "$HELLO" 1000
OUTPUT=/dev/null same umask 077 "$HELLO" 1000
OUTPUT=/dev/full same umask 077 "$HELLO" 1000
OUTPUT=/proc/self/mem same umask 077 "$HELLO" 1000
OUTPUT=$T/no/such/x.ptrace same umask 077 "$HELLO" 1000
OUTPUT=$T/plain/x.ptrace same umask 077 "$HELLO" 1000
same umask 000 "$HELLO" 1000
done_well "a_folder_that_takes_no_file"
is "an_umask_changes_nothing_about_the_mode" "$(stat -c %a "$T/out"/*.ptrace | sort -u)" 600

begin
if mount -t tmpfs -o size=1m pooltrace-test "$disk" 2>/dev/null; then
	truth=
	for pages in $(seq 0 5 255); do # as many pages are taken before: the disk is full at each of its chunks
		rm -f "$disk"/*
		head -c $((pages * 4096)) /dev/zero >"$disk/taken"
		OUTPUT=$disk/x.ptrace same umask 077 "$FAULTY" one
		[ ! -e "$disk/x.ptrace" ] || cp --sparse=always "$disk/x.ptrace" "$T/out/$pages.ptrace"
	done
	rm -f "$disk"/*
	done_well "a_disk_that_is_full_after_each_chunk"
	within "it_was_full_at_many_of_them" "$(sort -u "$T/infos" | wc -l) " 1 1
	within "and_there_were_traces" "$(wc -l <"$T/infos")" 40 60
	mount -o remount,ro "$disk"
	begin
	OUTPUT=$disk/x.ptrace same umask 077 "$HELLO" 1000
	done_well "a_read_only_file_system"
	umount "$disk"
else
	skip "a_disk_that_is_full_after_each_chunk" "mounting a tmpfs is not allowed here"
fi

# As somebody else, in a folder of root's.
if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	mkdir -m 755 "$T/bin" "$T/rootonly"
	chmod 755 "$T"
	cp "$PT_LIB" "$HELLO" "$T/bin"
	(cd "$T/rootonly" && setpriv --reuid 65534 --regid 65534 --clear-groups env LD_PRELOAD="$T/bin/$(basename "$PT_LIB")" \
		"$T/bin/hello" 1000) >"$T/traced" 2>&1
	is "an_unwritable_folder_does_not_disturb_the_program" "$? $(cat "$T/traced") $(ls "$T/rootonly" | wc -l)" "0 hello 0"
	# chroot: the trace was open before; what is started afterwards finds neither library nor folder
	mkdir -p "$T/root"
	(cd "$T/out" && env LD_PRELOAD="$PT_LIB" POOLTRACE_OUTPUT="$T/out/chroot.%e.ptrace" chroot "$T/root" /nothing) >"$T/traced" 2>&1
	is "chroot_works_as_untraced" "$? $(chroot "$T/root" /nothing 2>&1)" "127 $(cat "$T/traced")"
	ok "and_is_recorded_to_its_end" whole "$T/out/chroot.chroot.ptrace"
else
	skip "an_unwritable_folder_does_not_disturb_the_program" "not root"
fi
done_testing
