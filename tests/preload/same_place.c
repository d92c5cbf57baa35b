/* SPDX-License-Identifier: MIT */
/*
 * same_place.c PLUGIN OTHER - code is unloaded, and other code loaded in its place, with the same return addresses.
 *
 * Two threads, this one and one that stays, allocate through whichever is there, ten times each. Prints how often the
 * second lay where the first had been: only then has the test shown anything.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5
#define EACH 10

static void *(*allocate)(size_t);
static pthread_barrier_t loaded, done;

static void take_and_give(void)
{
	int i;

	for (i = 0; i < EACH; i++) {
		void *volatile p = allocate(100);

		free(p);
	}
}

static void *work(void *arg)
{
	int i;

	for (i = 0; i < 2 * ROUNDS; i++) {
		pthread_barrier_wait(&loaded);
		take_and_give();
		pthread_barrier_wait(&done);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *before = NULL;
	int i, same = 0;

	if (argc != 3 || pthread_barrier_init(&loaded, NULL, 2) || pthread_barrier_init(&done, NULL, 2) ||
	    pthread_create(&thread, NULL, work, NULL))
		return 2;
	for (i = 0; i < 2 * ROUNDS; i++) {
		void *handle = dlopen(argv[1 + i % 2], RTLD_NOW);

		if (!handle)
			return 3;
		*(void **)&allocate = dlsym(handle, "plugin_allocate");
		if (!allocate)
			*(void **)&allocate = dlsym(handle, "other_allocate");
		same += *(void **)&allocate == before;
		before = *(void **)&allocate;
		pthread_barrier_wait(&loaded);
		take_and_give();
		pthread_barrier_wait(&done);
		dlclose(handle);
	}
	pthread_join(thread, NULL);
	printf("%d\n", same);
	return 0;
}
