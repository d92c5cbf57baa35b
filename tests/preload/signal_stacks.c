/* SPDX-License-Identifier: MIT */
/* signal_stacks.c - allocates at varying depth while a timer's handler allocates too, until it ran 2,000 times. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

static volatile sig_atomic_t ran;

static void on_alarm(int sig)
{
	(void)sig;
	free(malloc(33));
	ran++;
}

static __attribute__((noinline)) void *deep(int depth)
{
	void *p, *q;

	if (!depth)
		return malloc(5);
	p = malloc((size_t)depth * 3 + 1);
	q = deep(depth - 1);
	free(q);
	return p;
}

int main(void)
{
	const struct itimerval every = { { 0, 200 }, { 0, 200 } };

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &every, NULL);
	while (ran < 2000)
		for (int i = 0; i < 20; i++)
			free(deep(i));
	puts("done");
	return 0;
}
