/* SPDX-License-Identifier: MIT */
/*
 * planted.c SEED GRAPHS FILE - random graphs of blocks in a real process, and a snapshot of them.
 *
 * Lists, trees, rings, shared sub-graphs and random ones; pointers to the start, into the middle and to odd
 * addresses; held by static data, thread-local storage, a stack, mapped memory, a register of a waiting thread, or by
 * nobody. FILE gets the truth as text: "block ADDR BYTES GRAPH END", "edge PLACE VALUE" (in a block), "root KIND PLACE VALUE"
 * (of a register: PLACE is its DWARF number). What the program itself remembers is stored inverted.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define BLOCKS_MAX 40u
#define GRAPHS_MAX 200u
#define WAITERS_NR 4u
#define REGISTERS_NR 5u /* rbx, r12 to r15: those that a call keeps */

enum root { STATIC, DATA, TLS, STACK, MAPPED, REGISTER, NOBODY, ROOTS_NR };
static const char *const root_names[ROOTS_NR] = { "static", "static", "tls", "stack", "mapped", "register", "nobody" };

static uint64_t state;
static FILE *out;
static void *roots_bss[GRAPHS_MAX];
static void *roots_data[GRAPHS_MAX] = { (void *)1 };
static __thread void *roots_tls[GRAPHS_MAX];
static void **roots_mapped;
static uint64_t hidden_registers[WAITERS_NR][REGISTERS_NR];
static unsigned int registers_nr;
static int wake[2], ready[2];

static uint32_t random_below(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

struct graph {
	uint64_t hidden[BLOCKS_MAX]; /* addresses, inverted */
	size_t bytes[BLOCKS_MAX];
	uint32_t nr;
};

/* Some way of pointing at block `i`. */
static uint64_t pointer_to(const struct graph *g, uint32_t i)
{
	uint64_t addr = ~g->hidden[i];

	switch (random_below(4)) {
	case 0:
		return addr + random_below((uint32_t)(g->bytes[i] / 8)) * 8;
	case 1:
		return addr + random_below((uint32_t)g->bytes[i]);
	default:
		return addr;
	}
}

static void plant(const struct graph *g, uint32_t from, uint32_t to)
{
	uint64_t *words = (uint64_t *)~g->hidden[from];
	uint32_t at = random_below((uint32_t)(g->bytes[from] / 8)), tries;

	for (tries = 0; words[at] && tries < 1000; tries++)
		at = random_below((uint32_t)(g->bytes[from] / 8));
	if (words[at])
		return;
	words[at] = pointer_to(g, to);
	fprintf(out, "edge 0x%" PRIxPTR " 0x%" PRIx64 "\n", (uintptr_t)&words[at], words[at]);
}

static void connect(const struct graph *g, uint32_t shape)
{
	uint32_t i;

	for (i = 1; i < g->nr; i++) {
		if (shape == 0 || shape == 2) /* list, ring */
			plant(g, i - 1, i);
		else /* tree, and what is built on one */
			plant(g, random_below(i), i);
		if (shape >= 3) /* shared, random: more ways, backwards too */
			plant(g, random_below(shape == 3 ? i : g->nr), i);
	}
	if (shape == 2)
		plant(g, g->nr - 1, 0);
}

static void make_blocks(struct graph *g, uint32_t number)
{
	uint32_t i;
	void *p;

	g->nr = 2 + random_below(BLOCKS_MAX - 1);
	for (i = 0; i < g->nr; i++) {
		g->bytes[i] = random_below(50) == 0 ? 150000 : random_below(10) == 0 ? 4000 : 16 + random_below(400);
		p = calloc(1, g->bytes[i]);
		if (!p)
			_exit(2);
		g->hidden[i] = ~(uint64_t)(uintptr_t)p;
		fprintf(out, "block 0x%" PRIxPTR " %zu %u 0x%" PRIxPTR "\n", (uintptr_t)p, g->bytes[i], number,
			(uintptr_t)p + g->bytes[i]);
	}
}

static void hold(const struct graph *g, uint32_t number, void **on_stack, void **in_tls)
{
	enum root kind = (enum root)random_below(ROOTS_NR);
	void **const places[ROOTS_NR] = { roots_bss, roots_data, in_tls, on_stack, roots_mapped, NULL, NULL };
	uint64_t value = pointer_to(g, 0);

	if (kind == REGISTER && registers_nr == WAITERS_NR * REGISTERS_NR)
		kind = NOBODY;
	if (kind == REGISTER) {
		static const unsigned int numbers[REGISTERS_NR] = { 3, 12, 13, 14, 15 };

		fprintf(out, "root register %u 0x%" PRIx64 "\n", numbers[registers_nr % REGISTERS_NR], value);
		hidden_registers[registers_nr / REGISTERS_NR][registers_nr % REGISTERS_NR] = ~value;
		registers_nr++;
	} else if (kind != NOBODY) {
		places[kind][number] = (void *)(uintptr_t)value;
		fprintf(out, "root %s 0x%" PRIxPTR " 0x%" PRIx64 "\n", root_names[kind], (uintptr_t)&places[kind][number], value);
	}
}

struct task {
	uint32_t graphs;
	void **on_stack, **in_tls;
};

/* In a thread of its own, which is gone when the snapshot is taken: what it left on its stack holds nothing. */
static void *build(void *arg)
{
	const struct task *t = arg;
	struct graph g;
	uint32_t i;

	for (i = 0; i < t->graphs; i++) {
		make_blocks(&g, i);
		connect(&g, random_below(5));
		hold(&g, i, t->on_stack, t->in_tls);
	}
	return NULL;
}

/* Waits in read() with five pointers in registers and nowhere else. */
static void *wait_with_registers(void *arg)
{
	const uint64_t *hidden = arg;
	char byte = 0;
	long result;

	if (write(ready[1], "r", 1) != 1)
		_exit(2);
	__asm__ volatile("mov (%[h]), %%rbx; not %%rbx\n\t"
			 "mov 8(%[h]), %%r12; not %%r12\n\t"
			 "mov 16(%[h]), %%r13; not %%r13\n\t"
			 "mov 24(%[h]), %%r14; not %%r14\n\t"
			 "mov 32(%[h]), %%r15; not %%r15\n"
			 "1:\txor %%eax, %%eax\n\tsyscall\n\tcmp $-4, %%rax\n\tje 1b\n\t"
			 "xor %%ebx, %%ebx; xor %%r12d, %%r12d; xor %%r13d, %%r13d; xor %%r14d, %%r14d; xor %%r15d, %%r15d"
			 : "=&a"(result)
			 : [h] "r"(hidden), "D"((long)wake[0]), "S"(&byte), "d"(1L)
			 : "rbx", "r12", "r13", "r14", "r15", "rcx", "r11", "memory", "cc");
	return (void *)result;
}

/* As debuggers do: the file is mapped whole, nothing of it is in use. */
static void look_at_own_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(2);
	close(fd);
}

