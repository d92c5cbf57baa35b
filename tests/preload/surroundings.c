/* SPDX-License-Identifier: MIT */
/*
 * surroundings.c - what a process finds around it after two threads have allocated a lot.
 *
 * Descriptors, signal masks and dispositions, threads, umask, limits and the environment (but
 * for the recorder's own variables). Plain and traced must be the same.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void *churn(void *arg)
{
	void *live[256] = { NULL };
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		free(live[i % 256]);
		live[i % 256] = malloc(16 + i * 7919u % 3000);
	}
	for (i = 0; i < 256; i++)
		free(live[i]);
	return arg;
}

static void print_descriptors(void)
{
	char path[64], to[512];
	ssize_t len;
	int fd;

	for (fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, to, sizeof(to) - 1);
		if (len < 0)
			continue;
		to[len] = '\0';
		printf("fd %d %s\n", fd, fd > 2 ? to : "");
	}
}

static void print_status(void)
{
	static const char *const keys[] = { "Threads:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:",
					    "SigCgt:", "NoNewPrivs:", "Seccomp:", "Umask:" };
	FILE *f = fopen("/proc/self/status", "r");
	char line[512];
	size_t i;

	while (f && fgets(line, sizeof(line), f))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	if (f)
		fclose(f);
}

int main(void)
{
	pthread_t thread;
	struct rlimit limit;
	const char *error = dlerror(); /* before anything else could make one */
	int i;

	printf("dlerror %s\n", error ? error : "none");
	if (pthread_create(&thread, NULL, churn, NULL))
		return 2;
	churn(NULL);
	pthread_join(thread, NULL);
	print_descriptors();
	print_status();
	for (i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			printf("limit %d %lu %lu\n", i, (unsigned long)limit.rlim_cur,
			       (unsigned long)limit.rlim_max);
	for (i = 0; environ[i]; i++)
		if (strncmp(environ[i], "POOLTRACE_", 10) && strncmp(environ[i], "LD_PRELOAD=", 11))
			puts(environ[i]);
	return 0;
}
