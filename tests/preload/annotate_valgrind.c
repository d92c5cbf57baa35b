/* SPDX-License-Identifier: MIT */
/*
 * annotate_valgrind.c [TRUTH] - each request of pooltrace_valgrind.h. C11 and C++11.
 *
 * With WITH_VALGRIND valgrind.h comes first, and what Valgrind's tools are told is seen by way of
 * VALGRIND_MEMPOOL_EXISTS, and by their complaints. Lines of TRUTH: as those of annotate.c.
 */
#ifdef WITH_VALGRIND
#include <valgrind/memcheck.h>
#endif

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../include/pooltrace_valgrind.h"
#include "../../include/pooltrace_valgrind.h" /* twice is once */

struct heap {
	int pieces;
};

static unsigned int evaluated;

static void *once(void *p)
{
	evaluated++;
	return p;
}

static void all(struct heap *heap, struct heap *second, char *area, FILE *truth)
{
	struct heap *pool = second;
	uintptr_t a = (uintptr_t)area, h = (uintptr_t)heap, s = (uintptr_t)second;

	VALGRIND_CREATE_MEMPOOL(heap, 16, 0);
	fprintf(truth, "pool_create 0x%" PRIxPTR " 0 0 heap\n", h);
	VALGRIND_CREATE_MEMPOOL_EXT(&pool->pieces, 0, 1, VALGRIND_MEMPOOL_METAPOOL | VALGRIND_MEMPOOL_AUTO_FREE);
	fprintf(truth, "pool_create 0x%" PRIxPTR " 0 0 pool->pieces\n", s);
	VALGRIND_MEMPOOL_ALLOC(once(heap), once(area + 64), 32);
	fprintf(truth, "pool_get 0x%" PRIxPTR " 0x%" PRIxPTR " 32 thread\n", h, a + 64);
	VALGRIND_MEMPOOL_ALLOC(h, a + 256, 64); /* integers will do */
	fprintf(truth, "pool_get 0x%" PRIxPTR " 0x%" PRIxPTR " 64 thread\n", h, a + 256);
	VALGRIND_MEMPOOL_CHANGE(heap, area + 64, area + 128, 48);
	fprintf(truth, "pool_resize 0x%" PRIxPTR " 0x%" PRIxPTR " 0x%" PRIxPTR " 48\n", h, a + 64, a + 128);
	VALGRIND_MEMPOOL_FREE(once(heap), once(area + 128));
	fprintf(truth, "pool_put 0x%" PRIxPTR " 0x%" PRIxPTR " thread\n", h, a + 128);
	VALGRIND_MEMPOOL_TRIM(heap, area + 256, 64); /* keeps that piece: nothing to be told */
	VALGRIND_MEMPOOL_TRIM(heap, area, 0);
	fprintf(truth, "pool_purge 0x%" PRIxPTR " all\n", h);
	printf("exists %d", VALGRIND_MEMPOOL_EXISTS(heap));
	VALGRIND_DESTROY_MEMPOOL(second);
	fprintf(truth, "pool_destroy 0x%" PRIxPTR "\n", s);
	if (evaluated % 2) /* a statement like any other */
		VALGRIND_MOVE_MEMPOOL(heap, second);
	else
		VALGRIND_MOVE_MEMPOOL(heap, second);
	fprintf(truth, "pool_destroy 0x%" PRIxPTR "\npool_create 0x%" PRIxPTR " 0 0 second\n", h, s);
	printf(" %d %d", VALGRIND_MEMPOOL_EXISTS(heap), VALGRIND_MEMPOOL_EXISTS(second));
	VALGRIND_DESTROY_MEMPOOL(second);
	fprintf(truth, "pool_destroy 0x%" PRIxPTR "\n", s);
	printf(" %d\n", VALGRIND_MEMPOOL_EXISTS(second));
}

int main(int argc, char **argv)
{
	FILE *truth = fopen(argc > 1 ? argv[1] : "/dev/null", "w");
	struct heap heap = { 0 }, second = { 0 };
	char *area = (char *)malloc(4096);

	if (!truth || !area)
		return 2;
#ifdef WITH_VALGRIND
	(void)VALGRIND_MAKE_MEM_NOACCESS(area, 4096);
#endif
	all(&heap, &second, area, truth);
	printf("each argument evaluated %s\n", evaluated == 4 ? "once" : "some other time");
	free(area);
	return fclose(truth) ? 2 : 0;
}
