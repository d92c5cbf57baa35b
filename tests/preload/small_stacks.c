/* SPDX-License-Identifier: MIT */
/*
 * small_stacks.c altstack BYTES | thread - allocates where there is hardly any stack.
 *
 * altstack: in a handler on an alternative stack of BYTES (0: what the kernel's signal frame
 * takes and 2 KiB) with a guard page below; linked with -z now, because lazy binding alone takes
 * 3 KiB on a machine with AVX-512. thread: in threads
 * with the smallest stack that pthreads give, 16 KiB. Overrunning the stack is a SIGSEGV.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES 4096u
#define LEFT_BYTES 2048u

static volatile sig_atomic_t handled;

static void churn(void)
{
	void *volatile p;
	int i;

	for (i = 0; i < 300; i++) {
		p = malloc(100 + (size_t)i * 64);
		p = realloc(p, 5000 + (size_t)i);
		free(p);
		p = calloc(3, 50);
		free(p);
	}
}

static void on_signal(int sig)
{
	(void)sig;
	churn();
	handled = 1;
}

static int altstack(size_t bytes)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	unsigned char *map = mmap(NULL, 8 * PAGE_BYTES, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = { .ss_sp = map + PAGE_BYTES };

	stack.ss_size = bytes ? bytes : (size_t)sysconf(_SC_MINSIGSTKSZ) + LEFT_BYTES;
	if (map == MAP_FAILED || mprotect(map, PAGE_BYTES, PROT_NONE) || stack.ss_size > 7 * PAGE_BYTES)
		return 2;
	if (sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &action, NULL))
		return 2;
	raise(SIGUSR1);
	return handled ? 0 : 3;
}

static void *work(void *arg)
{
	churn();
	return arg;
}

static int thread(void)
{
	pthread_attr_t attr;
	pthread_t id;
	int i;

	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, (size_t)sysconf(_SC_THREAD_STACK_MIN)))
		return 2;
	for (i = 0; i < 20; i++)
		if (pthread_create(&id, &attr, work, NULL) || pthread_join(id, NULL))
			return 3;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "altstack") == 0)
		return altstack(strtoul(argv[2], NULL, 10));
	return thread();
}
