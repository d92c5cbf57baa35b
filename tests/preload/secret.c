/* SPDX-License-Identifier: MIT */
/*
 * secret.c TEXT - a program full of secrets: TEXT and a number, in every kind of its memory.
 *
 * Blocks in use, freed and moved, objects of a pool, static and thread-local data, stacks and registers of two
 * threads, mapped pages, environment, the name and the contents of a file, a child. It takes a snapshot in the middle. The
 * only word that it tells the recorder is the mark "told".
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define NUMBER 0x5ec2e75ec2e7ca9aull /* no address */
#define BLOCKS 2000u

static char text[256];
static char in_data[4096] = "x";
static __thread char in_tls[4096];
static struct block {
	struct block *next; /* so that snapshots look into it */
	char bytes[];
} *blocks[BLOCKS];
static _Atomic int in_registers, enough;

static void fill(void *at, size_t bytes)
{
	const uint64_t number = NUMBER;
	size_t i, len = strlen(text);

	for (i = 0; i + len + sizeof(number) <= bytes; i += len + sizeof(number)) {
		memcpy((char *)at + i, text, len);
		memcpy((char *)at + i + len, &number, sizeof(number));
	}
}

static void use_heap(void)
{
	unsigned int i;

	for (i = 0; i < BLOCKS; i++) {
		size_t bytes = 128 + i * 7919u % 5000;

		blocks[i] = malloc(sizeof(**blocks) + bytes);
		if (!blocks[i])
			abort();
		blocks[i]->next = i ? blocks[i - 1] : NULL;
		fill(blocks[i]->bytes, bytes);
		if (i % 3 == 0) {
			free(blocks[i]);
			blocks[i] = i ? blocks[i - 1] : NULL;
		} else if (i % 3 == 1) {
			blocks[i] = realloc(blocks[i], sizeof(**blocks) + 2 * bytes);
		}
	}
}

static void *keep_in_registers(void *arg)
{
	char on_stack[8192];

	fill(on_stack, sizeof(on_stack));
	fill(in_tls, sizeof(in_tls));
	free(malloc(100));
	atomic_store(&in_registers, 1);
	__asm__ volatile("mov %0, %%r12; mov %0, %%r13; mov %0, %%r14; mov %0, %%r15; mov %0, %%r8; mov %0, %%r9\n"
			 "1: pause; cmpl $0, (%1); je 1b"
			 :
			 : "r"(NUMBER), "r"(&enough), "r"(on_stack)
			 : "r8", "r9", "r12", "r13", "r14", "r15", "memory");
	return arg;
}

static void use_pool(void)
{
	static int pool;
	unsigned int i;

	pooltrace_pool_create(&pool, "told", 100, 1);
	for (i = 1; i < 20; i += 3) {
		pooltrace_get(&pool, blocks[i], 100, 0);
		pooltrace_put(&pool, blocks[i], 0);
	}
	pooltrace_mark("told");
}

int main(int argc, char **argv)
{
	char on_stack[8192], name[512];
	pthread_t thread;
	void *pages;
	pid_t child;
	int status = 0, fd;

	if (argc != 2)
		return 2;
	snprintf(text, sizeof(text), "%s", argv[1]);
	setenv("SECRET_SET_LATER", text, 1);
	snprintf(name, sizeof(name), "%s.file", text);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	pages = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || ftruncate(fd, 65536) || pages == MAP_FAILED)
		return 1;
	fill(pages, 65536);
	fill(in_data, sizeof(in_data));
	fill(on_stack, sizeof(on_stack));
	use_heap();
	pthread_create(&thread, NULL, keep_in_registers, NULL);
	while (!atomic_load(&in_registers))
		usleep(1000);
	use_pool();
	pooltrace_snapshot();
	atomic_store(&enough, 1);
	pthread_join(thread, NULL);
	child = fork();
	use_heap();
	if (!child)
		exit(0);
	waitpid(child, &status, 0);
	unlink(name);
	return puts("kept") < 0 || status || !on_stack[0];
}
