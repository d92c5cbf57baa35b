/* SPDX-License-Identifier: MIT */
/*
 * api_probe.c - every edge of the allocation API: result, errno, alignment, contents.
 *
 * No address is printed, so plain and traced output must be the same bytes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile size_t zero;
static volatile size_t huge = SIZE_MAX;
static volatile size_t half = SIZE_MAX / 2 + 1;

/* One line: was it null, how aligned, how much is usable, what errno became (it was 77). */
static void show(const char *what, void *p)
{
	int err = errno;
	unsigned int align = 0;

	while (p && align < 12 && ((uintptr_t)p >> align & 1) == 0)
		align++;
	/* Alignment beyond what was asked for is chance: show up to 16 only. */
	printf("%s: %s errno=%d aligned16=%d usable=%zu\n", what, p ? "block" : "NULL", err,
	       p ? align >= 4 : 0, p ? malloc_usable_size(p) : 0);
	errno = 77;
}

static void show_aligned(const char *what, void *p, size_t align)
{
	int err = errno;

	printf("%s: %s errno=%d aligned=%d\n", what, p ? "block" : "NULL", err,
	       p && (uintptr_t)p % align == 0);
	errno = 77;
}

static void probe_malloc(void)
{
	static const size_t sizes[] = { 0, 1, 24, 25, 1000, 4096, 131072, 200000, 8u << 20 };
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *p;

		snprintf(name, sizeof(name), "malloc(%zu)", sizes[i]);
		errno = 77;
		p = malloc(sizes[i]);
		if (p)
			memset(p, 0xa5, sizes[i]);
		show(name, p);
		free(p);
		printf("free keeps errno: %d\n", errno);
	}
	show("malloc(SIZE_MAX)", malloc(huge));
	show("malloc(SIZE_MAX/2+1)", malloc(half));
	show("malloc(SIZE_MAX-64)", malloc(huge - 64));
	free(NULL);
	printf("free(NULL) keeps errno: %d\n", errno);
	printf("malloc_usable_size(NULL)=%zu\n", malloc_usable_size((void *)zero));
}

static void probe_calloc(void)
{
	unsigned char *p = calloc(7, 123);
	size_t i, dirty = 0;

	for (i = 0; i < 7 * 123; i++)
		dirty += p[i] != 0;
	printf("calloc(7,123): dirty=%zu\n", dirty);
	free(p);
	for (i = 0; i < 200; i++) { /* recycled memory must be zero as well */
		p = malloc(861);
		memset(p, 0xff, 861);
		free(p);
		p = calloc(1, 861);
		dirty += p[0] || p[860];
		free(p);
	}
	printf("calloc of recycled: dirty=%zu\n", dirty);
	errno = 77;
	show("calloc(0,8)", calloc(zero, 8));
	show("calloc(8,0)", calloc(8, zero));
	show("calloc(SIZE_MAX,2)", calloc(huge, 2));
	show("calloc(half,2)", calloc(half, 2));
}

/* A failed realloc leaves the old block alone: volatile, or the compiler takes it for freed. */
static void probe_realloc(void)
{
	char *volatile p = realloc(NULL, 100);
	char *volatile q;

	errno = 77;
	show("realloc(NULL,100)", p);
	memset(p, 'x', 100);
	p = realloc(p, 100000);
	show("realloc(p,100000)", p);
	printf("contents kept: %d\n", p[0] == 'x' && p[99] == 'x');
	p = realloc(p, 10);
	show("realloc(p,10)", p);
	printf("contents kept: %d\n", p[0] == 'x' && p[9] == 'x');
	q = realloc(p, huge);
	show("realloc(p,SIZE_MAX)", q);
	printf("old block lives: %d\n", p[9] == 'x');
	q = realloc(p, zero);
	show("realloc(p,0)", q);
	show("realloc(NULL,0)", realloc(NULL, zero));
	p = malloc(64);
	errno = 77;
	q = reallocarray(p, half, 2);
	show("reallocarray(p,half,2)", q);
	p = reallocarray(p, 10, 100);
	show("reallocarray(p,10,100)", p);
	show("reallocarray(NULL,3,5)", reallocarray(NULL, 3, 5));
	q = reallocarray(p, zero, 5);
	show("reallocarray(p,0,5)", q);
	p = realloc(malloc(300000), 3000000); /* mremap inside libc */
	show("realloc(300000 -> 3000000)", p);
	free(p);
}

static void probe_aligned(void)
{
	static const size_t aligns[] = { 0, 1, 3, 8, 16, 48, 64, 4096, 1u << 20 };
	char name[64];
	void *p = NULL;
	size_t i;

	for (i = 0; i < sizeof(aligns) / sizeof(aligns[0]); i++) {
		size_t a = aligns[i];
		size_t told = a & (a - 1) || !a ? 1 : a; /* beyond a power of two it is chance */
		int err;

		errno = 77;
		snprintf(name, sizeof(name), "memalign(%zu,100)", a);
		show_aligned(name, memalign(a, 100), told);
		snprintf(name, sizeof(name), "aligned_alloc(%zu,128)", a);
		show_aligned(name, aligned_alloc(a, 128), told);
		p = (void *)0x10;
		err = posix_memalign(&p, a, 100);
		printf("posix_memalign(%zu,100)=%d errno=%d out %s aligned=%d\n", a, err, errno,
		       p == (void *)0x10 ? "untouched" : "set", err == 0 && (uintptr_t)p % a == 0);
	}
	show_aligned("memalign(64,SIZE_MAX)", memalign(64, huge), 64);
	show_aligned("memalign(half,1)", memalign(half, 1), 1);
	show_aligned("aligned_alloc(64,SIZE_MAX)", aligned_alloc(64, huge), 64);
	show_aligned("valloc(10)", valloc(10), 4096);
	show_aligned("valloc(SIZE_MAX)", valloc(huge), 4096);
	show_aligned("pvalloc(10)", pvalloc(10), 4096);
	show_aligned("pvalloc(SIZE_MAX)", pvalloc(huge), 4096);
	printf("posix_memalign(SIZE_MAX)=%d\n", posix_memalign(&p, 64, huge));
}

/*
 * Programs that can use jemalloc look whether its functions are there (weak symbols, dlsym), and
 * then call them: a recorder must not make an allocator without them look like jemalloc.
 */
static void probe_names(void)
{
	static const char *const names[] = { "mallocx", "rallocx", "xallocx", "sallocx", "dallocx",
					     "sdallocx", "nallocx", "mallctl" };
	size_t i, there = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		there += dlsym(RTLD_DEFAULT, names[i]) != NULL;
	printf("jemalloc: %s\n", there == sizeof(names) / sizeof(names[0]) ? "there" : "not there");
}

int main(int argc, char **argv)
{
	(void)argv;
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	probe_malloc();
	probe_calloc();
	probe_realloc();
	probe_aligned();
	if (argc > 1)
		probe_names();
	return 0;
}