int main(int argc, char **argv)
{
	void *volatile on_stack[GRAPHS_MAX] = { NULL };
	pthread_t builder, waiters[WAITERS_NR];
	struct task task;
	unsigned int i;
	char byte;

	if (argc != 4 || !(out = fopen(argv[3], "w")) || pipe(wake) || pipe(ready))
		return 2;
	state = strtoull(argv[1], NULL, 10);
	task = (struct task){ (uint32_t)atoi(argv[2]), (void **)(uintptr_t)on_stack, roots_tls };
	roots_mapped = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (task.graphs > GRAPHS_MAX || roots_mapped == MAP_FAILED)
		return 2;
	memset(hidden_registers, 0xff, sizeof(hidden_registers));
	if (pthread_create(&builder, NULL, build, &task) || pthread_join(builder, NULL))
		return 2;
	fclose(out);
	for (i = 0; i < WAITERS_NR; i++)
		if (pthread_create(&waiters[i], NULL, wait_with_registers, hidden_registers[i]))
			return 2;
	for (i = 0; i < WAITERS_NR; i++)
		if (read(ready[0], &byte, 1) != 1)
			return 2;
	usleep(20000); /* until they wait */
	look_at_own_file();
	printf("%u\n", pooltrace_snapshot());
	for (i = 0; i < WAITERS_NR; i++)
		if (write(wake[1], "w", 1) != 1)
			return 2;
	for (i = 0; i < WAITERS_NR; i++)
		pthread_join(waiters[i], NULL);
	__asm__ volatile("" : : "r"(on_stack), "r"(roots_bss), "r"(roots_data) : "memory");
	return 0;
}
