/* SPDX-License-Identifier: MIT */
/*
 * snapshot_stop.c MODE - snapshots among threads and signals that are in the way of standing still.
 *
 * Prints "NAME VALUE" lines; see snapshot_look.h. Modes: one a function below.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "../../include/pooltrace.h"
#include "snapshot_look.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif
#define THREADS_NR 4

static atomic_bool ends;
static atomic_uint progress, unexpected;

static pthread_t start(void *(*run)(void *), size_t stack_bytes)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	if ((stack_bytes && pthread_attr_setstacksize(&attr, stack_bytes)) || pthread_create(&thread, &attr, run, NULL))
		exit(2);
	return thread;
}

static void *work(void *arg)
{
	while (!atomic_load(&ends)) {
		free(malloc(50));
		if (atomic_fetch_add(&progress, 1) % 1024 == 0)
			usleep(100);
	}
	return arg;
}

/* A thread of its own for all signals, as daemons have it. */
static void *wait_for_signals(void *arg)
{
	sigset_t all;
	int signal;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!atomic_load(&ends))
		if (!sigwait(&all, &signal) && signal != SIGUSR1)
			atomic_fetch_add(&unexpected, 1);
	return arg;
}

static int sigwaiting(void)
{
	pthread_t thread = start(wait_for_signals, 0);
	unsigned int i;

	usleep(50000);
	for (i = 0; i < 50; i++) {
		pooltrace_snapshot();
		settle();
	}
	atomic_store(&ends, true);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	printf("unexpected_signals %u\n", atomic_load(&unexpected));
	return 0;
}

static void snap_here(int signal)
{
	(void)signal;
	pooltrace_snapshot();
}

/* A stack with 2 KiB more than the kernel's frame needs, and nothing mapped below. */
static void signal_stack(void)
{
	unsigned long least = getauxval(AT_MINSIGSTKSZ);
	size_t bytes = ((least ? least : 2048) + 2048) & ~15ul, whole = (bytes + 4095) & ~4095ul;
	char *low = mmap(NULL, 4096 + whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t ss = { .ss_size = bytes };

	if (low == MAP_FAILED || mprotect(low, 4096, PROT_NONE))
		exit(2);
	ss.ss_sp = low + 4096; /* the frame lies at the upper end */
	if (sigaltstack(&ss, NULL))
		exit(2);
}

/* Snapshots on a small signal stack, among threads with small stacks. */
static int small(void)
{
	struct sigaction action = { .sa_handler = snap_here, .sa_flags = SA_ONSTACK };
	pthread_t threads[THREADS_NR];
	unsigned int i;

	for (i = 0; i < THREADS_NR; i++)
		threads[i] = start(work, 16384);
	signal_stack();
	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < 20; i++) {
		raise(SIGUSR1);
		settle();
	}
	atomic_store(&ends, true);
	for (i = 0; i < THREADS_NR; i++)
		pthread_join(threads[i], NULL);
	fprintf(stderr, "done %u\n", header().done);
	printf("alive 1\n");
	return 0;
}

static sigjmp_buf back;
static volatile sig_atomic_t may_jump;

static void jump(int signal)
{
	(void)signal;
	if (may_jump)
		siglongjmp(back, 1);
}

/* Handlers that never return to what they interrupted. */
static int jumping(void)
{
	struct sigaction action = { .sa_handler = jump, .sa_flags = SA_NODEFER };
	struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
	volatile unsigned int jumps = 0, began = now_ms();
	unsigned int i, before, number = 0;
	sigset_t alarm_alone;

	sigemptyset(&alarm_alone);
	sigaddset(&alarm_alone, SIGALRM); /* for this thread alone: it is the one that can be jumped in */
	pthread_sigmask(SIG_BLOCK, &alarm_alone, NULL);
	for (i = 0; i < THREADS_NR; i++)
		start(work, 0);
	pthread_sigmask(SIG_UNBLOCK, &alarm_alone, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	if (sigsetjmp(back, 1))
		jumps++;
	may_jump = 1;
	while (now_ms() - began < 1500)
		pooltrace_snapshot();
	may_jump = 0;
	setitimer(ITIMER_REAL, &never, NULL);
	before = atomic_load(&progress);
	for (i = 0; i < 100 && !number; i++) {
		usleep(20000);
		number = pooltrace_snapshot();
	}
	printf("jumped %d\nthreads_go_on %d\n", jumps > 10, atomic_load(&progress) > before);
	fprintf(stderr, "one_more %d\n", number > 0);
	fflush(NULL);
	_exit(0);
}

/* The longest of some snapshots, ms; children are waited for. */
static unsigned int longest(unsigned int snapshots)
{
	unsigned int i, took, max = 0;

	for (i = 0; i < snapshots; i++) {
		took = now_ms();
		pooltrace_snapshot();
		took = now_ms() - took;
		max = took > max ? took : max;
		settle();
	}
	return max;
}

static void *after_main(void *arg)
{
	usleep(100000);
	fprintf(stderr, "longest_ms %u\n", longest(10));
	fprintf(stderr, "done %u\n", header().done);
	exit(0);
	return arg;
}

/* The first thread ends, the process does not. */
static int headless(void)
{
	start(after_main, 0);
	pthread_exit(NULL);
}

static void *nothing(void *arg)
{
	free(malloc(10));
	return arg;
}

/* Starts threads that end at once, with all signals blocked: never answers, and there is always one more. */
static void *breed(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!atomic_load(&ends))
		pthread_join(start(nothing, 65536), NULL);
	return arg;
}

