/* SPDX-License-Identifier: MIT */
/* hand_on.c - the least that a preloaded library can do to any program: it hands malloc() and free() on to whoever is next. */
#include <dlfcn.h>
#include <stdlib.h>

static void *(*next_malloc)(size_t);
static void (*next_free)(void *);

static __attribute__((constructor)) void look_up(void)
{
	next_malloc = dlsym(RTLD_NEXT, "malloc");
	next_free = dlsym(RTLD_NEXT, "free");
}

void *malloc(size_t size)
{
	if (__builtin_expect(!next_malloc, 0))
		look_up();
	return next_malloc(size);
}

void free(void *p)
{
	if (__builtin_expect(!next_free, 0))
		look_up();
	next_free(p);
}
