#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Bar 4: the nth system call of the recorder fails, kind by kind, n up to 200, in eight programs (STORM_FAULTS: only these).
. "$PT_SRC/tests/lib/tap.sh"
. "$PT_SRC/tests/storm/storm.sh"
. "$PT_SRC/tests/preload/fault_lib.sh"
storm faults 4 200 8
FAULTY=$PT_PROGS/faulty
KINDS="mmap:ENOMEM munmap:ENOMEM mprotect:ENOMEM madvise:ENOMEM madvise:EAGAIN madvise:EIO mincore:EAGAIN open:EMFILE open:EACCES
	close:EIO read:EIO write:EIO fstat:EIO fcntl:EPERM ftruncate:EFBIG fallocate:ENOSPC linkat:EPERM openat:EACCES unlinkat:EPERM readlink:EACCES
	getcwd:EACCES prlimit64:EPERM prctl:EPERM tgkill:EPERM sigaltstack:EPERM rt_sigaction:EPERM rt_sigprocmask:EPERM
	clock_gettime:EPERM"
SNAPSHOT_KINDS="clone:ENOMEM wait4:EPERM close_range:ENOSYS unshare:EPERM process_vm_readv:EPERM pread64:EIO ioctl:EIO
	getdents64:EIO setsid:EPERM chdir:EACCES mmap:ENOMEM open:EMFILE read:EIO madvise:EIO mincore:EAGAIN"


# swept_all NAME COMMAND...: any call, then each kind by itself; a program has not all of them
swept_all()
{
	subject=$1
	shift
	case " ${STORM_FAULTS:-$subject} " in
	*" $subject "*) ;;
	*) return ;;
	esac
	swept "$subject" 1 "$SIZE" "any:EPERM any+:EPERM" "$@"
	for kind in $KINDS; do
		SWEPT_IDLE=1 swept "${subject}_$(echo "$kind" | tr ':+' '__')" 1 "$SIZE" "$kind" "$@"
	done
}
swept_all one "$FAULTY" one
swept_all threads "$FAULTY" threads
swept_all forks "$FAULTY" forks
swept_all code "$FAULTY" code "$PT_PROGS/libplugin.so"
KINDS=$SNAPSHOT_KINDS
export POOLTRACE_SNAPSHOT=exit,every=1ms
swept_all snapshots "$FAULTY" one
unset POOLTRACE_SNAPSHOT
export SWEPT_LOOSE=1
KINDS="mmap:ENOMEM open:EMFILE madvise:EIO"
swept_all perl perl -e 'my %h; $h{$_ % 977} .= "x$_" for 1 .. 20000; print length(join "", values %h), "\n"'
swept_all shell sh -c 'x=$(echo a b c | tr a-c A-C); echo "$x"; exit 7'
swept_all sort sh -c 'seq 20000 | sort -r | tail -n 3'
storm_over "${STORM_FAULTS:-8 programs}, n = 1 to $SIZE" "$swept_runs runs, in $swept_failed of them a call failed; the program noticed in $swept_differ"
