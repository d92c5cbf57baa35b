/* SPDX-License-Identifier: MIT */
/*
 * apr_truth.c - preloaded before the recorder: at each apr_file_open() of an unmodified program, walks the
 * free lists of its allocators and writes what they hold into the trace, as a mark.
 *
 * It knows the root pool's allocator and those that got a limit; svn gives one to each and destroys them
 * last of all. APR_TRUTH_STOP=N: the program ends without more ado at the N-th, so that they are still there.
 */
#include <apr_allocator.h>
#include <apr_file_io.h>
#include <apr_pools.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "apr_lists.h"

#define ALLOCATORS_MAX 64

static apr_allocator_t *allocators[ALLOCATORS_MAX];
static int allocators_nr;
static long opens_nr;

static void learn(apr_allocator_t *a)
{
	int i;

	for (i = 0; i < allocators_nr && allocators[i] != a; i++)
		;
	if (i == allocators_nr && i < ALLOCATORS_MAX)
		allocators[allocators_nr++] = a;
}

void apr_allocator_max_free_set(apr_allocator_t *a, apr_size_t bytes)
{
	void (*real)(apr_allocator_t *, apr_size_t);

	*(void **)&real = dlsym(RTLD_NEXT, "apr_allocator_max_free_set");
	real(a, bytes);
	learn(a);
}

apr_status_t apr_file_open(apr_file_t **file, const char *name, apr_int32_t flags, apr_fileperms_t perm,
			   apr_pool_t *pool)
{
	apr_status_t (*real)(apr_file_t **, const char *, apr_int32_t, apr_fileperms_t, apr_pool_t *);
	const char *stop = getenv("APR_TRUTH_STOP");
	apr_status_t status;
	int i;

	*(void **)&real = dlsym(RTLD_NEXT, "apr_file_open");
	status = real(file, name, flags, perm, pool);
	while (apr_pool_parent_get(pool))
		pool = apr_pool_parent_get(pool);
	learn(apr_pool_allocator_get(pool));
	for (i = 0; i < allocators_nr; i++)
		apr_lists_mark(allocators[i]);
	if (stop && ++opens_nr == atol(stop))
		_exit(0);
	return status;
}
