/* SPDX-License-Identifier: MIT */
/*
 * oplayer.c [--seed N] [--pools N] [--ops N] [--threads N] - random annotations, no pool behind them.
 *
 * Several plays at once, each a pool name with a few instances; several threads that pass a baton,
 * so that one call at a time is made and the trace has one order. Mostly calls as a pool would make
 * them, and now and then every misuse, odd order and corner that pooltrace.h allows. What comes out
 * is for pool_oracle to judge: the player knows nothing of what the report ought to say.
 *
 * Memory of objects comes from malloc() and from an arena of the player's own.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oplayer.h"

#define THREADS_MAX 8u

struct play plays[PLAYS_MAX];
unsigned int plays_nr = 10;
uint64_t seed = 1;
static unsigned int threads_nr = 3;
static long ops_left = 2000;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn[THREADS_MAX];
static bool here[THREADS_MAX];
static unsigned int whose;

uint64_t below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % limit;
}

bool chance(unsigned int of_1000)
{
	return below(1000) < of_1000;
}

static void rest(void)
{
	struct timespec t = { 0, 1000 };

	if (chance(970))
		return;
	if (chance(100))
		t.tv_nsec = 1000 + (long)below(2000000);
	nanosleep(&t, NULL);
}

static void change_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(below(2), &set);
	sched_setaffinity(0, sizeof(set), &set); /* where there is no such CPU it stays */
}

static void pass_baton(void)
{
	do
		whose = (unsigned int)below(threads_nr);
	while (!here[whose]);
	pthread_cond_signal(&turn[whose]);
}

/* Some steps whenever the baton comes; some threads leave before the end. Thread 0 is the main one. */
static void *play_on(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;
	bool leaves;
	long leave_at;

	pthread_mutex_lock(&lock);
	leaves = me && chance(500);
	leave_at = (long)below((uint64_t)ops_left + 1);
	while (ops_left > 0) {
		while (whose != me && ops_left > 0)
			pthread_cond_wait(&turn[me], &lock);
		if (ops_left <= 0 || (leaves && ops_left < leave_at))
			break;
		if (chance(100))
			change_cpu();
		for (unsigned int i = (unsigned int)below(20); i < 20 && ops_left > 0; i++, ops_left--) {
			step();
			rest();
		}
		pass_baton();
	}
	here[me] = false;
	if (ops_left > 0)
		pass_baton();
	else
		for (unsigned int i = 0; i < threads_nr; i++)
			pthread_cond_signal(&turn[i]);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void set_up(struct play *p, unsigned int number)
{
	static const size_t sizes[] = { 0, 0, 64, 1000, 4096 };

	snprintf(p->name, sizeof(p->name), "play %u", number);
	if (chance(20))
		snprintf(p->name, sizeof(p->name), "a name that is longer than the sixty-three bytes which are kept of it, %u",
			 number);
	p->instances_nr = chance(500) ? 1 : 1 + (unsigned int)below(INSTANCES_MAX);
	p->created = !chance(50);
	p->tells_misses = chance(600);
	p->busy = number == 3;
	p->bytes = sizes[below(sizeof(sizes) / sizeof(sizes[0]))];
	p->shards_nr = 1 + (uint32_t)below(6);
	p->thread_shards = chance(500) ? 0 : chance(500) ? 100 : 30;
	p->odd = chance(300) ? 0 : chance(500) ? 5 : 40;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 0) * 0x9e3779b97f4a7c15u + 1;
		else if (strcmp(argv[i], "--pools") == 0)
			plays_nr = (unsigned int)atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--ops") == 0)
			ops_left = atol(argv[i + 1]);
		else if (strcmp(argv[i], "--threads") == 0)
			threads_nr = (unsigned int)atoi(argv[i + 1]);
	}
	if (!plays_nr || plays_nr > PLAYS_MAX || !threads_nr || threads_nr > THREADS_MAX || ops_left < 1)
		return 2;
	for (unsigned int i = 0; i < plays_nr; i++)
		set_up(&plays[i], i);
	for (unsigned int i = 0; i < threads_nr; i++) {
		pthread_cond_init(&turn[i], NULL);
		here[i] = true;
	}
	pthread_mutex_lock(&lock); /* all are there before the first step */
	for (unsigned int i = 1; i < threads_nr; i++)
		if (pthread_create(&threads[i], NULL, play_on, (void *)(uintptr_t)i) != 0)
			return 2;
	pthread_mutex_unlock(&lock);
	play_on(NULL);
	for (unsigned int i = 1; i < threads_nr && seed % 2; i++)
		pthread_join(threads[i], NULL);
	return 0; /* or with threads that are still there */
}
