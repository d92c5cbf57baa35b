/* SPDX-License-Identifier: MIT */
/*
 * limit_run.c LIMIT VALUE COMMAND... - runs COMMAND under a limit that is there before it starts.
 *
 * as, fsize, nofile, stack, data: a resource limit of VALUE. deny: a seccomp filter that answers the system call
 * VALUE with EPERM. gone: in the folder VALUE, which no longer exists. umask: VALUE, octal.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int deny(unsigned int nr)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(rules) / sizeof(rules[0]), rules };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static int limit(int resource, const char *value)
{
	rlim_t n = strtoul(value, NULL, 0);
	struct rlimit limit = { n, n };

	return setrlimit((__rlimit_resource_t)resource, &limit);
}

static int apply(const char *what, const char *value)
{
	static const struct {
		char name[8];
		int resource;
	} limits[] = {
		{ "as", RLIMIT_AS },	   { "fsize", RLIMIT_FSIZE }, { "nofile", RLIMIT_NOFILE },
		{ "stack", RLIMIT_STACK }, { "data", RLIMIT_DATA },
	};
	unsigned int i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (!strcmp(what, limits[i].name))
			return limit(limits[i].resource, value);
	if (!strcmp(what, "deny"))
		return deny((unsigned int)strtoul(value, NULL, 0));
	if (!strcmp(what, "gone"))
		return mkdir(value, 0700) || chdir(value) || rmdir(value);
	if (!strcmp(what, "umask"))
		return umask((mode_t)strtoul(value, NULL, 8)), 0;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 4 || apply(argv[1], argv[2]))
		return 2;
	execv(argv[3], argv + 3);
	return 127;
}
