/* SPDX-License-Identifier: MIT */
/*
 * bursts.c THREADS - each thread in turn needs 200 blocks of 16 KB for a moment; no two at the same time.
 *
 * One thread's worth would do for all of them. What an allocator keeps for the others is blowup.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 64
#define BLOCKS	    200
#define BLOCK_BYTES 16000
#define ROUND_US    3000

static pthread_barrier_t round_ends;
static int threads_nr;

static void burst(void)
{
	void *blocks[BLOCKS];
	int i;

	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK_BYTES);
		memset(blocks[i], 1, BLOCK_BYTES);
	}
	(void)!malloc(64); /* stays, and with it the top of the heap */
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static void *work(void *arg)
{
	int number = *(int *)arg, turn;
	char name[16];

	snprintf(name, sizeof(name), "worker-%d", number);
	pthread_setname_np(pthread_self(), name);
	for (turn = 0; turn < threads_nr; turn++) {
		if (turn == number)
			burst();
		usleep(ROUND_US);
		pthread_barrier_wait(&round_ends);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS_MAX];
	static int numbers[THREADS_MAX];
	int i;

	threads_nr = argc == 2 ? atoi(argv[1]) : 0;
	if (threads_nr < 1 || threads_nr > THREADS_MAX || pthread_barrier_init(&round_ends, NULL, (unsigned int)threads_nr))
		return 2;
	for (i = 0; i < threads_nr; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, work, &numbers[i]))
			return 2;
	}
	for (i = 0; i < threads_nr; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
