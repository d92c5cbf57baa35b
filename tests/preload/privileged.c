/* SPDX-License-Identifier: MIT */
/*
 * privileged.c [drop UID FOLDER] - what a process that may be privileged has of the recorder.
 *
 * Prints whether ld.so calls it secure, then what must be the same as without the library: handlers, descriptors,
 * threads, and what allocations, a child and the header's calls do. On stderr whether the library
 * is there, and its unwinder. drop: becomes UID in the
 * middle, once there is a file FOLDER/ready, and forks once more.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

static int is_recorder(struct dl_phdr_info *info, size_t size, void *found)
{
	(void)size;
	if (strstr(info->dlpi_name, "libpooltrace"))
		((int *)found)[0] = 1;
	if (strstr(info->dlpi_name, "libunwind"))
		((int *)found)[1] = 1;
	return 0;
}

static void allocate(void)
{
	void *volatile p;
	int i, pool;

	for (i = 0; i < 1000; i++) {
		p = malloc(100 + (size_t)i);
		p = realloc(p, 5000);
		free(p);
	}
	pooltrace_pool_create(&pool, "pool", 100, 1);
	pooltrace_get(&pool, &i, 100, 0);
	pooltrace_put(&pool, &i, 0);
	pooltrace_mark("mark");
	if (pooltrace_snapshot())
		fprintf(stderr, "snapshot taken\n");
	pooltrace_pause();
	pooltrace_resume();
}

static int child(void)
{
	pid_t pid = fork();
	int status = 0;

	allocate();
	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid ? -1 : status;
}

static int handlers_nr(void)
{
	struct sigaction now;
	int i, nr = 0;

	for (i = 1; i < 64; i++)
		nr += !sigaction(i, NULL, &now) && now.sa_handler != SIG_DFL;
	return nr;
}

static int descriptors_nr(void)
{
	int i, nr = 0;

	for (i = 0; i < 256; i++)
		nr += dup2(i, i) == i;
	return nr;
}

static int drop(const char *uid, const char *folder)
{
	char ready[512];
	struct stat st;
	int tries;

	snprintf(ready, sizeof(ready), "%s/ready", folder);
	for (tries = 0; tries < 1000 && stat(ready, &st); tries++) {
		allocate();
		usleep(10000);
	}
	if (setgid((gid_t)atoi(uid)) || setuid((uid_t)atoi(uid)))
		return 1;
	allocate();
	printf("dropped, child %d\n", child());
	fflush(stdout);
	for (tries = 0; tries < 1000 && !stat(ready, &st); tries++) {
		allocate();
		usleep(10000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int found[2] = { 0, 0 };

	dl_iterate_phdr(is_recorder, found);
	fprintf(stderr, "recorder %d unwinder %d\n", found[0], found[1]);
	printf("secure %d\n", getauxval(AT_SECURE) != 0);
	printf("handlers %d descriptors %d\n", handlers_nr(), descriptors_nr());
	fflush(stdout);
	printf("child %d\n", child());
	if (argc == 4)
		return drop(argv[2], argv[3]);
	return 0;
}
