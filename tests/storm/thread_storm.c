/* SPDX-License-Identifier: MIT */
/*
 * thread_storm.c THREADS - as many threads at once, each allocates ten blocks, waits for all, and frees them.
 *
 * Nobody polls and nobody is woken in a herd: thousands that run at once are the end of the machine. 64 are
 * started, then waited for; all sleep on one semaphore, and who wakes up frees and wakes the next. Their stacks of
 * 16 KiB lie in one mapping, so that the system's limit on mappings is not met by the program itself. Prints how many
 * threads there were, and so how many calls: ten of each kind a thread.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define STACK_BYTES (16u << 10)
#define BLOCKS 10
#define AT_ONCE 64u

static atomic_uint here;
static sem_t go;

static void *work(void *arg)
{
	void *blocks[BLOCKS];
	int i;

	for (i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(16 + (size_t)i * 8);
	atomic_fetch_add(&here, 1);
	while (sem_wait(&go) && errno == EINTR)
		;
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	sem_post(&go);
	return arg;
}

static void wait_for(unsigned int nr)
{
	const struct timespec nap = { 0, 1000000 };

	while (atomic_load(&here) < nr)
		nanosleep(&nap, NULL);
}

int main(int argc, char **argv)
{
	unsigned int i, made, nr = argc > 1 ? (unsigned int)atoi(argv[1]) : 100;
	pthread_t *threads = calloc(nr, sizeof(*threads));
	char *stacks = mmap(NULL, (size_t)nr * STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_attr_t attr;

	if (!threads || stacks == MAP_FAILED || pthread_attr_init(&attr) || sem_init(&go, 0, 0))
		return 2;
	for (made = 0; made < nr; made++) {
		if (pthread_attr_setstack(&attr, stacks + (size_t)made * STACK_BYTES, STACK_BYTES) ||
		    pthread_create(&threads[made], &attr, work, NULL))
			break;
		if (made % AT_ONCE == 0)
			wait_for(made + 1);
	}
	wait_for(made);
	sem_post(&go);
	for (i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
	printf("%u\n", made);
	return made == nr ? 0 : 3;
}
