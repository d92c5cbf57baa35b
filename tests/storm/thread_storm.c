/* SPDX-License-Identifier: MIT */
/*
 * thread_storm.c THREADS - as many threads at once, each allocates ten blocks, waits for all, and frees them.
 *
 * Their stacks of 16 KiB lie in one mapping, so that the system's limit on mappings is not met by the program
 * itself. Prints how many threads there were, and so how many calls: ten of each kind a thread.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define STACK_BYTES (16u << 10)
#define BLOCKS 10

static atomic_uint here;
static int go;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER;

static void *work(void *arg)
{
	void *blocks[BLOCKS];
	int i;

	for (i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(16 + (size_t)i * 8);
	atomic_fetch_add(&here, 1);
	pthread_mutex_lock(&lock); /* asleep: thousands that look again and again are the end of the machine */
	while (!go)
		pthread_cond_wait(&all_here, &lock);
	pthread_mutex_unlock(&lock);
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	return arg;
}

int main(int argc, char **argv)
{
	unsigned int i, made, nr = argc > 1 ? (unsigned int)atoi(argv[1]) : 100;
	const struct timespec nap = { 0, 1000000 };
	pthread_t *threads = calloc(nr, sizeof(*threads));
	char *stacks = mmap(NULL, (size_t)nr * STACK_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_attr_t attr;

	if (!threads || stacks == MAP_FAILED || pthread_attr_init(&attr))
		return 2;
	for (made = 0; made < nr; made++)
		if (pthread_attr_setstack(&attr, stacks + (size_t)made * STACK_BYTES, STACK_BYTES) ||
		    pthread_create(&threads[made], &attr, work, NULL))
			break;
	while (atomic_load(&here) < made)
		nanosleep(&nap, NULL);
	pthread_mutex_lock(&lock);
	go = 1;
	pthread_cond_broadcast(&all_here);
	pthread_mutex_unlock(&lock);
	for (i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
	printf("%u\n", made);
	return made == nr ? 0 : 3;
}
