/* SPDX-License-Identifier: MIT */
/*
 * fork_storm.c CHILDREN - forks from a process in which 8 threads allocate without pause.
 *
 * Each child makes 100 allocations and frees and leaves with _exit(0). Prints the children's
 * pids. A lock held by a thread that is gone in the child would hang it; the alarm says so.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int stop;

static void *work(void *arg)
{
	void *live[64] = { NULL };
	unsigned int i = 0;

	while (!atomic_load(&stop)) {
		i++;
		free(live[i % 64]);
		live[i % 64] = malloc(16 + i * 7919u % 800);
		if (i % 256 == 0)
			usleep(500); /* 8 threads would leave nothing for the children */
	}
	return arg;
}

static void child(void)
{
	void *volatile p;
	int i;

	alarm(20);
	for (i = 0; i < 100; i++) {
		p = malloc(100 + (size_t)i);
		free(p);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	pthread_t threads[8];
	int children = argc > 1 ? atoi(argv[1]) : 10;
	int i, status;
	pid_t pid;

	alarm(120 + (unsigned int)children / 10);
	for (i = 0; i < 8; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 2;
	for (i = 0; i < children; i++) {
		pid = fork();
		if (pid == 0)
			child();
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			return 3;
		dprintf(1, "%d\n", (int)pid);
	}
	atomic_store(&stop, 1);
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
