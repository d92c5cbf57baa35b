/* SPDX-License-Identifier: MIT */
/*
 * faults.c - the nth internal system call fails, as POOLTRACE_FAULT says. See faults.h.
 *
 * POOLTRACE_FAULT=KIND:N[+]:ERRNO[,...]. KIND is a system call's name or `any`; the Nth call of it
 * since the start of the process (counted on in forked children) fails without being made, with + each
 * one from there on. ERRNO is a name of the list below or a number. POOLTRACE_FAULT_LOG names a file
 * that gets a byte for each call failed.
 */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAULTS_MAX 8u
#define ANY_CALL (-1l)

/* Those that the kernel itself lets fail; getpid() and the like are not here. */
static const struct {
	char name[20];
	long nr;
} kinds[] = {
	{ "any", ANY_CALL },
	{ "mmap", SYS_mmap },
	{ "munmap", SYS_munmap },
	{ "mprotect", SYS_mprotect },
	{ "madvise", SYS_madvise },
	{ "mincore", SYS_mincore },
	{ "open", SYS_open },
	{ "openat", SYS_openat },
	{ "close", SYS_close },
	{ "read", SYS_read },
	{ "pread64", SYS_pread64 },
	{ "write", SYS_write },
	{ "ftruncate", SYS_ftruncate },
	{ "fallocate", SYS_fallocate },
	{ "fstat", SYS_fstat },
	{ "fcntl", SYS_fcntl },
	{ "linkat", SYS_linkat },
	{ "unlinkat", SYS_unlinkat },
	{ "readlink", SYS_readlink },
	{ "getcwd", SYS_getcwd },
	{ "getdents64", SYS_getdents64 },
	{ "ioctl", SYS_ioctl },
	{ "prlimit64", SYS_prlimit64 },
	{ "prctl", SYS_prctl },
	{ "tgkill", SYS_tgkill },
	{ "futex", SYS_futex },
	{ "sigaltstack", SYS_sigaltstack },
	{ "rt_sigaction", SYS_rt_sigaction },
	{ "rt_sigprocmask", SYS_rt_sigprocmask },
	{ "clock_gettime", SYS_clock_gettime },
	{ "nanosleep", SYS_nanosleep },
	{ "clone", SYS_clone },
	{ "wait4", SYS_wait4 },
	{ "close_range", SYS_close_range },
	{ "unshare", SYS_unshare },
	{ "setsid", SYS_setsid },
	{ "chdir", SYS_chdir },
	{ "process_vm_readv", SYS_process_vm_readv },
};

static const struct {
	char name[12];
	int number;
} errors[] = {
	{ "EPERM", EPERM },   { "EINTR", EINTR },   { "EIO", EIO },	  { "EBADF", EBADF },	{ "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EINVAL", EINVAL }, { "EMFILE", EMFILE }, { "ENOSPC", ENOSPC },
	{ "EROFS", EROFS },   { "ENOSYS", ENOSYS }, { "EDQUOT", EDQUOT }, { "EFBIG", EFBIG },	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ "ESRCH", ESRCH },
};

static struct {
	long nr, error;
	unsigned long at;
	bool and_on;
	_Atomic unsigned long calls;
} faults[FAULTS_MAX];
static unsigned int faults_nr;
static const char *log_path;
static _Atomic int was_read;

extern void pooltrace_test_point(const char *name) __attribute__((weak, visibility("default")));

void pt_point(const char *name)
{
	if (pooltrace_test_point)
		pooltrace_test_point(name);
}

extern uint32_t pooltrace_test_cpu __attribute__((weak, visibility("default")));

const uint32_t *pt_fault_cpu(void)
{
	return &pooltrace_test_cpu;
}

/* The door itself is watched, so not by it. */
static long bare(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

static const char *variable(const char *name)
{
	size_t len = strlen(name);
	char **e;

	for (e = environ; e && *e; e++)
		if (!strncmp(*e, name, len) && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

static unsigned long number(const char **s)
{
	unsigned long n = 0;

	for (; **s >= '0' && **s <= '9'; ++*s)
		n = n * 10 + (unsigned long)(**s - '0');
	return n;
}

static bool word_is(const char *s, size_t len, const char *name)
{
	return strlen(name) == len && !memcmp(s, name, len);
}

/* A test that means another fault than it says would be a test of nothing. */
static _Noreturn void refuse(void)
{
	static const char text[] = "POOLTRACE_FAULT is not understood\n";

	bare(SYS_write, 2, (long)text, sizeof(text) - 1);
	for (;;)
		bare(SYS_exit_group, 99, 0, 0);
}

/* One KIND:N[+]:ERRNO; what follows it. */
static const char *read_one(const char *s)
{
	size_t len = strcspn(s, ":");
	unsigned int i, kind, kinds_nr = sizeof(kinds) / sizeof(kinds[0]);

	for (kind = 0; kind < kinds_nr && !word_is(s, len, kinds[kind].name); kind++)
		;
	if (kind == kinds_nr || faults_nr == FAULTS_MAX || !s[len])
		refuse();
	s += len + 1;
	faults[faults_nr].nr = kinds[kind].nr;
	faults[faults_nr].at = number(&s);
	faults[faults_nr].and_on = *s == '+';
	s += *s == '+';
	if (*s++ != ':')
		refuse();
	len = strcspn(s, ",");
	faults[faults_nr].error = (long)number(&(const char *){ s });
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (word_is(s, len, errors[i].name))
			faults[faults_nr].error = errors[i].number;
	if (!faults[faults_nr].error || !faults[faults_nr].at)
		refuse();
	faults_nr++;
	return s + len + (s[len] == ',');
}

/* By the boot, so by one thread. */
static void read_faults(void)
{
	const char *s = variable("POOLTRACE_FAULT");

	log_path = variable("POOLTRACE_FAULT_LOG");
	while (s && *s)
		s = read_one(s);
	atomic_store(&was_read, 1);
}

static void note(void)
{
	long fd = log_path ? bare(SYS_open, (long)log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	bare(SYS_write, fd, (long)"x", 1);
	bare(SYS_close, fd, 0, 0);
}

/* What the program asked of prctl() is the program's. A mask is restored only where it could be set. */
static bool is_kind(long wanted, long nr, long a, long c)
{
	unsigned int i;

	if ((nr == SYS_prctl && a != PR_GET_NAME) || (nr == SYS_rt_sigprocmask && !c))
		return false;
	if (wanted != ANY_CALL)
		return wanted == nr;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].nr == nr)
			return true;
	return false;
}

long pt_fault(long nr, long a, long c)
{
	unsigned int i;

	if (!atomic_load_explicit(&was_read, memory_order_acquire))
		read_faults();
	for (i = 0; i < faults_nr; i++) {
		unsigned long call;

		if (!is_kind(faults[i].nr, nr, a, c))
			continue;
		call = atomic_fetch_add(&faults[i].calls, 1) + 1;
		if (call != faults[i].at && !(faults[i].and_on && call > faults[i].at))
			continue;
		note();
		if (nr == SYS_close) /* the kernel closes it whatever it says (close(2)) */
			bare(nr, a, 0, 0);
		return -faults[i].error;
	}
	return 0;
}
