/* SPDX-License-Identifier: MIT */
/*
 * apr_try.c - does the loaded libapr work as apr.c believes? Seen once, before anything relies on it.
 *
 * At the boot an allocator of our own goes through all of it, by way of the hooks: nested pools, callbacks
 * that take nodes, a mutex, a limit, long prints, its owner's end. After each step what the hooks told must
 * be what lies on the free lists. Some 30 nodes are mapped, and none is left.
 */
#include "../real.h"
#include "apr_parts.h"

#define NODES_MAX 64u

static struct {
	const struct apr_node *node;
	bool idle;
} seen[NODES_MAX];
static const struct apr_allocator *subject;
static unsigned int seen_nr, in_use_nr, drops_nr;
static bool created, destroyed, wrong;

static struct {
	int (*initialize)(void);
	void (*terminate)(void);
	void (*max_free_set)(struct apr_allocator *, size_t);
	void (*owner_set)(struct apr_allocator *, void *);
	void (*cleanup_register)(struct apr_pool *, void *, int (*)(void *), int (*)(void *));
	void (*pre_cleanup_register)(struct apr_pool *, void *, int (*)(void *));
	int (*mutex_create)(void **, unsigned int, struct apr_pool *);
} more;

void pt_apr_try_saw(char what, const struct apr_allocator *a, const struct apr_node *n)
{
	bool known, idle;
	unsigned int i;

	if (what == 'c') {
		created = true;
		subject = a; /* the last one made */
		seen_nr = in_use_nr = 0;
	}
	if (a != subject)
		return; /* libapr's own */
	destroyed |= what == 'x';
	if (!n)
		return;
	for (i = 0; i < seen_nr && seen[i].node != n; i++)
		;
	known = i < seen_nr;
	idle = known && seen[i].idle;
	/* Only what is idle or new is got, only what is in use is put; what is known may be dropped. */
	if ((what == 'g' ? known && !idle : !known || (what == 'p' && idle)) || i == NODES_MAX) {
		wrong = true;
		return;
	}
	seen_nr += !known;
	in_use_nr += what == 'g';
	in_use_nr -= what != 'g' && !idle;
	seen[i].node = n;
	seen[i].idle = what == 'p';
	if (what == 'd') {
		drops_nr++;
		seen[i] = seen[--seen_nr];
	}
}

/* What was told is idle is on the lists, and nothing else. */
static bool agrees(const struct apr_allocator *a, unsigned int in_use)
{
	unsigned int list, i, idle_nr = 0;
	const struct apr_node *n;

	for (list = 0; list < APR_LISTS; list++) {
		for (n = a->free[list]; n; n = n->next, idle_nr++) {
			for (i = 0; i < seen_nr && (seen[i].node != n || !seen[i].idle); i++)
				;
			if (i == seen_nr || idle_nr == seen_nr)
				return false;
		}
	}
	return !wrong && in_use_nr == in_use && idle_nr == seen_nr - in_use;
}

static char *print(struct apr_pool *pool, const char *format, ...)
{
	va_list ap;
	char *s;

	va_start(ap, format);
	s = pt_apr_hooks.pvsprintf(pool, format, ap);
	va_end(ap);
	return s;
}

static int take_more(void *pool)
{
	pt_apr_hooks.palloc(pool, 20000);
	return 0;
}

static int destroy_it(void *pool)
{
	pt_apr_hooks.pool_destroy(pool);
	return 0;
}

/* Pools three deep, large and small requests, callbacks of all kinds. False without memory. */
static bool grow(struct apr_pool *p)
{
	struct apr_pool *q, *r, *s;

	/* The younger child goes first: s is still there when r's callback destroys it. */
	if (pt_apr_hooks.pool_create(&s, p, NULL, NULL) || pt_apr_hooks.pool_create(&q, p, NULL, NULL) ||
	    pt_apr_hooks.pool_create(&r, q, NULL, NULL))
		return false;
	more.pre_cleanup_register(p, q, take_more);
	more.cleanup_register(p, p, take_more, take_more);
	more.cleanup_register(r, s, destroy_it, destroy_it);
	return pt_apr_hooks.palloc(r, 9000) && pt_apr_hooks.palloc(q, 200000) && pt_apr_hooks.palloc(q, 7000) &&
	       pt_apr_hooks.palloc(q, 7000) && pt_apr_hooks.palloc(p, 100) && print(s, "%9000d", 1) &&
	       print(s, "%20000d", 1);
}

