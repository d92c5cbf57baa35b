/* SPDX-License-Identifier: MIT */
/*
 * gate.c KEEP [STATUS [SLEEP_S]] - a program whose numbers are the same in every run: what a budget is held against.
 *
 * Takes and gives back 100 buffers of 4096 bytes, and keeps KEEP blocks of 10,000 bytes. Exits with STATUS; sleeps
 * SLEEP_S seconds before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEEP_MAX 1000

static void *kept[KEEP_MAX];

__attribute__((noinline)) static void work(void)
{
	void *buffers[100];

	for (int i = 0; i < 100; i++)
		buffers[i] = malloc(4096);
	for (int i = 0; i < 100; i++)
		free(buffers[i]);
}

__attribute__((noinline)) static void keep_more(int nr)
{
	for (int i = 0; i < nr; i++)
		kept[i] = malloc(10000); /* the injected line */
}

int main(int argc, char **argv)
{
	int keep = argc > 1 ? atoi(argv[1]) : 0;

	work();
	keep_more(keep < KEEP_MAX ? keep : KEEP_MAX);
	if (argc > 3)
		sleep((unsigned int)atoi(argv[3]));
	return argc > 2 ? atoi(argv[2]) : 0;
}
