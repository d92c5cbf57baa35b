/* SPDX-License-Identifier: MIT */
/*
 * life.c - what else a trace tells of a process: its threads, migrations and large mappings.
 *
 * Maps 64 MiB, grows it to 96 MiB, gives it back; a thread named "named-worker" moves from CPU to CPU
 * 20 times and ends; a small mapping is of no interest. Prints what the calls gave.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define MOVES_NR 20

static void churn(void)
{
	void *volatile p;
	int i;

	for (i = 0; i < 2000; i++) {
		p = malloc(100);
		free(p);
	}
}

static void *travel(void *arg)
{
	cpu_set_t all, one;
	unsigned int cpu = 0;
	int moves;

	pthread_setname_np(pthread_self(), "named-worker");
	if (sched_getaffinity(0, sizeof(all), &all))
		return NULL;
	for (moves = 0; moves < MOVES_NR; moves++) {
		do {
			cpu = (cpu + 1) % CPU_SETSIZE;
		} while (!CPU_ISSET(cpu, &all));
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		churn();
	}
	return arg;
}

static void map(void)
{
	char *p = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *small = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	int gave;

	printf("mmap: %d %d\n", p != MAP_FAILED, small != MAP_FAILED);
	memset(p, 1, MIB);
	p = mremap(p, 64 * MIB, 96 * MIB, MREMAP_MAYMOVE);
	printf("mremap: %d, kept: %d\n", p != MAP_FAILED, p[MIB - 1]);
	printf("munmap: %d %d\n", munmap(p, 96 * MIB), munmap(small, 4096));
	errno = 0;
	p = mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("mmap of nothing: %d errno %d\n", p == MAP_FAILED, errno);
	errno = 0;
	gave = munmap((void *)1, 4096);
	printf("munmap of an odd address: %d errno %d\n", gave, errno);
	errno = 0;
	p = mremap((void *)4096, 4096, 8192, 0);
	printf("mremap of nothing: %d errno %d\n", p == MAP_FAILED, errno);
}

int main(void)
{
	pthread_t thread;

	setvbuf(stdout, NULL, _IOFBF, 8192);
	if (pthread_create(&thread, NULL, travel, NULL) || pthread_join(thread, NULL))
		return 2;
	map();
	churn();
	return 0;
}
