/* SPDX-License-Identifier: MIT */
/*
 * kill_victim.c FILE - threads that allocate and free until somebody kills them.
 *
 * Each publishes in the shared FILE what it has begun and what is done, so that the one who
 * kills knows to the event what must be in the trace: done <= recorded <= begun.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kill_slots.h"

static struct kill_slot *slots;

static void *work(void *arg)
{
	struct kill_slot *s = arg;
	void *live[128] = { NULL };
	unsigned int seed = 7;
	unsigned int i;

	for (;;) {
		i = (unsigned int)rand_r(&seed) % 128;
		if (live[i]) {
			s->frees_begun++;
			__asm__ volatile("" ::: "memory");
			free(live[i]);
			__asm__ volatile("" ::: "memory");
			s->frees_done++;
			live[i] = NULL;
			continue;
		}
		s->allocations_begun++;
		__asm__ volatile("" ::: "memory");
		live[i] = malloc(1 + (size_t)rand_r(&seed) % 3000);
		__asm__ volatile("" ::: "memory");
		s->allocations_done++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int fd, i;

	if (argc != 2)
		return 2;
	fd = open(argv[1], O_RDWR);
	slots = mmap(NULL, KILL_SLOTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || slots == MAP_FAILED)
		return 2;
	close(fd);
	for (i = 1; i < KILL_SLOTS_NR; i++)
		if (pthread_create(&thread, NULL, work, &slots[i]))
			return 2;
	work(&slots[0]);
	return 0;
}
