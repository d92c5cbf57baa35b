/* SPDX-License-Identifier: MIT */
/* plugin_thread.c - its constructor waits for a thread that allocates, under ld.so's lock. */
#include <pthread.h>
#include <stdlib.h>

static void *work(void *arg)
{
	void *volatile p = malloc(10);

	free(p);
	return arg;
}

__attribute__((constructor)) static void start(void)
{
	pthread_t t;

	if (!pthread_create(&t, NULL, work, NULL))
		pthread_join(t, NULL);
}
