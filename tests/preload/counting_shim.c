/* SPDX-License-Identifier: MIT */
/*
 * counting_shim.c - an independent count of allocation calls, to hold the recorder against.
 *
 * Preloaded alone. Adds into a shared mapping of $COUNTING_SHIM_FILE, so that the sums survive
 * every way to die and cover forked children and exec'd programs as well. Shares no line
 * with the recorder. Definitions: a successful call of an allocation function (realloc included)
 * is an allocation; a call that frees a non-null block is a free; realloc(p, 0) that returns
 * NULL is a free. reallocarray() is not here: glibc's calls realloc() through the PLT.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EARLY_BYTES (64u * 1024u)

struct sums {
	atomic_uint_fast64_t allocations;
	atomic_uint_fast64_t frees;
};

static struct sums unnamed; /* used when there is no file */
static struct sums *sums = &unnamed;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static void *(*real_memalign)(size_t, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void *(*real_valloc)(size_t);
static void *(*real_pvalloc)(size_t);

/* What dlsym() may allocate while the pointers are not there yet. Never given back. */
static _Alignas(64) unsigned char early[EARLY_BYTES];
static atomic_size_t early_used;

static void *early_alloc(size_t size)
{
	size_t at = atomic_fetch_add(&early_used, (size + 63u) & ~(size_t)63u);

	return at + size <= EARLY_BYTES ? early + at : NULL;
}

static int is_early(const void *p)
{
	return (const unsigned char *)p >= early && (const unsigned char *)p < early + EARLY_BYTES;
}

static void *find(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/*
 * What the recorder has loaded by then, in its order, uncounted: whether the loader needs a block for the program's next
 * dlopen() (pthread_exit() makes one, for libgcc_s) depends on how many came before.
 */
static void load_as_the_recorder(void)
{
	uint64_t allocations = unnamed.allocations, frees = unnamed.frees;

	dlopen("liblzma.so.5", RTLD_LAZY | RTLD_LOCAL);
	dlopen("libunwind-x86_64.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	unnamed.allocations = allocations;
	unnamed.frees = frees;
}

__attribute__((constructor)) static void init(void)
{
	const char *path = getenv("COUNTING_SHIM_FILE");
	void *map;
	int fd;

	if (real_malloc)
		return;
	real_calloc = find("calloc");
	real_realloc = find("realloc");
	real_free = find("free");
	real_memalign = find("memalign");
	real_aligned_alloc = find("aligned_alloc");
	real_posix_memalign = find("posix_memalign");
	real_valloc = find("valloc");
	real_pvalloc = find("pvalloc");
	real_malloc = find("malloc");
	if (!getenv("POOLTRACE_OUTPUT")) /* else it is here itself */
		load_as_the_recorder();
	if (!path)
		return;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	map = MAP_FAILED;
	if (ftruncate(fd, sizeof(*sums)) == 0)
		map = mmap(NULL, sizeof(*sums), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	atomic_fetch_add(&((struct sums *)map)->allocations, sums->allocations);
	atomic_fetch_add(&((struct sums *)map)->frees, sums->frees);
	sums = map;
}

static void *got(void *p)
{
	if (p)
		atomic_fetch_add(&sums->allocations, 1);
	return p;
}

static void put(void)
{
	atomic_fetch_add(&sums->frees, 1);
}

void *malloc(size_t size)
{
	if (!real_malloc)
		init();
	return got(real_malloc ? real_malloc(size) : early_alloc(size));
}

void *calloc(size_t nr, size_t size)
{
	if (!real_calloc)
		return got(early_alloc(nr * size));
	return got(real_calloc(nr, size));
}

/* realloc(p, 0) with NULL back has freed p, unless it failed. */
static void *regot(void *old, size_t size, void *p)
{
	if (!p && old && size == 0)
		put();
	return got(p);
}

void *realloc(void *old, size_t size)
{
	void *p;

	if (!real_malloc)
		init();
	if (is_early(old)) {
		p = malloc(size);
		if (p)
			memcpy(p, old, size);
		return p;
	}
	return regot(old, size, real_realloc(old, size));
}

void free(void *p)
{
	if (!p)
		return;
	put();
	if (!is_early(p))
		real_free(p);
}

/* Gone from glibc's headers and from its default symbols, but the recorder has it, and a dlsym() that
 * finds nothing allocates its error text. */
void cfree(void *p);
void cfree(void *p)
{
	free(p);
}

void *memalign(size_t align, size_t size)
{
	if (!real_malloc)
		init();
	return got(real_memalign(align, size));
}

void *aligned_alloc(size_t align, size_t size)
{
	if (!real_malloc)
		init();
	return got(real_aligned_alloc(align, size));
}

int posix_memalign(void **out, size_t align, size_t size)
{
	int err;

	if (!real_malloc)
		init();
	err = real_posix_memalign(out, align, size);
	if (err == 0)
		got(*out);
	return err;
}

void *valloc(size_t size)
{
	if (!real_malloc)
		init();
	return got(real_valloc(size));
}

void *pvalloc(size_t size)
{
	if (!real_malloc)
		init();
	return got(real_pvalloc(size));
}
