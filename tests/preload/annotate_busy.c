/* SPDX-License-Identifier: MIT */
/*
 * annotate_busy.c THREADS ROUNDS - annotated pools under threads and signals.
 *
 * Each thread hands objects on to the others through a row of slots (a get after it was taken, a
 * put before anybody else can take it), uses the heap meanwhile, and is interrupted by a handler
 * that gets and puts an object of its own. Prints what it did: "gets puts" of the slots, "gets
 * puts" of the handlers, errors (errno changed).
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "../../include/pooltrace.h"

#define SLOTS 8u
#define THREADS_MAX 64u
#define HANDLER_SHARD 1000u
#define HANDLERS_MIN 20u /* goes on until so many have run */

static char slots_pool, handler_pool;
static char objects[SLOTS][128];
static _Atomic(char *) slots[SLOTS];
static atomic_ulong slot_gets, handler_gets, changed;
static unsigned long rounds;

static void on_signal(int sig)
{
	char object; /* on the stack of whoever was interrupted: nobody else's */

	(void)sig;
	errno = ENOTBLK;
	pooltrace_get(&handler_pool, &object, 1, HANDLER_SHARD);
	pooltrace_put(&handler_pool, &object, HANDLER_SHARD);
	pooltrace_drop(&handler_pool, &object);
	atomic_fetch_add(&handler_gets, 1);
	atomic_fetch_add(&changed, errno != ENOTBLK);
}

static void *work(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg;
	unsigned long i, got = 0;

	for (i = 0; i < rounds || (atomic_load(&handler_gets) < HANDLERS_MIN && i < 1000 * rounds); i++) {
		_Atomic(char *) *slot = &slots[(i * 7 + me) % SLOTS];
		uint32_t shard = i % 2 ? me : POOLTRACE_SHARD_THREAD;
		char *object = atomic_exchange(slot, NULL);
		void *volatile block;
		char *other;

		if (!object)
			continue;
		pooltrace_get(&slots_pool, object, 128, shard);
		block = malloc(64 + i % 512);
		free(block);
		pooltrace_put(&slots_pool, object, shard);
		got++;
		do { /* its own slot is free, or somebody took it for another object */
			other = NULL;
			slot = &slots[(size_t)(object - objects[0]) / sizeof(objects[0])];
		} while (!atomic_compare_exchange_weak(slot, &other, object));
	}
	atomic_fetch_add(&slot_gets, got);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int threads_nr = argc > 1 ? (unsigned int)atoi(argv[1]) : 4;
	struct itimerval every = { { 0, 500 }, { 0, 500 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	pthread_t threads[THREADS_MAX];
	unsigned int i;

	rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
	if (threads_nr < 1 || threads_nr > THREADS_MAX || sigaction(SIGALRM, &action, NULL))
		return 2;
	pooltrace_pool_create(&slots_pool, "slots", 128, threads_nr);
	pooltrace_pool_create(&handler_pool, "handler", 1, 1);
	for (i = 0; i < SLOTS; i++) {
		pooltrace_stock(&slots_pool, objects[i], 128, 0);
		atomic_store(&slots[i], objects[i]);
	}
	setitimer(ITIMER_REAL, &every, NULL);
	for (i = 0; i < threads_nr; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i))
			return 2;
	for (i = 0; i < threads_nr; i++)
		pthread_join(threads[i], NULL);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_IGN);
	printf("%lu %lu %lu %lu %lu\n", slot_gets, slot_gets, handler_gets, handler_gets, changed);
	return 0;
}
