/* SPDX-License-Identifier: MIT */
/*
 * apr.c - the Apache Portable Runtime: pool `apr:allocator`, each allocator a part of it.
 *
 * An APR pool is a ring of nodes that it got from its allocator; when it is cleared or
 * destroyed they go back to the allocator's free lists and lie idle there. When is what told:
 * - get: after apr_palloc() and its kind. A node has just been taken when the result is the first byte
 *   behind its head: one that a pool had already is never empty (no request of 0 bytes moves on to it).
 * - put: by comparing the heads of the free lists right before and after APR frees a ring. Under
 *   the allocator's mutex when it has one (our hook of its unlock), so before anybody can take them. In
 *   apr_pool_destroy(), which calls itself for the children without crossing any boundary, the
 *   two calls of apr_allocator_owner_get() mark the place, after all callbacks.
 * - drop: APR unmaps a node that exceeds apr_allocator_max_free_set(): its munmap() in there.
 * Intermediate nodes of one apr_pvsprintf() that came off a free list and return to it are not told.
 *
 * Runs where APR runs: never in a signal handler. No locks, no allocation; errno is APR's.
 */
#include <sys/mman.h>

#include "apr_parts.h"

/* What a hook that frees nodes has on its stack, for the hooks inside libapr that it leads to. Those
 * look here only from within pt_apr_code, which is entered by these hooks. So nobody reads one
 * that a longjmp() left behind. */
struct call {
	const struct pt_entry *at;
	struct apr_allocator *allocator; /* whose nodes are dropped now; NULL = do not tell */
	struct apr_heads *heads;
	enum { IDLE, WANTS_LOCK, OPEN } state;
	bool prints;
	bool between; /* destroy: the first apr_allocator_owner_get() was, the second was not */
	struct apr_node *made; /* pvsprintf: mapped by this call, and still its last */
	struct apr_heads own;
};

static __thread struct call *current __attribute__((tls_model("initial-exec")));

/* apr_pvsprintf() under way. Its nodes are mapped in a function that others call too, so each hook of those
 * clears this: an abort function may have left by longjmp(), and what was a struct call is somebody's
 * frame now. And a live one is at most PRINT_STACK_BYTES up the stack. */
static __thread struct call *printing __attribute__((tls_model("initial-exec")));
#define PRINT_STACK_BYTES 8192u /* some 1 KiB was seen */

static uint64_t maps_node_ip; /* where mmap() returns to when it made a node; seen by apr_try.c's first */

static bool inside(enum pt_apr_code which, uint64_t ip)
{
	return ip - pt_apr_code[which].start < pt_apr_code[which].bytes;
}

static bool inside_freeing(uint64_t ip)
{
	return inside(PT_APR_FREES, ip) || inside(PT_APR_CLEARS, ip) || inside(PT_APR_DESTROYS, ip) ||
	       inside(PT_APR_PRINTS, ip);
}

/* The call that libapr's own code at `sp` is part of. NULL: that was called by a pointer from before the
 * boot, or a callback of it was left by an exception, and `current` is of deeper down. */
static struct call *call_around(uint64_t sp)
{
	return (uint64_t)current > sp ? current : NULL;
}

/* From here on the next change of the free lists is what to tell. */
static void open_call(struct call *c)
{
	c->state = c->allocator->mutex ? WANTS_LOCK : OPEN;
	if (c->state == OPEN)
		pt_apr_heads(c->allocator, c->heads);
}

static void close_call(struct call *c)
{
	if (c->state == OPEN) {
		pt_apr_tell_puts(c->allocator, c->heads, c->at);
		pt_apr_clearing_changed(c->allocator);
	}
	c->state = IDLE;
}

static void took(const struct apr_allocator *a, const struct apr_node *n, const struct pt_entry *at)
{
	pt_apr_tell_get(a, n, pt_apr_bytes(n), at);
	pt_apr_clearing_changed(a);
}

static __attribute__((noinline)) int hook_allocator_create(struct apr_allocator **out)
{
	const struct pt_entry at = PT_ENTRY();
	int status = pt_apr.allocator_create(out);

	if (!status)
		pt_apr_tell_created(*out, &at);
	return status;
}

static __attribute__((noinline)) void hook_allocator_destroy(struct apr_allocator *a)
{
	const struct pt_entry at = PT_ENTRY();

	pt_apr_tell_destroyed(a, &at);
	pt_apr.allocator_destroy(a);
}

