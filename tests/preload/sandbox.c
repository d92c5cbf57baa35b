/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c prctl|syscall|strict - confine ourselves with seccomp, then allocate.
 *
 * The filter kills for everything but what plain malloc() and the end need. Prints how many
 * allocations and frees were made after it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define PAIRS 2000000

static int confine(const char *how)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_write),
		ALLOW(SYS_exit_group),
		ALLOW(SYS_exit),
		ALLOW(SYS_brk),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { sizeof(rules) / sizeof(rules[0]), rules };

	if (strcmp(how, "strict") == 0)
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	if (strcmp(how, "prctl") == 0)
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

int main(int argc, char **argv)
{
	char line[64];
	void *volatile p = malloc(10);
	int i, len;

	free(p);
	len = snprintf(line, sizeof(line), "%d\n", PAIRS);
	if (confine(argc > 1 ? argv[1] : "prctl"))
		return 1;
	for (i = 0; i < PAIRS; i++) {
		p = malloc(40 + (size_t)i % 7 * 100);
		free(p);
	}
	syscall(SYS_write, 1, line, len);
	syscall(SYS_exit, 0); /* strict mode knows no exit_group() */
	return 0;
}
