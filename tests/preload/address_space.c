/* SPDX-License-Identifier: MIT */
/*
 * address_space.c limit|data|lock - what a program does to its own address space after it started.
 *
 * limit: RLIMIT_AS of 1 GiB, then a block of 100 MiB. data: RLIMIT_DATA likewise, in a forked child,
 * as Chromium's zygote does. lock: mlockall() of all there is and will be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct rlimit one_gib = { 1u << 30, 1u << 30 };
	void *volatile p = malloc(100);

	free(p);
	if (argc > 1 && strcmp(argv[1], "limit") == 0)
		printf("setrlimit %d\n", setrlimit(RLIMIT_AS, &one_gib));
	else if (argc > 1 && strcmp(argv[1], "data") == 0) {
		if (fork() > 0)
			return wait(NULL) < 0;
		printf("setrlimit %d\n", setrlimit(RLIMIT_DATA, &one_gib));
	} else
		printf("mlockall %d\n", mlockall(MCL_CURRENT | MCL_FUTURE));
	p = malloc(100u << 20);
	printf("malloc %s\n", p ? "ok" : "failed");
	free(p);
	return 0;
}
