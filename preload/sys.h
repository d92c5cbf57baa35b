/* SPDX-License-Identifier: MIT */
/*
 * sys.h - system calls without libc: no errno, no cancellation point, no interposition.
 *
 * libc's wrappers are cancellation points, set errno and may be interposed by the program;
 * inside its malloc() none of that may happen. Each returns the kernel's value: >= 0, or
 * -errno. x86-64 only.
 */
#ifndef PT_SYS_H
#define PT_SYS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "faults.h"

static inline long pt_sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret = pt_fault(nr, a, c); /* before the registers are taken */
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	if (ret)
		return ret;
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long pt_sys3(long nr, long a, long b, long c)
{
	long ret = pt_fault(nr, a, c);

	if (ret)
		return ret;
	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

/* mmap's error as NULL: the callers only ask whether there is memory. */
static inline void *pt_sys_mmap(void *at, size_t bytes, int prot, int flags, int fd)
{
	long r = pt_sys6(SYS_mmap, (long)at, (long)bytes, prot, flags, fd, 0);

	return r < 0 && r > -4096 ? NULL : (void *)r;
}

static inline long pt_sys_munmap(void *at, size_t bytes)
{
	return pt_sys3(SYS_munmap, (long)at, (long)bytes, 0);
}

static inline long pt_sys_madvise(void *at, size_t bytes, int advice)
{
	return pt_sys3(SYS_madvise, (long)at, (long)bytes, advice);
}

static inline long pt_sys_mincore(void *at, size_t bytes, unsigned char *vec)
{
	return pt_sys3(SYS_mincore, (long)at, (long)bytes, (long)vec);
}

/* The program's handler for a signal, SIG_DFL (NULL) or SIG_IGN; NULL also when it cannot be asked. */
static inline void *pt_sys_handler(int signal)
{
	struct { /* the kernel's */
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} now = { 0 };

	pt_sys6(SYS_rt_sigaction, signal, 0, (long)&now, sizeof(now.mask), 0, 0);
	return now.handler;
}

/* Block all signals of this thread. False: a sandbox forbids it, and nothing is to be restored. */
static inline bool pt_sys_block(uint64_t *before)
{
	uint64_t all = UINT64_MAX;

	return pt_sys6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)before, sizeof(all), 0, 0) >= 0;
}

static inline void pt_sys_unblock(const uint64_t *before)
{
	pt_sys6(SYS_rt_sigprocmask, SIG_SETMASK, (long)before, 0, sizeof(*before), 0, 0);
}

static inline long pt_sys_open(const char *path, int flags, int mode)
{
	return pt_sys3(SYS_open, (long)path, flags, mode);
}

static inline long pt_sys_close(int fd)
{
	return pt_sys3(SYS_close, fd, 0, 0);
}

static inline long pt_sys_read(int fd, void *buf, size_t bytes)
{
	return pt_sys3(SYS_read, fd, (long)buf, (long)bytes);
}

static inline long pt_sys_write(int fd, const void *buf, size_t bytes)
{
	return pt_sys3(SYS_write, fd, (long)buf, (long)bytes);
}

static inline long pt_sys_ftruncate(int fd, uint64_t bytes)
{
	return pt_sys3(SYS_ftruncate, fd, (long)bytes, 0);
}

/* Length with the NUL, or -errno. */
static inline long pt_sys_getcwd(char *buf, size_t bytes)
{
	return pt_sys3(SYS_getcwd, (long)buf, (long)bytes, 0);
}

static inline long pt_sys_readlink(const char *path, char *buf, size_t bytes)
{
	return pt_sys3(SYS_readlink, (long)path, (long)buf, (long)bytes);
}

static inline uint32_t pt_sys_gettid(void)
{
	return (uint32_t)pt_sys3(SYS_gettid, 0, 0, 0);
}

static inline uint32_t pt_sys_getpid(void)
{
	return (uint32_t)pt_sys3(SYS_getpid, 0, 0, 0);
}

static inline uint32_t pt_sys_getppid(void)
{
	return (uint32_t)pt_sys3(SYS_getppid, 0, 0, 0);
}

#endif
