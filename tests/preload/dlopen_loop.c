/* SPDX-License-Identifier: MIT */
/*
 * dlopen_loop.c PLUGIN ROUNDS - loads and unloads code while other threads allocate.
 *
 * A recorder that takes the loader's lock in malloc deadlocks here; the alarm says so.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int stop;

__attribute__((noinline)) static void deep(int depth)
{
	void *volatile p;

	if (depth > 0) {
		deep(depth - 1);
		__asm__ volatile(""); /* no tail call */
		return;
	}
	p = malloc(64);
	free(p);
}

static void *work(void *arg)
{
	int i = 0;

	while (!atomic_load(&stop))
		deep(i++ % 16);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	int rounds = argc > 2 ? atoi(argv[2]) : 100;
	int i;

	alarm(60);
	if (argc < 2)
		return 2;
	for (i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 2;
	for (i = 0; i < rounds; i++) {
		void *(*allocate)(size_t);
		void *handle = dlopen(argv[1], RTLD_NOW);
		int k;

		if (!handle)
			return 3;
		*(void **)&allocate = dlsym(handle, "plugin_allocate");
		for (k = 0; k < 10; k++)
			free(allocate(100));
		dlclose(handle);
	}
	atomic_store(&stop, 1);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
