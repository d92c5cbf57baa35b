/* SPDX-License-Identifier: MIT */
/*
 * dlopen_storm.c SECONDS PLUGIN PLUGIN - loads and unloads code x allocates x is interrupted by signals.
 *
 * Two threads load and unload, four allocate through deep stacks and through the plugins, and each gets a signal
 * every millisecond whose handler maps and unmaps memory: that enters the recorder in the midst of itself,
 * and takes no lock of libc's. A watchdog ends the process with 3 when one of the threads does not come on for
 * 60 s. Prints how much was done.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOADERS 2
#define WORKERS 4
#define STUCK_S 60
#define MAP_BYTES (256u << 10)
#define NAP_EVERY 64u

static atomic_int stop;
static atomic_ulong done[LOADERS + WORKERS], handled;
static pthread_t threads[LOADERS + WORKERS];
static const char *plugins[LOADERS];
static _Atomic(void *) kept[64];
static __thread int self_nr = -1;

static void on_signal(int signal)
{
	void *p = mmap(NULL, MAP_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)signal;
	if (p != MAP_FAILED)
		munmap(p, MAP_BYTES);
	/* The recorder tells mappings of threads that have allocated. */
	if (self_nr >= 0 && atomic_load(&done[self_nr]))
		atomic_fetch_add(&handled, 1);
}

static void *load(void *arg)
{
	unsigned long self = (unsigned long)arg, i;

	self_nr = (int)self;
	while (!atomic_load(&stop)) {
		void *(*allocate)(size_t);
		void *handle = dlopen(plugins[self], RTLD_NOW);

		if (!handle)
			exit(4);
		*(void **)&allocate = dlsym(handle, "plugin_allocate");
		for (i = 0; i < 20; i++) /* left to be freed after the code is gone */
			free(atomic_exchange(&kept[(self * 20 + i) % 64], allocate(100 + i)));
		dlclose(handle);
		atomic_fetch_add(&done[self], 1);
	}
	return NULL;
}

__attribute__((noinline)) static void deep(unsigned int path, unsigned long i)
{
	if (path) {
		deep(path & 1 ? path >> 1 : path >> 2, i);
		__asm__ volatile(""); /* no tail call */
		return;
	}
	free(atomic_exchange(&kept[i % 64], malloc(16 + i % 3000)));
}

static void *work(void *arg)
{
	unsigned long self = (unsigned long)arg, i = self;
	const struct timespec nap = { 0, 500000 };

	self_nr = (int)self;
	while (!atomic_load(&stop)) {
		if (i % NAP_EVERY == 0) /* minutes of it are to fit on a disk */
			nanosleep(&nap, NULL);
		deep((unsigned int)(i * 2654435761u) % 65536, i);
		i++;
		atomic_fetch_add(&done[self], 1);
	}
	return NULL;
}

static void watch(int seconds)
{
	unsigned long before[LOADERS + WORKERS] = { 0 };
	const struct timespec ms = { 0, 1000000 };
	long stuck_ms[LOADERS + WORKERS] = { 0 };
	struct timespec begin, now;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		nanosleep(&ms, NULL);
		for (i = 0; i < LOADERS + WORKERS; i++) {
			unsigned long is = atomic_load(&done[i]);

			stuck_ms[i] = is == before[i] ? stuck_ms[i] + 1 : 0;
			before[i] = is;
			if (stuck_ms[i] > STUCK_S * 1000l) {
				dprintf(2, "thread %d does not come on\n", i);
				_exit(3);
			}
			pthread_kill(threads[i], SIGUSR1);
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begin.tv_sec < seconds);
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	unsigned long i, loads = 0, works = 0;

	if (argc != 4)
		return 2;
	plugins[0] = argv[2];
	plugins[1] = argv[3];
	sigaction(SIGUSR1, &sa, NULL);
	for (i = 0; i < LOADERS + WORKERS; i++)
		if (pthread_create(&threads[i], NULL, i < LOADERS ? load : work, (void *)i))
			return 2;
	watch(atoi(argv[1]));
	atomic_store(&stop, 1);
	alarm(STUCK_S);
	for (i = 0; i < LOADERS + WORKERS; i++) {
		pthread_join(threads[i], NULL);
		*(i < LOADERS ? &loads : &works) += done[i];
	}
	printf("%lu %lu %lu\n", loads, works, (unsigned long)handled);
	return 0;
}
