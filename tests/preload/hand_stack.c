// SPDX-License-Identifier: MIT
/*
 * hand_stack: allocates on a stack that was switched to by hand and has nothing readable above it.
 *
 * Coroutine libraries in assembler do so, often without unwind information: a stack walk that
 * trusts its rules reads past the top, where this program has PROT_NONE pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PART_BYTES (64u << 10)

__attribute__((noinline, used)) static void work(void)
{
	int i;

	for (i = 0; i < 100; i++)
		free(malloc(10));
}

/* Clang folds malloc and free away; a call of this it cannot. */
static void (*volatile worker)(void) = work;

static __attribute__((noinline)) void call_on(char *top)
{
	void (*f)(void) = worker;

	__asm__ volatile("movq %%rsp, %%rbx\n\t"
			 "movq %0, %%rsp\n\t"
			 "callq *%1\n\t"
			 "movq %%rbx, %%rsp"
			 :
			 : "r"(top), "r"(f)
			 : "rbx", "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

int main(void)
{
	char *low = mmap(NULL, 3 * PART_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (low == MAP_FAILED || mprotect(low + PART_BYTES, PART_BYTES, PROT_READ | PROT_WRITE))
		return 1;
	call_on(low + 2 * PART_BYTES);
	puts("ok");
	return 0;
}
