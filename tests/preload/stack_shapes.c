/* SPDX-License-Identifier: MIT */
/*
 * stack_shapes.c - allocates on stacks that are hard to remember: callers that alternate far out or further in below
 * equal frames, frames of varying size, handlers at any instruction, in one another, on a stack of their own, left by
 * longjmp(), and one that is malloc() itself. Prints how many handlers of the timer ran.
 */
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define OWN_FRAME __attribute__((noinline))
#define USE(p) __asm__ volatile("" : : "r"(p) : "memory")
#define HANDLERS_NR 1500

static volatile sig_atomic_t ran;
static sigjmp_buf back;

static OWN_FRAME void leaf(int bytes)
{
	void *p = malloc((size_t)bytes);

	USE(p);
	free(p);
	USE(&ran);
}

/* `frames` equal ones, then a leaf. */
static OWN_FRAME void down(int frames, int bytes)
{
	if (frames)
		down(frames - 1, bytes);
	else
		leaf(bytes);
	USE(&ran);
}

/* The same down below, from two places in one frame and from frames alike. */
static OWN_FRAME void left(int frames)
{
	down(frames, 21);
	USE(&ran);
	down(frames, 22);
	USE(&ran);
}

static OWN_FRAME void right(int frames)
{
	down(frames, 23);
	USE(&ran);
	down(frames, 24);
	USE(&ran);
}

/* A frame that rbp leads to, of any size; the one below it keeps rbp for it. */
static OWN_FRAME void sized(int bytes, int frames)
{
	char *room = alloca((size_t)bytes);

	memset(room, bytes, (size_t)bytes);
	USE(room);
	down(frames, bytes + 1);
	leaf(room[0] + 200);
	USE(room);
}

/* Two frames that rbp leads to and that share out the same bytes, differently each time: equal further in, and
 * what is left of the time before still lies there. */
static OWN_FRAME void second(int bytes)
{
	char *room = alloca((size_t)bytes);

	USE(room);
	leaf(31);
	USE(room);
}

/* The name in the text: or gcc makes one function of both. */
#define FIRST(name)                            \
	static OWN_FRAME void name(int bytes)  \
	{                                      \
		char *room = alloca((size_t)bytes); \
                                               \
		USE(room);                     \
		second(256 - bytes);           \
		__asm__ volatile("# " #name);  \
		USE(room);                     \
	}
FIRST(first_one)
FIRST(first_other)
static void (*const firsts[])(int) = { first_one, first_other };

static OWN_FRAME void share_out(int n, int frames)
{
	if (frames)
		share_out(n, frames - 1);
	else
		for (int i = 0; i < 4; i++)
			firsts[i % 2](i % 2 * 64 + n % 4 * 16);
	USE(&ran);
}

/* All ways through a tree of calls. */
static OWN_FRAME void tree(int depth)
{
	leaf(depth + 40);
	if (depth) {
		tree(depth - 1);
		USE(&ran);
		tree(depth - 1);
		USE(&ran);
		sized(depth * 8, 1);
	}
}

static void all(int n)
{
	left(3 + n % 40);
	right(3 + n % 40);
	sized(n % 7 * 16 + 8, n % 20);
	share_out(n, n % 20);
	if (n % 50 == 0)
		tree(5);
}

static void on_alarm(int sig)
{
	(void)sig;
	down(ran % 4, 50);
	ran++;
	if (ran % 16 == 0)
		raise(SIGUSR1);
}

static void on_usr1(int sig)
{
	sized(sig, 2);
}

static void leave(int sig)
{
	down(sig % 3, 60);
	siglongjmp(back, 1);
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags | SA_RESTART };

	if (sigaction(sig, &action, NULL))
		exit(2);
}

/* What follows an interruption by `sig` here, deep down. */
static OWN_FRAME void interrupted(int frames, int sig)
{
	if (frames)
		interrupted(frames - 1, sig);
	else
		raise(sig);
	leaf(70);
	USE(&ran);
}

int main(void)
{
	const struct itimerval every = { { 0, 300 }, { 0, 300 } }, off = { { 0, 0 }, { 0, 0 } };
	stack_t apart = { .ss_sp = malloc(65536), .ss_size = 65536 };

	if (!apart.ss_sp || sigaltstack(&apart, NULL))
		return 2;
	handle(SIGUSR1, on_usr1, 0);
	for (int n = 0; n < 200; n++)
		all(n);
	handle(SIGALRM, on_alarm, 0);
	setitimer(ITIMER_REAL, &every, NULL);
	for (int n = 0; ran < HANDLERS_NR; n++)
		all(n);
	handle(SIGALRM, on_alarm, SA_ONSTACK);
	for (int n = 0; ran < HANDLERS_NR + 100; n++)
		all(n);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_IGN);
	handle(SIGUSR2, leave, SA_NODEFER);
	for (int n = 0; n < 100; n++) {
		if (!sigsetjmp(back, 1))
			interrupted(n % 30, SIGUSR2);
		leaf(80);
	}
	handle(SIGUSR2, (void (*)(int))(uintptr_t)malloc, 0);
	interrupted(5, SIGUSR2);
	interrupted(25, SIGUSR2);
	printf("%d\n", (int)ran);
	return 0;
}
