/* SPDX-License-Identifier: MIT */
/*
 * annotate_old.c - a recorder of an earlier time: it knows fewer calls than the header has.
 *
 * Without ANNOTATE_OLD_PAIR it has what libpooltrace.so of header version 0.1 had; with it, get
 * and put too. At exit it says on stderr how often it was called.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int pooltrace_is_recording_(void);
void pooltrace_get_(const void *pool, const void *object, size_t bytes, uint32_t shard);
void pooltrace_put_(const void *pool, const void *object, uint32_t shard);
void *malloc(size_t bytes);

static unsigned long asked, gets, puts_nr;

int pooltrace_is_recording_(void)
{
	asked++;
	return 1;
}

#ifdef ANNOTATE_OLD_PAIR
void pooltrace_get_(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	(void)pool;
	(void)object;
	(void)bytes;
	(void)shard;
	gets++;
}

void pooltrace_put_(const void *pool, const void *object, uint32_t shard)
{
	(void)pool;
	(void)object;
	(void)shard;
	puts_nr++;
}
#endif

void *malloc(size_t bytes)
{
	static void *(*next)(size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc");
	return next(bytes);
}

__attribute__((destructor)) static void say(void)
{
	fprintf(stderr, "asked %lu, gets %lu, puts %lu\n", asked, gets, puts_nr);
}