static __attribute__((noinline)) struct apr_node *hook_allocator_alloc(struct apr_allocator *a, size_t bytes)
{
	const struct pt_entry at = PT_ENTRY();
	struct apr_node *n;

	printing = NULL;
	n = pt_apr.allocator_alloc(a, bytes);
	if (n)
		took(a, n, &at);
	return n;
}

static __attribute__((noinline)) int hook_pool_create(struct apr_pool **out, struct apr_pool *parent, void *abort_fn,
						      struct apr_allocator *a)
{
	const struct pt_entry at = PT_ENTRY();
	int status;

	printing = NULL;
	status = pt_apr.pool_create(out, parent, abort_fn, a);
	if (!status)
		took((*out)->allocator, (*out)->self, &at);
	return status;
}

static __attribute__((noinline)) int hook_pool_create_unmanaged(struct apr_pool **out, void *abort_fn,
								struct apr_allocator *a)
{
	const struct pt_entry at = PT_ENTRY();
	int status;

	printing = NULL;
	status = pt_apr.pool_create_unmanaged(out, abort_fn, a);
	if (status)
		return status;
	if (!a) /* made one in there */
		pt_apr_tell_created((*out)->allocator, &at);
	took((*out)->allocator, (*out)->self, &at);
	return 0;
}

static __attribute__((noinline)) void *hook_palloc(struct apr_pool *pool, size_t bytes)
{
	const struct pt_entry at = PT_ENTRY();
	void *p;

	printing = NULL;
	p = pt_apr.palloc(pool, bytes);
	if (__builtin_expect((uintptr_t)p % APR_PAGE_BYTES == sizeof(struct apr_node), 0) &&
	    pool->active == (struct apr_node *)p - 1)
		took(pool->allocator, pool->active, &at);
	return p;
}

static __attribute__((noinline)) char *hook_pvsprintf(struct apr_pool *pool, const char *format, va_list ap)
{
	const struct pt_entry at = PT_ENTRY();
	struct call c, *outer = current, *outer_print = printing;
	char *s;

	c.at = &at;
	c.allocator = pool->allocator;
	c.heads = &c.own;
	c.state = c.allocator->mutex ? WANTS_LOCK : IDLE;
	c.prints = true;
	c.made = NULL;
	current = printing = &c;
	s = pt_apr.pvsprintf(pool, format, ap);
	current = outer;
	printing = outer_print;
	if (s && c.made && c.made != pool->active)
		pt_apr_tell_put(pool->allocator, c.made, &at);
	if (s && c.made != pool->active && pool->active == (struct apr_node *)s - 1)
		pt_apr_tell_get(pool->allocator, pool->active, pt_apr_bytes(pool->active), &at);
	pt_apr_clearing_changed(pool->allocator);
	return s;
}

static __attribute__((noinline)) void hook_allocator_free(struct apr_allocator *a, struct apr_node *n)
{
	const struct pt_entry at = PT_ENTRY();
	struct call c, *outer = current;

	c.at = &at;
	c.allocator = a;
	c.heads = &c.own;
	c.prints = false;
	open_call(&c);
	current = &c;
	pt_apr.allocator_free(a, n);
	current = outer;
	close_call(&c);
}

static __attribute__((noinline)) void hook_pool_clear(struct apr_pool *pool)
{
	const struct pt_entry at = PT_ENTRY();
	struct call c, *outer = current;

	c.at = &at;
	c.allocator = pool->allocator;
	c.heads = &c.own;
	c.prints = false;
	if (!c.allocator->mutex && (pool->child || pool->cleanups || pool->pre_cleanups))
		c.heads = pt_apr_clearing_begin(c.allocator, &c.own);
	open_call(&c);
	current = &c;
	pt_apr.pool_clear(pool);
	current = outer;
	close_call(&c);
	pt_apr_clearing_end(c.heads);
}

static __attribute__((noinline)) void hook_pool_destroy(struct apr_pool *pool)
{
	const struct pt_entry at = PT_ENTRY();
	struct call c, *outer = current;

	c.at = &at;
	c.allocator = NULL;
	c.heads = &c.own;
	c.state = IDLE;
	c.prints = c.between = false;
	current = &c;
	pt_apr.pool_destroy(pool);
	current = outer;
}

