/* SPDX-License-Identifier: MIT */
/*
 * apr_parts.h - what the files of the APR adapter share: APR's structs and the real functions.
 *
 * Layout of APR 1.4 to 1.7 on x86-64 (memory/unix/apr_pools.c; apr_memnode_t is public). Nothing of
 * it is believed before apr_try.c has seen the loaded library behave so.
 */
#ifndef PT_APR_PARTS_H
#define PT_APR_PARTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../interpose.h"

#define APR_LISTS 20u /* MAX_INDEX */
#define APR_PAGE_BYTES 4096u /* BOUNDARY_SIZE */

/* apr_memnode_t: the head of a node, at its start. With --enable-allocator-uses-mmap, as Debian builds
 * it, a node is a mapping of its own. */
struct apr_node {
	struct apr_node *next;
	struct apr_node **ref;
	uint32_t index; /* pages - 1 */
	uint32_t free_index;
	char *first_avail;
	char *endp;
};

static inline size_t pt_apr_bytes(const struct apr_node *n)
{
	return ((size_t)n->index + 1) * APR_PAGE_BYTES;
}

struct apr_allocator {
	size_t max_index;
	size_t max_free_index; /* pages to keep at most; 0 = no limit */
	size_t current_free_index;
	void *mutex; /* NULL: used by one thread at a time */
	void *owner;
	struct apr_node *free[APR_LISTS]; /* 1..19: pages - 1; 0: larger ones */
};

struct apr_pool {
	struct apr_pool *parent, *child, *sibling, **ref;
	void *cleanups, *free_cleanups;
	struct apr_allocator *allocator;
	void *subprocesses, *abort_fn, *user_data;
	const char *tag;
	struct apr_node *active, *self;
	char *self_first_avail;
	void *pre_cleanups;
};

/* Functions that the adapter stands before. */
struct pt_apr {
	int (*allocator_create)(struct apr_allocator **);
	void (*allocator_destroy)(struct apr_allocator *);
	struct apr_node *(*allocator_alloc)(struct apr_allocator *, size_t);
	void (*allocator_free)(struct apr_allocator *, struct apr_node *);
	void *(*allocator_owner_get)(struct apr_allocator *);
	void (*allocator_mutex_set)(struct apr_allocator *, void *);
	int (*pool_create)(struct apr_pool **, struct apr_pool *, void *, struct apr_allocator *);
	int (*pool_create_unmanaged)(struct apr_pool **, void *, struct apr_allocator *);
	void (*pool_clear)(struct apr_pool *);
	void (*pool_destroy)(struct apr_pool *);
	void *(*palloc)(struct apr_pool *, size_t);
	char *(*pvsprintf)(struct apr_pool *, const char *, va_list);
	int (*mutex_lock)(void *);
	int (*mutex_unlock)(void *);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *, size_t);
};

/* What the hooks do with what they see. */
enum pt_apr_mode {
	PT_APR_OFF = 0,
	PT_APR_TRY, /* kept by apr_try.c, not told to anybody */
	PT_APR_ON,
};

extern struct pt_apr pt_apr;		 /* the real ones; apr_hook.c */
extern const struct pt_apr pt_apr_hooks; /* ours; apr.c */

/* Code that gives nodes back or, printing, makes some of its own. */
enum pt_apr_code { PT_APR_FREES, PT_APR_CLEARS, PT_APR_DESTROYS, PT_APR_PRINTS, PT_APR_CODES };

extern struct pt_apr_range {
	uint64_t start, bytes;
} pt_apr_code[PT_APR_CODES];
extern enum pt_apr_mode pt_apr_mode;

/* Heads of an allocator's free lists as last seen. What lies before them now was put since. */
struct apr_heads {
	struct apr_node *first[APR_LISTS];
};

/* apr_tell.c: emit_pool.h for nodes. `at`: the call across the boundary. */
void pt_apr_tell_created(const struct apr_allocator *a, const struct pt_entry *at);
void pt_apr_tell_destroyed(const struct apr_allocator *a, const struct pt_entry *at);
void pt_apr_tell_get(const struct apr_allocator *a, const struct apr_node *n, size_t bytes,
		     const struct pt_entry *at);
void pt_apr_tell_put(const struct apr_allocator *a, const struct apr_node *n, const struct pt_entry *at);
void pt_apr_tell_drop(const struct apr_allocator *a, const struct apr_node *n, const struct pt_entry *at);

/* pt_apr_tell_puts() - each node that lies before a head of `then`. The caller holds the allocator: by
 * its mutex, or because it has none; and nothing was taken out since `then`. */
void pt_apr_tell_puts(const struct apr_allocator *a, const struct apr_heads *then, const struct pt_entry *at);

/* pt_apr_lies_before() - is it on that list, before `old`? */
bool pt_apr_lies_before(const struct apr_node *n, const struct apr_node *old, const struct apr_node *wanted);

/* pt_apr_heads() - as they are now. */
void pt_apr_heads(const struct apr_allocator *a, struct apr_heads *now);

/* apr_clearing.c: a clear that runs callbacks of the program before it frees. They may take nodes
 * and put others, so its heads are kept where every change of that allocator finds them. */
struct apr_heads *pt_apr_clearing_begin(const struct apr_allocator *a, struct apr_heads *fallback);
void pt_apr_clearing_end(const struct apr_heads *heads);
void pt_apr_clearing_changed(const struct apr_allocator *a);

/* apr_try.c (by way of pt_apr_hooks): have the hooked library do everything once, on an allocator of our own. */
bool pt_apr_try(void);
void pt_apr_try_saw(char what, const struct apr_allocator *a, const struct apr_node *n);

#endif
