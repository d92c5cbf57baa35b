/* SPDX-License-Identifier: MIT */
/*
 * bump_alloc.c - an allocator that may be called from a signal handler: one atomic add a block.
 *
 * Linked into signal_alloc.c, because glibc's malloc must not be interrupted by itself: what
 * is on trial is the recorder, which finds this one by RTLD_NEXT. 16 bytes before each block
 * hold its size; free() takes nothing back but tells a double free.
 *
 * With BUMP_ALLOC_MUTE it has no malloc_usable_size(), as Electric Fence: a recorder that asked would get libc's, which reads
 * our words as its own.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REGION_BYTES ((size_t)1 << 30) /* bss: only what is touched costs memory */
#define LIVE 0x6c697665u

struct head {
	size_t size;
	atomic_uint state;
	unsigned int pad;
};

static _Alignas(64) unsigned char region[REGION_BYTES];
static atomic_size_t used;

static void *take(size_t align, size_t size)
{
	size_t step = (size + sizeof(struct head) + align + 15) & ~(size_t)15;
	uintptr_t at;
	struct head *h;

	if (size > REGION_BYTES) {
		errno = ENOMEM;
		return NULL;
	}
	at = (uintptr_t)region + atomic_fetch_add(&used, step);
	if (at + step > (uintptr_t)region + REGION_BYTES) {
		errno = ENOMEM;
		return NULL;
	}
	at = (at + sizeof(struct head) + align - 1) & ~(uintptr_t)(align - 1);
	h = (struct head *)at - 1;
	h->size = size;
	atomic_store(&h->state, LIVE);
	return (void *)at;
}

void *malloc(size_t size)
{
	return take(16, size);
}

void free(void *p)
{
	if (p && atomic_exchange(&((struct head *)p)[-1].state, 0) != LIVE)
		abort();
}

void *calloc(size_t nr, size_t size)
{
	return take(16, nr * size); /* the region starts as zero and is handed out once */
}

void *realloc(void *old, size_t size)
{
	void *p = take(16, size);
	size_t had;

	if (!old || !p)
		return p;
	had = ((struct head *)old)[-1].size;
	memcpy(p, old, had < size ? had : size);
	if (atomic_exchange(&((struct head *)old)[-1].state, 0) != LIVE)
		abort();
	return p;
}

void *memalign(size_t align, size_t size);
void *memalign(size_t align, size_t size)
{
	return take(align < 16 ? 16 : align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	void *p = memalign(align, size);

	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

#ifndef BUMP_ALLOC_MUTE
size_t malloc_usable_size(void *p);
size_t malloc_usable_size(void *p)
{
	return p ? ((struct head *)p)[-1].size : 0;
}
#endif