/* Of libapr's own calls: apr_pool_destroy()'s, before and after it frees the ring of one pool. */
static __attribute__((noinline)) void *inner_owner_get(struct apr_allocator *a)
{
	const struct pt_entry at = PT_ENTRY();
	struct call *c = call_around(at.sp);

	if (inside(PT_APR_DESTROYS, at.ip) && c) {
		if (!c->between) {
			c->allocator = a;
			open_call(c);
		} else {
			close_call(c);
			c->allocator = NULL;
		}
		c->between = !c->between;
	}
	return pt_apr.allocator_owner_get(a);
}

/* Who destroys the allocator's owner takes the mutex away first, and then frees without. */
static __attribute__((noinline)) void inner_mutex_set(struct apr_allocator *a, void *mutex)
{
	const struct pt_entry at = PT_ENTRY();
	struct call *c = call_around(at.sp);

	pt_apr.allocator_mutex_set(a, mutex);
	if (inside(PT_APR_DESTROYS, at.ip) && c && c->between)
		open_call(c);
}

static __attribute__((noinline)) int inner_mutex_lock(void *mutex)
{
	const struct pt_entry at = PT_ENTRY();
	struct call *c = call_around(at.sp);
	int status;

	if (!inside_freeing(at.ip) || !c || c->state != WANTS_LOCK || c->allocator->mutex != mutex)
		return pt_apr.mutex_lock(mutex);
	status = pt_apr.mutex_lock(mutex);
	pt_apr_heads(c->allocator, c->heads);
	c->state = OPEN;
	return status;
}

/* Has the print just put its last node, because a larger one came off a free list after it? */
static void put_made(struct call *c)
{
	unsigned int i;

	for (i = 0; c->made && i < APR_LISTS; i++)
		if (pt_apr_lies_before(c->allocator->free[i], c->heads->first[i], c->made)) {
			pt_apr_tell_put(c->allocator, c->made, c->at);
			c->made = NULL;
		}
	c->state = IDLE;
}

static __attribute__((noinline)) int inner_mutex_unlock(void *mutex)
{
	const struct pt_entry at = PT_ENTRY();
	struct call *c = call_around(at.sp);

	if (!inside_freeing(at.ip) || !c || c->state != OPEN || c->allocator->mutex != mutex)
		return pt_apr.mutex_unlock(mutex);
	if (c->prints)
		put_made(c);
	else
		close_call(c);
	return pt_apr.mutex_unlock(mutex);
}

/* apr_pvsprintf() makes nodes that nobody else gets to see, each larger than the one before, which
 * then is on its way to the free list. */
static __attribute__((noinline)) void *inner_mmap(void *where, size_t bytes, int prot, int flags, int fd, off_t off)
{
	const struct pt_entry at = PT_ENTRY();
	struct call *c = printing;
	struct apr_node *n;

	if (pt_apr_mode == PT_APR_TRY && !maps_node_ip)
		maps_node_ip = at.ip;
	if (at.ip != maps_node_ip || (uint64_t)c - at.sp >= PRINT_STACK_BYTES)
		return pt_apr.mmap(where, bytes, prot, flags, fd, off);
	n = pt_apr.mmap(where, bytes, prot, flags, fd, off);
	if (n == MAP_FAILED)
		return n;
	if (c->made)
		pt_apr_tell_put(c->allocator, c->made, c->at);
	c->made = n;
	pt_apr_tell_get(c->allocator, n, bytes, c->at);
	return n;
}

static __attribute__((noinline)) int inner_munmap(void *where, size_t bytes)
{
	const struct pt_entry at = PT_ENTRY();
	struct call *c = call_around(at.sp);

	if (inside_freeing(at.ip) && c && c->allocator) {
		pt_apr_tell_drop(c->allocator, where, c->at);
		if (c->prints && c->made == where)
			c->made = NULL;
	}
	return pt_apr.munmap(where, bytes);
}

const struct pt_apr pt_apr_hooks = {
	.allocator_create = hook_allocator_create,
	.allocator_destroy = hook_allocator_destroy,
	.allocator_alloc = hook_allocator_alloc,
	.allocator_free = hook_allocator_free,
	.pool_create = hook_pool_create,
	.pool_create_unmanaged = hook_pool_create_unmanaged,
	.pool_clear = hook_pool_clear,
	.pool_destroy = hook_pool_destroy,
	.palloc = hook_palloc,
	.pvsprintf = hook_pvsprintf,
	.allocator_owner_get = inner_owner_get,
	.allocator_mutex_set = inner_mutex_set,
	.mutex_lock = inner_mutex_lock,
	.mutex_unlock = inner_mutex_unlock,
	.mmap = inner_mmap,
	.munmap = inner_munmap,
};
