/* SPDX-License-Identifier: MIT */
/*
 * switch_points.c WAY - two threads, of which one is stopped inside the recorder while the other goes on.
 *
 *   tell       40 times a thread that looks whether a change of what is recorded was told is stopped while the next change
 *              is made; 41 changes in all
 *   between    the first thread goes 10 times through all modes; at each step of a change the second one takes and gives
 *              back a block of one size
 *   late       20 times what is recorded changes within a reallocation: from every event to a sample of everything, from
 *              counters to every event
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define BLOCK_BYTES 1234
#define NOT_JUST_NOW_US 200 /* more than what a reader forgives after a change */

static sem_t asked, answered;
static volatile int over;
static __thread const char *stops_at; /* point at which this thread lets the other one go on */

static void *take(void)
{
	void *volatile p = malloc(BLOCK_BYTES); /* not for the compiler to leave out */

	return p;
}

void pooltrace_test_point(const char *name);
void pooltrace_test_point(const char *name)
{
	const char *stops = stops_at;

	if (!stops || strcmp(name, stops))
		return;
	stops_at = NULL;
	sem_post(&asked);
	sem_wait(&answered);
	if (!strcmp(stops, "switch"))
		stops_at = stops;
}

static void *looker(void *arg)
{
	for (int i = 0; i < 40; i++) {
		stops_at = "mode-tell";
		free(take());
	}
	return arg;
}

static int tell(void)
{
	pthread_t thread;
	int bad = pooltrace_mode(POOLTRACE_SAMPLE, 1);

	pthread_create(&thread, NULL, looker, NULL);
	for (size_t i = 0; i < 40; i++) {
		sem_wait(&asked);
		bad |= pooltrace_mode(POOLTRACE_SAMPLE, i % 2 ? 1 : 2);
		sem_post(&answered);
	}
	pthread_join(thread, NULL);
	return bad;
}

static void *taker(void *arg)
{
	for (;;) {
		sem_wait(&asked);
		if (over)
			return arg;
		usleep(NOT_JUST_NOW_US);
		for (int i = 0; i < 3; i++)
			free(take());
		free(realloc(take(), BLOCK_BYTES + 1));
		sem_post(&answered);
	}
}

static int between(void)
{
	pthread_t thread;
	int bad = 0;

	pthread_create(&thread, NULL, taker, NULL);
	stops_at = "switch";
	for (int i = 0; i < 10; i++) {
		bad |= pooltrace_mode(POOLTRACE_COUNTERS, 0);
		bad |= pooltrace_mode(POOLTRACE_FULL, 0);
		bad |= pooltrace_mode(POOLTRACE_SAMPLE, 1 << 20);
		bad |= pooltrace_mode(POOLTRACE_FULL, 0);
		bad |= pooltrace_mode(POOLTRACE_SAMPLE, 1000);
		bad |= pooltrace_mode(POOLTRACE_COUNTERS, 0);
	}
	stops_at = NULL;
	over = 1;
	sem_post(&asked);
	pthread_join(thread, NULL);
	return bad;
}

static void *grow(const char *stops)
{
	void *p = malloc(BLOCK_BYTES / 2);

	stops_at = stops;
	return realloc(p, BLOCK_BYTES);
}

static void *grower(void *arg)
{
	for (int i = 0; i < 10; i++) {
		free(grow("leave"));
		free(take());
		usleep(NOT_JUST_NOW_US);
		free(take()); /* so that a reader judges what came before by now */
		pooltrace_mode(POOLTRACE_COUNTERS, 0);
		free(grow("light-begin"));
	}
	return arg;
}

static int late(void)
{
	pthread_t thread;
	int bad = 0;

	pthread_create(&thread, NULL, grower, NULL);
	for (int i = 0; i < 20; i++) {
		sem_wait(&asked);
		if (i % 2 == 0) {
			bad |= pooltrace_mode(POOLTRACE_COUNTERS, 0);
			bad |= pooltrace_mode(POOLTRACE_SAMPLE, 1);
		} else {
			bad |= pooltrace_mode(POOLTRACE_FULL, 0);
		}
		usleep(NOT_JUST_NOW_US);
		sem_post(&answered);
	}
	pthread_join(thread, NULL);
	return bad;
}

int main(int argc, char **argv)
{
	int bad;

	if (argc != 2 || sem_init(&asked, 0, 0) || sem_init(&answered, 0, 0))
		return 2;
	bad = !strcmp(argv[1], "tell") ? tell() : !strcmp(argv[1], "late") ? late() : between();
	puts(bad ? "refused" : "switched");
	return 0;
}
