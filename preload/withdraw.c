/* SPDX-License-Identifier: MIT */
/* withdraw.c - see withdraw.h. */
#include "withdraw.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

#include "sys.h"

#define UNSHARE 2u /* CLOSE_RANGE_UNSHARE */

/* A table of its own, empty. A sandbox around the program, or a want of memory, may refuse either call: whatever
 * is closed before one of them worked is closed in the program. */
static bool leave_descriptors(void)
{
	struct rlimit limit = { 0, 0 };
	uint64_t i;

	if (!pt_sys3(SYS_close_range, 0, ~0u, UNSHARE))
		return true;
	if (pt_sys3(SYS_unshare, CLONE_FILES, 0, 0) < 0)
		return false;
	pt_sys6(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0);
	for (i = 0; i < 65536 || i < limit.rlim_max; i++)
		pt_sys_close((int)i);
	return true;
}

bool pt_withdraw(void)
{
	const struct rlimit no_core = { 1, 1 }; /* 1: not even to a program that collects them (core(5)) */
	const int no_priority = 0;
	long policy;
	int fd;

	if (!leave_descriptors())
		return false;
	pt_sys6(SYS_prlimit64, 0, RLIMIT_CORE, (long)&no_core, 0, 0, 0);
	/* Who waits for the program's process group to be empty, or unmounts its working directory, does not
	 * wait for us. */
	pt_sys3(SYS_setsid, 0, 0, 0);
	pt_sys3(SYS_chdir, (long)"/", 0, 0);
	/* A program of real-time priority would not get the CPU back before the end. */
	policy = pt_sys3(SYS_sched_getscheduler, 0, 0, 0) & ~(long)SCHED_RESET_ON_FORK;
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		pt_sys3(SYS_sched_setscheduler, 0, SCHED_OTHER, (long)&no_priority);
	/* First to go when memory runs out. */
	fd = (int)pt_sys_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
	if (fd >= 0) {
		pt_sys_write(fd, "1000", 4);
		pt_sys_close(fd);
	}
	return true;
}
