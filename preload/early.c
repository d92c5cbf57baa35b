/* SPDX-License-Identifier: MIT */
/* early.c - a bump allocator in .bss; each block is preceded by its size. See early.h. */
#include "early.h"

#include <errno.h>
#include <stdatomic.h>

unsigned char pt_early_arena[PT_EARLY_BYTES] __attribute__((aligned(64)));
static _Atomic size_t used_bytes;

void *pt_early_alloc(size_t size, size_t align)
{
	size_t at, start;
	size_t old = atomic_load(&used_bytes);

	if (align < 16)
		align = 16;
	do {
		start = (old + sizeof(size_t) + align - 1) & ~(align - 1);
		if (size > PT_EARLY_BYTES || align > PT_EARLY_BYTES || start > PT_EARLY_BYTES - size) {
			errno = ENOMEM;
			return NULL;
		}
		at = start + size;
	} while (!atomic_compare_exchange_weak(&used_bytes, &old, at));
	*(size_t *)(void *)(pt_early_arena + start - sizeof(size_t)) = size;
	return pt_early_arena + start;
}

struct pt_early_block pt_early_noted[PT_EARLY_NOTED_MAX];
unsigned int pt_early_noted_nr;

void *pt_early_note(void *p, size_t size)
{
	if (p && pt_early_noted_nr < PT_EARLY_NOTED_MAX)
		pt_early_noted[pt_early_noted_nr++] = (struct pt_early_block){ p, size, 0 };
	return p;
}

struct pt_early_block *pt_early_find(const void *p)
{
	unsigned int i;

	for (i = 0; i < pt_early_noted_nr; i++)
		if (pt_early_noted[i].p == p && !pt_early_noted[i].freed)
			return &pt_early_noted[i];
	return NULL;
}

size_t pt_early_size(const void *p)
{
	return *(const size_t *)((const void *)((const unsigned char *)p - sizeof(size_t)));
}
