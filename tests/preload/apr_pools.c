/* SPDX-License-Identifier: MIT */
/*
 * apr_pools.c - pools as APR programs make them; at the end prints what lies on APR's own free lists.
 *
 *	apr_pools [PLUGIN]    PLUGIN: libapr_plugin.so, loaded when libapr has long been in use
 *
 * Output: one line "what idle_bytes idle_nodes in_use_bytes" an allocator; in_use: what the pools that
 * are alive hold, by walking their rings. The child that is forked prints its own line.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apr_lists.h"

#define THREADS 4
#define ROUNDS 3000

static apr_allocator_t *new_allocator(apr_pool_t **root)
{
	apr_allocator_t *a;

	if (apr_allocator_create(&a) || apr_pool_create_ex(root, NULL, NULL, a))
		abort();
	apr_allocator_owner_set(a, *root);
	return a;
}

static size_t ring_bytes(apr_pool_t *pool)
{
	apr_memnode_t *self = (apr_memnode_t *)((char *)pool - APR_MEMNODE_T_SIZE), *n = self;
	size_t bytes = 0;

	do
		bytes += apr_lists_node_bytes(n);
	while ((n = n->next) != self);
	return bytes;
}

static void tell(const char *what, apr_pool_t *root)
{
	struct apr_lists_sum sum = apr_lists_idle(apr_pool_allocator_get(root));

	printf("%s %zu %zu %zu\n", what, sum.bytes, sum.nodes, ring_bytes(root));
	apr_lists_mark(apr_pool_allocator_get(root));
}

static apr_status_t take_more(void *pool)
{
	apr_palloc(pool, 25000);
	return APR_SUCCESS;
}

static apr_status_t end_child(void *pool)
{
	apr_pool_destroy(pool);
	return APR_SUCCESS;
}

/* Children of children, that nobody destroys but their parents, and callbacks that use pools. */
static void grow(apr_pool_t *pool, unsigned int depth, unsigned int *seed)
{
	unsigned int i, children = depth ? (unsigned int)rand_r(seed) % 3 + 1 : 0;
	apr_pool_t *child, *sibling;

	for (i = (unsigned int)rand_r(seed) % 8; i; i--)
		apr_palloc(pool, (apr_size_t)rand_r(seed) % (rand_r(seed) % 4 ? 3000 : 150000));
	if (rand_r(seed) % 4 == 0)
		apr_psprintf(pool, "%*d", rand_r(seed) % 70000, 1);
	if (rand_r(seed) % 4 == 0)
		apr_pool_cleanup_register(pool, pool, take_more, apr_pool_cleanup_null);
	for (i = 0; i < children; i++) {
		apr_pool_create(&child, pool);
		grow(child, depth - 1, seed);
	}
	if (children && rand_r(seed) % 4 == 0) {
		apr_pool_create(&sibling, pool);
		apr_pool_create(&child, pool); /* the youngest goes first: its sibling is still there */
		apr_pool_cleanup_register(child, sibling, end_child, apr_pool_cleanup_null);
		apr_pool_create(&child, pool);
		apr_pool_pre_cleanup_register(pool, child, end_child);
	}
}

static void churn(apr_pool_t *root, unsigned int rounds, unsigned int seed)
{
	apr_pool_t *pool, *scratch;
	unsigned int i;

	apr_pool_create(&scratch, root);
	for (i = 0; i < rounds; i++) {
		apr_pool_create(&pool, root);
		grow(pool, 3, &seed);
		grow(scratch, 1, &seed);
		if (rand_r(&seed) % 2)
			apr_pool_clear(scratch);
		apr_pool_destroy(pool);
		if (!apr_allocator_mutex_get(apr_pool_allocator_get(root)))
			apr_lists_mark(apr_pool_allocator_get(root));
	}
	apr_pool_destroy(scratch);
}

static void *worker(void *shared)
{
	static _Atomic unsigned int seed = 1000;

	churn(shared, ROUNDS / 10, seed++);
	return NULL;
}

static void threads(apr_pool_t *root, size_t max_free)
{
	apr_thread_mutex_t *mutex;
	pthread_t t[THREADS];
	int i;

	if (apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, root))
		abort();
	apr_allocator_mutex_set(apr_pool_allocator_get(root), mutex);
	apr_allocator_max_free_set(apr_pool_allocator_get(root), max_free);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, worker, root))
			abort();
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

static void plugin(apr_pool_t *root, const char *path)
{
	void (*fill)(apr_pool_t *);
	void *handle = dlopen(path, RTLD_NOW);
	apr_pool_t *pool;

	if (!handle)
		abort();
	*(void **)&fill = dlsym(handle, "apr_plugin_fill");
	apr_pool_create(&pool, root);
	fill(pool);
	apr_lists_mark(apr_pool_allocator_get(root));
	apr_pool_clear(pool);
	fill(pool);
	apr_pool_destroy(pool);
	fill(root); /* leaves a child, in use */
}

/* A child uses what it inherited, and an allocator of its own. */
static void child(apr_pool_t *inherited)
{
	apr_pool_t *root;

	churn(inherited, 20, 7);
	apr_pool_clear(inherited);
	new_allocator(&root);
	churn(root, 20, 8);
	tell("child", root);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	apr_pool_t *plain, *limited, *shared, *both, *ended, *unmanaged;
	int status;

	if (apr_initialize())
		abort();
	new_allocator(&plain);
	churn(plain, ROUNDS, 1);
	apr_allocator_max_free_set(new_allocator(&limited), 300000);
	churn(limited, ROUNDS, 2);
	new_allocator(&shared);
	threads(shared, APR_ALLOCATOR_MAX_FREE_UNLIMITED);
	new_allocator(&both);
	threads(both, 200000);
	new_allocator(&ended);
	threads(ended, 0);
	apr_pool_destroy(ended);
	if (apr_pool_create_unmanaged(&unmanaged))
		abort();
	churn(unmanaged, 20, 3);
	if (argc > 1)
		plugin(unmanaged, argv[1]);
	apr_palloc(limited, 100000);
	fflush(stdout);
	if (!fork())
		child(limited);
	wait(&status);
	tell("plain", plain);
	tell("limited", limited);
	tell("shared", shared);
	tell("both", both);
	tell("unmanaged", unmanaged);
	return status;
}
