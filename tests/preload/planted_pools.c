/* SPDX-License-Identifier: MIT */
/*
 * planted_pools.c SEED GRAPHS FILE - random graphs of blocks and pooled objects, held by all kinds of roots.
 *
 * FILE gets the truth: planted_pieces.c, and "zone ADDR BYTES KIND" (words there are roots) and "register NUMBER
 * VALUE". Roots are in static data, TLS and stacks of three live threads, mapped memory and registers of waiting
 * threads; copies below the stack pointers hold nothing. Of the waiting threads some never allocated, and one runs
 * on the stack of a thread that has exited. Whoever makes the graphs is gone with its stack.
 */
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../include/pooltrace.h"
#include "planted_pieces.h"

#define GRAPHS_MAX   200u
#define WAITERS_NR   4u
#define REGISTERS_NR 5u /* rbx, r12 to r15: those that a call keeps */
#define STALE_NR     16u
#define SLOTS_NR     64u
#define ZONES_NR     (5u + 2 * WAITERS_NR)
#define MAPPED_BYTES 1048576u
#define STACK_BYTES  1048576u

struct zone {
	void **slots; /* SLOTS_NR */
	const char *kind;
};

struct waiter {
	pthread_t thread;
	long tid;
	uint64_t hidden[REGISTERS_NR], stale[STALE_NR];
	bool allocates;
	struct zone *zones; /* two */
};

static void *in_bss[SLOTS_NR], *in_data[SLOTS_NR] = { (void *)1 };
static __thread void *in_tls[SLOTS_NR];
static struct zone zones[ZONES_NR];
static struct waiter waiters[WAITERS_NR];
static int wake[2], finish[2], ready[2];
static void *volatile left_behind;

/* Twelve pages below the caller's frame: values that were there once. No register keeps one. */
__attribute__((noinline)) static void leave_stale(const uint64_t *hidden)
{
	uint64_t below[6144];

	for (uint32_t i = 0; i < STALE_NR; i++)
		__asm__ volatile("mov (%1), %%rax; not %%rax; mov %%rax, (%0); xor %%eax, %%eax"
				 : : "r"(&below[8 * i]), "r"(&hidden[i]) : "rax", "memory");
}

/* read(), with five pointers in registers and nowhere else. */
__attribute__((noinline)) static void wait_with_registers(const uint64_t *hidden)
{
	char byte = 0;
	long result;

	__asm__ volatile("mov (%[h]), %%rbx; not %%rbx\n\t"
			 "mov 8(%[h]), %%r12; not %%r12\n\t"
			 "mov 16(%[h]), %%r13; not %%r13\n\t"
			 "mov 24(%[h]), %%r14; not %%r14\n\t"
			 "mov 32(%[h]), %%r15; not %%r15\n"
			 "1:\txor %%eax, %%eax\n\tsyscall\n\tcmp $-4, %%rax\n\tje 1b\n\t"
			 "xor %%ebx, %%ebx; xor %%r12d, %%r12d; xor %%r13d, %%r13d; xor %%r14d, %%r14d; xor %%r15d, %%r15d"
			 : "=&a"(result)
			 : [h] "r"(hidden), "D"((long)finish[0]), "S"(&byte), "d"(1L)
			 : "rbx", "r12", "r13", "r14", "r15", "rcx", "r11", "memory", "cc");
}

static void *wait_twice(void *arg)
{
	void *volatile on_stack[SLOTS_NR] = { NULL };
	struct waiter *w = arg;
	char byte;

	w->tid = syscall(SYS_gettid);
	if (w->allocates)
		free(malloc(100));
	w->zones[0] = (struct zone){ (void **)(uintptr_t)on_stack, "stack" };
	w->zones[1] = (struct zone){ in_tls, "tls" };
	if (write(ready[1], "r", 1) != 1 || read(wake[0], &byte, 1) != 1)
		_exit(2);
	leave_stale(w->stale);
	if (write(ready[1], "r", 1) != 1)
		_exit(2);
	wait_with_registers(w->hidden);
	__asm__ volatile("" : : "r"(on_stack), "r"(in_tls) : "memory");
	return NULL;
}

/* Whose stack, and control block, the first waiter gets. */
static void *come_and_go(void *arg)
{
	left_behind = malloc(24);
	return arg;
}

static void put_in_zone(uint64_t value)
{
	struct zone *z = &zones[pieces_below(ZONES_NR)];
	void **slot = &z->slots[pieces_below(SLOTS_NR)];

	if (*slot)
		return;
	*slot = (void *)(uintptr_t)value;
	pieces_tell_word((uint64_t)(uintptr_t)slot, value);
}

