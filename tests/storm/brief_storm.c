/* SPDX-License-Identifier: MIT */
/*
 * brief_storm.c THREADS - as many threads one after the other, eight at once at most.
 *
 * Each allocates ten blocks, frees nine and leaves the last to the thread that joins it. What a recorder keeps for
 * a thread must be of use to the next: prints how many threads there were, and by how many KiB the memory that is the
 * process's own (RssAnon) has grown between the first tenth of them and the last.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 10
#define AT_ONCE 8u

static void *work(void *arg)
{
	void *blocks[BLOCKS];
	int i;

	(void)arg;
	for (i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(16 + (size_t)i * 8);
	for (i = 0; i < BLOCKS - 1; i++)
		free(blocks[i]);
	return blocks[BLOCKS - 1];
}

/* Without an allocation, which would be one more. */
static long own_kib(void)
{
	char text[4096];
	const char *at;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t bytes = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[bytes > 0 ? bytes : 0] = 0;
	at = strstr(text, "RssAnon:");
	return at ? atol(at + strlen("RssAnon:")) : -1;
}

static int join(pthread_t thread)
{
	void *block;

	if (pthread_join(thread, &block))
		return 2;
	free(block);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int i, nr = argc > 1 ? (unsigned int)atoi(argv[1]) : 1000;
	pthread_t threads[AT_ONCE];
	long before_kib = 0;
	int status = 0;

	for (i = 0; i < nr && !status; i++) {
		if (i >= AT_ONCE)
			status = join(threads[i % AT_ONCE]);
		if (i == nr / 10)
			before_kib = own_kib();
		if (!status && pthread_create(&threads[i % AT_ONCE], NULL, work, NULL))
			status = 3;
	}
	printf("%u %ld\n", i, own_kib() - before_kib);
	for (i = nr > AT_ONCE ? nr - AT_ONCE : 0; i < nr && !status; i++)
		status = join(threads[i % AT_ONCE]);
	return status;
}