static bool same_node(const struct apr_node *n, size_t pages)
{
	return n && !((uintptr_t)n % APR_PAGE_BYTES) && n->index == pages - 1 &&
	       n->endp == (const char *)n + pages * APR_PAGE_BYTES;
}

static bool try_nodes(struct apr_allocator *a)
{
	struct apr_node *n;
	unsigned int i;

	for (i = 0; i < sizeof(*a) / sizeof(size_t); i++)
		if (((const size_t *)a)[i])
			return false;
	n = pt_apr_hooks.allocator_alloc(a, 5000);
	if (!same_node(n, 2) || n->next || n->first_avail != (char *)(n + 1) || !agrees(a, 1))
		return false;
	pt_apr_hooks.allocator_free(a, n);
	return a->free[1] == n && a->max_index == 1 && agrees(a, 0);
}

static bool try_pools(struct apr_allocator *a, struct apr_pool *p)
{
	struct apr_node *n = (struct apr_node *)p - 1;
	struct apr_pool *q;

	if (!same_node(n, 2) || p->allocator != a || p->self != n || p->active != n || p->child || p->cleanups ||
	    p->pre_cleanups || !agrees(a, 1) || !grow(p) || !p->child || !p->cleanups || !p->pre_cleanups)
		return false;
	pt_apr_hooks.pool_clear(p);
	if (p->child || p->cleanups || p->pre_cleanups || !agrees(a, 1))
		return false;
	if (pt_apr_hooks.pool_create(&q, p, NULL, NULL) || !grow(q))
		return false;
	pt_apr_hooks.pool_destroy(q);
	return agrees(a, 1);
}

/* With a mutex, then with a limit on top: below a pool of their own, for p owns the mutex. */
static bool try_limits(struct apr_allocator *a, struct apr_pool *p)
{
	struct apr_pool *q;
	void *mutex;
	int i;

	if (more.mutex_create(&mutex, 0, p))
		return false;
	pt_apr.allocator_mutex_set(a, mutex);
	if (a->mutex != mutex)
		return false;
	for (i = 0; i < 2; i++) {
		if (pt_apr_hooks.pool_create(&q, p, NULL, NULL) || !grow(q))
			return false;
		pt_apr_hooks.pool_clear(q);
		if (!agrees(a, 2) || !grow(q) || (drops_nr > 0) != (i > 0))
			return false;
		pt_apr_hooks.pool_destroy(q);
		if (!agrees(a, 1))
			return false;
		more.max_free_set(a, APR_PAGE_BYTES * 10);
	}
	return a->max_free_index == 10;
}

static bool find_more(void)
{
	*(void **)&more.initialize = pt_real_symbol("apr_pool_initialize");
	*(void **)&more.terminate = pt_real_symbol("apr_pool_terminate");
	*(void **)&more.max_free_set = pt_real_symbol("apr_allocator_max_free_set");
	*(void **)&more.owner_set = pt_real_symbol("apr_allocator_owner_set");
	*(void **)&more.cleanup_register = pt_real_symbol("apr_pool_cleanup_register");
	*(void **)&more.pre_cleanup_register = pt_real_symbol("apr_pool_pre_cleanup_register");
	*(void **)&more.mutex_create = pt_real_symbol("apr_thread_mutex_create");
	return more.initialize && more.terminate && more.max_free_set && more.owner_set && more.cleanup_register && more.pre_cleanup_register &&
	       more.mutex_create;
}

static bool try_life(void)
{
	struct apr_allocator *a;
	struct apr_pool *p;

	created = false;
	if (pt_apr_hooks.allocator_create(&a) || !created || subject != a || !try_nodes(a) ||
	    pt_apr_hooks.pool_create(&p, NULL, NULL, a) || !try_pools(a, p) || !try_limits(a, p))
		return false;
	more.owner_set(a, p);
	if (a->owner != p)
		return false;
	pt_apr_hooks.pool_destroy(p);
	return !wrong && destroyed && !in_use_nr;
}

bool pt_apr_try(void)
{
	bool good;

	if (!find_more() || more.initialize())
		return false;
	good = try_life();
	more.terminate(); /* the program finds it as it was: initialised as often as before */
	return good;
}