static void hold(FILE *out, uint64_t value)
{
	static const unsigned int numbers[REGISTERS_NR] = { 3, 12, 13, 14, 15 };
	static uint32_t registers_nr, stale_nr;
	uint32_t kind = pieces_below(4), nr = registers_nr;

	if (kind == 0 && nr < WAITERS_NR * REGISTERS_NR) {
		fprintf(out, "register %u 0x%" PRIx64 "\n", numbers[nr % REGISTERS_NR], value);
		waiters[nr / REGISTERS_NR].hidden[nr % REGISTERS_NR] = ~value;
		registers_nr++;
	} else if (kind <= 2) {
		put_in_zone(value);
	} else if (stale_nr < WAITERS_NR * STALE_NR) {
		waiters[stale_nr / STALE_NR].stale[stale_nr % STALE_NR] = ~value;
		stale_nr++;
	}
}

struct task {
	FILE *out;
	uint64_t seed;
	uint32_t graphs;
	void **mapped;
};

static void *build(void *arg)
{
	const struct task *t = arg;
	char *objects = (char *)(t->mapped + SLOTS_NR);

	pieces_open(t->seed, objects, MAPPED_BYTES - SLOTS_NR * sizeof(void *) - 4096);
	for (uint32_t i = 0; i < t->graphs; i++) {
		pieces_graph();
		for (uint32_t holders = pieces_below(3); holders; holders--)
			hold(t->out, pieces_pointer());
	}
	for (uint32_t i = 0; i < ZONES_NR; i++)
		fprintf(t->out, "zone 0x%" PRIxPTR " %u %s\n", (uintptr_t)zones[i].slots,
			zones[i].slots == t->mapped ? MAPPED_BYTES : (unsigned int)(SLOTS_NR * sizeof(void *)),
			zones[i].kind);
	pieces_close(t->out);
	return NULL;
}

/* On a stack that is unmapped afterwards: libc would keep it. */
static int run_apart(void *(*function)(void *), void *arg)
{
	void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t thread;

	if (stack == MAP_FAILED || pthread_attr_init(&attr) || pthread_attr_setstack(&attr, stack, STACK_BYTES) ||
	    pthread_create(&thread, &attr, function, arg) || pthread_join(thread, NULL) || munmap(stack, STACK_BYTES))
		return -1;
	return pthread_attr_destroy(&attr);
}

/* Until it sleeps in the kernel: "... (name) S ...". */
static void wait_until_asleep(long tid)
{
	char path[64], text[256];
	const char *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", tid);
	do {
		f = fopen(path, "r");
		state = f && fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
		if (f)
			fclose(f);
	} while (state && state[2] != 'S' && !usleep(1000));
}

static int start_waiters(void)
{
	pthread_t thread;
	char byte;

	if (pthread_create(&thread, NULL, come_and_go, NULL) || pthread_join(thread, NULL))
		return -1;
	for (uint32_t i = 0; i < WAITERS_NR; i++) {
		struct waiter *w = &waiters[i];

		memset(w->hidden, 0xff, sizeof(w->hidden) + sizeof(w->stale));
		w->allocates = i & 1;
		w->zones = &zones[5 + 2 * i];
		if (pthread_create(&w->thread, NULL, wait_twice, w) || read(ready[0], &byte, 1) != 1)
			return -1;
	}
	return 0;
}

/* From their first wait; until they sleep in the second. */
static int wake_waiters(void)
{
	char byte;

	for (uint32_t i = 0; i < WAITERS_NR; i++)
		if (write(wake[1], "w", 1) != 1)
			return -1;
	for (uint32_t i = 0; i < WAITERS_NR; i++)
		if (read(ready[0], &byte, 1) != 1)
			return -1;
	for (uint32_t i = 0; i < WAITERS_NR; i++)
		wait_until_asleep(waiters[i].tid);
	return 0;
}

int main(int argc, char **argv)
{
	void *volatile on_stack[SLOTS_NR] = { NULL };
	struct task t = { 0 };

	if (argc != 4 || !(t.out = fopen(argv[3], "w")) || pipe(wake) || pipe(finish) || pipe(ready))
		return 2;
	t.seed = strtoull(argv[1], NULL, 10);
	t.graphs = (uint32_t)atoi(argv[2]);
	t.mapped = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t.graphs > GRAPHS_MAX || t.mapped == MAP_FAILED)
		return 2;
	if (t.seed & 1)
		mallopt(M_ARENA_MAX, 1); /* all in the break's heap */
	zones[0] = (struct zone){ in_bss, "static" };
	zones[1] = (struct zone){ in_data, "static" };
	zones[2] = (struct zone){ in_tls, "tls" };
	zones[3] = (struct zone){ (void **)(uintptr_t)on_stack, "stack" };
	zones[4] = (struct zone){ t.mapped, "mapped" };
	if (start_waiters() || run_apart(build, &t) || fclose(t.out) || wake_waiters())
		return 2;
	printf("%u\n", pooltrace_snapshot());
	close(finish[1]); /* read() returns 0 */
	for (uint32_t i = 0; i < WAITERS_NR; i++)
		pthread_join(waiters[i].thread, NULL);
	__asm__ volatile("" : : "r"(on_stack), "r"(in_bss), "r"(in_data), "r"(in_tls) : "memory");
	return 0;
}
