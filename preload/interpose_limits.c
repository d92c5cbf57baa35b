/* SPDX-License-Identifier: MIT */
/*
 * interpose_limits.c - calls that would hold our address space against the program.
 *
 * The trace is mapped at its full size, 16 GiB of address space. A program that then limits its
 * own address space would find it used up, and one that locks all of its memory would wait for
 * all of it: before either, the part that is not in use goes, but for some room to go on.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interpose.h"
#include "process.h"
#include "segment.h"

#define SPARE_BYTES (16u << 20) /* some 4 million events more */

static void shrink(void)
{
	if (pt_process && pt_process_start())
		pt_segment_shrink(pt_process, SPARE_BYTES);
}

static void before_limit(int resource, const struct rlimit *limit)
{
	if (resource == RLIMIT_AS && limit && limit->rlim_cur != RLIM_INFINITY)
		shrink();
}

/* As libc's wrappers: the system call, errno on failure. */
PT_PUBLIC int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	before_limit((int)resource, limit);
	return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

PT_PUBLIC int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit)
	__attribute__((alias("setrlimit")));

PT_PUBLIC int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *limit, struct rlimit *old)
{
	before_limit((int)resource, limit);
	return (int)syscall(SYS_prlimit64, pid, resource, limit, old);
}

PT_PUBLIC int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *limit,
			struct rlimit64 *old) __attribute__((alias("prlimit")));

PT_PUBLIC int mlockall(int flags)
{
	shrink();
	return (int)syscall(SYS_mlockall, flags);
}
