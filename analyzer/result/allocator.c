// SPDX-License-Identifier: MIT
/* allocator.c - see allocator.h. */
#include "allocator.h"

#include <string.h>

#define LARGE_BYTES (128u << 10) /* where glibc's malloc begins with a mapping a block (mallopt(3)) */

struct allocator {
	const char *library; /* what its file's name begins with */
	const char *name;
	const char *spread, *burst, *large; /* "run it with ...": behind "Of NAME's malloc: " */
};

/* glibc is the last one: with another library loaded, that is the one that serves malloc. */
static const struct allocator allocators[] = {
	{ "libjemalloc", "jemalloc", "run it with `MALLOC_CONF=dirty_decay_ms:0`, so that what is freed goes back to the system at once",
	  "run it with `MALLOC_CONF=dirty_decay_ms:0`, so that what is freed goes back to the system at once", NULL },
	{ "libtcmalloc", "tcmalloc", "run it with `TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES=524288`, so that threads keep less",
	  "call `MallocExtension_ReleaseFreeMemory()` when the burst is over, or make it smaller", NULL },
	{ "libmimalloc", "mimalloc", NULL, NULL, NULL },
	{ "libc.so", "glibc", "run it with `MALLOC_ARENA_MAX=2`, so that threads share arenas, or with fewer threads",
	  "call `malloc_trim(0)` when the burst is over, or make it smaller",
	  "run it with `MALLOC_MMAP_THRESHOLD_=131072`, so that a free gives blocks of 128 KiB and more back to the system" },
};
#define ALLOCATORS_NR (sizeof(allocators) / sizeof(allocators[0]))
#define GLIBC (&allocators[ALLOCATORS_NR - 1])

const char *pt_allocator_of(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (size_t i = 0; i < ALLOCATORS_NR; i++)
		if (!strncmp(base, allocators[i].library, strlen(allocators[i].library)))
			return allocators[i].name;
	return NULL;
}

static const struct allocator *allocator(const struct pt_report *r)
{
	for (size_t i = 0; i < ALLOCATORS_NR; i++)
		if (!strcmp(r->allocator, allocators[i].name))
			return &allocators[i];
	return GLIBC;
}

static void advise(const struct allocator *a, const char *what, struct pt_finding *f)
{
	if (what)
		pt_finding_advise(f, "Of %s's malloc: %s.", a->name, what);
	else
		pt_finding_advise(f, "See the manual of %s for how soon it gives back what is freed.", a->name);
	pt_finding_advise(f, "Record again; `pooltrace diff BEFORE AFTER` says what it changed.");
}

void pt_advise_spread(const struct pt_report *r, struct pt_finding *f)
{
	const struct allocator *a = allocator(r);

	advise(a, a->spread, f);
}

void pt_advise_burst(const struct pt_report *r, struct pt_finding *f, uint64_t block_bytes)
{
	const struct allocator *a = allocator(r);

	advise(a, block_bytes >= LARGE_BYTES && a->large ? a->large : a->burst, f);
}

void pt_advise_flow(struct pt_finding *f)
{
	pt_finding_advise(f, "Hand empty blocks back to the thread that fills them, by a queue between the two, so that it allocates"
			     " none.");
}
