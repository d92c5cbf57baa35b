/* SPDX-License-Identifier: MIT */
/*
 * signal_alloc.c NR - allocates in two threads and, NR times, in a signal handler meanwhile.
 *
 * Linked with bump_alloc.c, so that only the recorder can be hurt by the interruption. Prints
 * "allocations frees" of everything that it did itself.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static atomic_ulong handled;
static atomic_int stop;
static unsigned long wanted;
static unsigned long loops[2];

static void on_alarm(int sig)
{
	void *volatile p = malloc(48);
	void *volatile q;

	(void)sig;
	q = realloc(p, 500);
	free(q);
	if (atomic_fetch_add(&handled, 1) + 1 >= wanted)
		atomic_store(&stop, 1);
}

__attribute__((noinline)) static void nested(int depth, unsigned long *count)
{
	void *volatile p;

	if (depth > 0) {
		nested(depth - 1, count);
		(*count) += 0; /* no tail call */
		return;
	}
	p = malloc(32);
	free(p);
	(*count)++;
}

static void *work(void *arg)
{
	unsigned long *count = arg;

	while (!atomic_load(&stop) && *count < 8000000)
		nested((int)(*count % 7), count);
	return NULL;
}

int main(int argc, char **argv)
{
	struct itimerval every = { { 0, 60 }, { 0, 60 } };
	struct itimerval off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm };
	pthread_t thread;
	unsigned long all;

	wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	sigaction(SIGALRM, &action, NULL);
	if (pthread_create(&thread, NULL, work, &loops[1]))
		return 2;
	setitimer(ITIMER_REAL, &every, NULL);
	work(&loops[0]);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_IGN);
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	all = loops[0] + loops[1];
	dprintf(1, "%lu %lu\n", all + 2 * handled, all + handled);
	return 0;
}
