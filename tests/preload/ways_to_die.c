/* SPDX-License-Identifier: MIT */
/*
 * ways_to_die.c WAY [PROGRAM] - 1000 allocations and 998 frees, then the end, in one of many ways.
 *
 * Main does half of it, a second thread (still running at the end) the rest, so an exit that
 * forgets the other threads' events shows.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int done[2];
static volatile int *volatile nowhere;

static void work(void)
{
	void *live[500];
	int i;

	for (i = 0; i < 500; i++)
		if (!(live[i] = malloc((size_t)(i % 50 + 1) * 8)))
			_exit(3);
	for (i = 0; i < 499; i++)
		free(live[i]);
	*(void *volatile *)&live[0] = live[499];
}

static void *other(void *arg)
{
	work();
	if (write(done[1], "", 1) != 1)
		_exit(3);
	for (;;)
		pause();
	return arg;
}

static void say_bye(void)
{
	void *volatile p = malloc(100);

	free(p);
}

static int end(const char *way, char **argv)
{
	if (strcmp(way, "exit") == 0)
		exit(7);
	if (strcmp(way, "_exit") == 0)
		_exit(7);
	if (strcmp(way, "quick_exit") == 0)
		quick_exit(7);
	if (strcmp(way, "abort") == 0)
		abort();
	if (strcmp(way, "segv") == 0)
		*nowhere = 1;
	if (strcmp(way, "sigkill") == 0)
		raise(SIGKILL);
	if (strcmp(way, "sigterm") == 0)
		raise(SIGTERM);
	if (strcmp(way, "exec") == 0)
		execv(argv[0], argv);
	if (strcmp(way, "thread_exit") == 0)
		pthread_exit(NULL); /* the process ends with its last thread: at_exit in the other */
	return 7;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char byte;

	if (argc < 2 || pipe(done))
		return 2;
	at_quick_exit(say_bye);
	if (pthread_create(&thread, NULL, other, NULL) || read(done[0], &byte, 1) != 1)
		return 2;
	work();
	if (strcmp(argv[1], "thread_exit") == 0)
		alarm(1); /* the other thread never ends by itself */
	return end(argv[1], argv + 2);
}