static int breeding(void)
{
	pthread_t threads[2] = { start(breed, 0), start(breed, 0) };

	fprintf(stderr, "longest_ms %u\n", longest(30));
	atomic_store(&ends, true);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	fprintf(stderr, "done %u\n", header().done);
	printf("alive 1\n");
	return 0;
}

static void *sleep_long(void *arg)
{
	while (!atomic_load(&ends))
		usleep(20000);
	return arg;
}

static int crowd(void)
{
	unsigned int i;

	for (i = 0; i < 1300; i++)
		start(sleep_long, 16384);
	fprintf(stderr, "longest_ms %u\n", longest(5));
	fprintf(stderr, "done %u\n", header().done);
	printf("alive 1\n");
	fflush(NULL);
	_exit(0);
}

/* In a child of vfork() the memory is the parent's, the process is not. */
static int borrowed(void)
{
	volatile uint32_t number = 0;
	int status = -1;
	pid_t pid;

	free(malloc(10));
	pid = vfork();
	if (!pid) {
		number = pooltrace_snapshot();
		_exit(3);
	}
	waitpid(pid, &status, 0);
	printf("vfork_status %d\nnumber_in_it %u\n", WEXITSTATUS(status), number);
	number = pooltrace_snapshot();
	printf("settled %d\n", settle());
	fprintf(stderr, "begun %u\ndone %u\n", header().begun, header().done);
	return 0;
}

static void *kept[2]; /* where the pointers are that a register is the only one to hold elsewhere */
static _Atomic uint64_t secret; /* turned round: no pointer */

/* Holds a pointer in the upper lane of ymm7, and in zmm29 where there is one, and nowhere else. */
static void *hold(void *arg)
{
	uint64_t turned = atomic_load(&secret);
	int wide = __builtin_cpu_supports("avx512f");

	__asm__ volatile("notq %%rax\n\tvmovq %%rax, %%xmm6\n\tvpxor %%xmm7, %%xmm7, %%xmm7\n\t"
			 "vinserti128 $1, %%xmm6, %%ymm7, %%ymm7\n\ttestl %%edx, %%edx\n\tje 1f\n\t"
			 "addq $64, %%rax\n\tvmovq %%rax, %%xmm6\n\t"
			 ".byte 0x62, 0x61, 0x7d, 0x48, 0x6f, 0xee\n\t" /* vmovdqa32 %zmm6, %zmm29 */
			 "1:\tvpxor %%xmm6, %%xmm6, %%xmm6\n\txorl %%eax, %%eax\n\tmovl $1, (%%rdi)\n\t"
			 "2:\tpause\n\tcmpb $0, (%%rcx)\n\tje 2b\n\tvzeroupper"
			 : "+a"(turned)
			 : "d"(wide), "D"(&progress), "c"(&ends)
			 : "xmm6", "xmm7", "memory", "cc");
	return arg;
}

static int vectors(void)
{
	char *block;
	pthread_t thread;

	if (!__builtin_cpu_supports("avx2"))
		return 77;
	block = malloc(256);
	kept[0] = block;
	atomic_store(&secret, ~(uint64_t)(block + 8));
	thread = start(hold, 0);
	while (!atomic_load(&progress))
		usleep(1000);
	pooltrace_snapshot();
	settle();
	atomic_store(&ends, true);
	pthread_join(thread, NULL);
	printf("ymm7 %p\nzmm29 %p\n", (void *)(block + 8),
	       __builtin_cpu_supports("avx512f") ? (void *)(block + 72) : NULL);
	return 0;
}

/* The signal that a snapshot was to be asked for with has its default action again; no event until the end. */
static int unused(void)
{
	signal(SIGUSR2, SIG_DFL);
	printf("ready 1\n");
	fflush(stdout);
	usleep(1500000);
	printf("alive 1\n");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} modes[] = { { "sigwaiting", sigwaiting }, { "small", small },	      { "jumping", jumping },
		      { "headless", headless },	    { "breeding", breeding }, { "crowd", crowd },
		      { "borrowed", borrowed },	    { "vectors", vectors },   { "unused", unused } };
	size_t i;

	look_open();
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (argc > 1 && !strcmp(argv[1], modes[i].name))
			return modes[i].run();
	return 2;
}
