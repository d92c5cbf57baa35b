/* SPDX-License-Identifier: MIT */
/*
 * graph_speed.c - seconds and memory from told edges to retained bytes, on graphs like heaps.
 *
 *   graph_speed [MILLION_NODES [SHAPE [ALGORITHM]]]
 *
 * Shapes: heap (three edges a node; six parts trees with cross edges, three parts a hash table, one
 * part a linked list), shuffled (the same under random node numbers, edges told in no order), lru
 * (a doubly linked list with items that a table points at, too; two edges a node). Algorithms:
 * ours (the analyzer's, and all steps around it), lt (Lengauer and Tarjan), nca (semi-NCA) and chk (Cooper,
 * Harvey, Kennedy), which were not chosen: docs/design/0006-dominators.md. Each runs in a process of its own and is
 * stopped after 120 s. Seconds are of CPU.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../analyzer/model/dominators.h"
#include "../../analyzer/model/graph.h"
#include "../../analyzer/model/preorder.h"
#include "graph_rivals.h"

#define LIMIT_SECONDS 120

static uint64_t random_state = 88172645463325252ull;
static uint32_t *names; /* shuffled: the node that a number stands for */

static uint32_t roll(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dull >> 32) * below >> 32);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void tell(struct pt_graph *g, uint32_t from, uint32_t to, uint64_t offset_bytes)
{
	if (names) {
		from = names[from];
		to = names[to];
	}
	if (pt_graph_tell(g, from, to, offset_bytes, false))
		abort();
}

/* Nodes [first, end) under `first`: an owner not far before each, and two or three cross edges. */
static void tell_trees(struct pt_graph *g, uint32_t first, uint32_t end)
{
	for (uint32_t v = first + 1; v < end; v++) {
		uint32_t near = v - first < 1000 ? v - first : 1000;

		tell(g, v - 1 - roll(near), v, 8);
		tell(g, v, first + roll(v - first), 16);
		tell(g, v, roll(8) ? v - roll(near) : first + roll(end - first), 24);
		if (roll(3))
			tell(g, v, v - roll(near), 32);
	}
}

/* A table of entries: each has a key of its own, and a value that others may share. */
static void tell_table(struct pt_graph *g, uint32_t first, uint32_t end)
{
	for (uint32_t v = first + 1; v + 2 < end; v += 3) {
		bool chained = v > first + 3 && !roll(3);

		tell(g, chained ? v - 3 : first, v, 8ull * v);
		tell(g, v, v + 1, 0);
		tell(g, v, v + 2, 8);
		tell(g, v, first + 3 + roll((end - first - 3) / 3) * 3, 16);
		tell(g, v + 2, v, 0);
	}
}

static void tell_list(struct pt_graph *g, uint32_t first, uint32_t end)
{
	for (uint32_t v = first + 1; v < end; v++) {
		tell(g, v - 1, v, 0);
		tell(g, v, v - 1, 8);
		tell(g, v, first, 16);
	}
}

/* Triples of a link, its item and the item's buffer; the table `first` has all items as well. */
static void tell_lru(struct pt_graph *g, uint32_t first, uint32_t end)
{
	tell(g, PT_GRAPH_ROOT, first, 0);
	tell(g, PT_GRAPH_ROOT, first + 1, 0);
	for (uint32_t v = first + 1; v + 2 < end; v += 3) {
		tell(g, first, v + 1, 8ull * v);
		tell(g, v + 1, v + 2, 0);
		tell(g, v, v + 1, 16);
		tell(g, v, v + 2, 24);
		if (v + 5 < end) {
			tell(g, v + 3, v, 8);
			tell(g, v, v + 3, 0);
		}
	}
}

static void make_heap(struct pt_graph *g, uint32_t nodes_nr)
{
	uint32_t tenth = nodes_nr / 10;

	for (uint32_t i = 0; i < 100; i++)
		tell(g, PT_GRAPH_ROOT, 1 + roll(6 * tenth), 0);
	tell(g, PT_GRAPH_ROOT, 1, 0);
	tell(g, PT_GRAPH_ROOT, 6 * tenth, 0);
	tell(g, PT_GRAPH_ROOT, 9 * tenth, 0);
	tell_trees(g, 1, 6 * tenth);
	tell_table(g, 6 * tenth, 9 * tenth);
	tell_list(g, 9 * tenth, nodes_nr);
}

static void make_shuffled(struct pt_graph *g, uint32_t nodes_nr)
{
	names = malloc(nodes_nr * sizeof(*names));
	for (uint32_t v = 0; v < nodes_nr; v++) {
		uint32_t other = v ? 1 + roll(v) : 0;

		names[v] = v;
		if (other < v) {
			names[v] = names[other];
			names[other] = v;
		}
	}
	make_heap(g, nodes_nr);
	free(names);
	names = NULL;
}

static void make_lru(struct pt_graph *g, uint32_t nodes_nr)
{
	tell_lru(g, 1, nodes_nr);
}

static void solve_ours(const struct pt_preorder *p, uint32_t *idom)
{
	if (pt_dominators_solve(p, idom))
		abort();
}

static const struct shape {
	const char *name;
	void (*make)(struct pt_graph *g, uint32_t nodes_nr);
} shapes[] = { { "heap", make_heap }, { "shuffled", make_shuffled }, { "lru", make_lru } };

static const struct algorithm {
	const char *name;
	void (*solve)(const struct pt_preorder *p, uint32_t *idom);
} algorithms[] = { { "ours", solve_ours }, { "lt", bench_solve_lt }, { "nca", bench_solve_nca }, { "chk", bench_solve_chk } };

static long peak_mib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

/* The steps of the analyzer: all of them, and their memory. */
static void measure_steps(const struct pt_graph *g)
{
	struct pt_dominators d;
	double start = seconds();

	if (pt_dominators_init(&d, g))
		abort();
	printf("  all %5.2f s, %u reached, %ld MiB\n", seconds() - start, d.reachable_nr, peak_mib());
	pt_dominators_fini(&d);
}

static uint64_t checksum(const uint32_t *idom, uint32_t nr)
{
	uint64_t sum = 0;

	for (uint32_t v = 0; v < nr; v++)
		sum = (sum ^ idom[v]) * 0x9e3779b97f4a7c15ull;
	return sum;
}

static void measure(const struct shape *shape, const struct algorithm *algorithm, uint32_t nodes_nr)
{
	struct pt_graph g;
	struct pt_preorder p;
	double told, sealed, walked, solved;
	uint32_t *idom;

	alarm(LIMIT_SECONDS);
	if (pt_graph_init(&g, nodes_nr))
		abort();
	for (uint32_t v = 1; v < nodes_nr; v++)
		g.shallow_bytes[v] = 16 + v % 7 * 16;
	told = seconds();
	shape->make(&g, nodes_nr);
	sealed = seconds();
	if (pt_graph_seal(&g))
		abort();
	walked = seconds();
	printf("%-8s %-4s %u nodes %u edges: made %5.2f s, sealed %5.2f s (%ld MiB)", shape->name,
	       algorithm->name, nodes_nr, g.edges_nr, sealed - told, walked - sealed, peak_mib());
	if (algorithm == &algorithms[0])
		measure_steps(&g);
	fflush(stdout);
	walked = seconds();
	if (pt_preorder_init(&p, &g))
		abort();
	idom = malloc(p.nr * sizeof(*idom));
	solved = seconds();
	printf("         walked %5.2f s, solved ", solved - walked);
	fflush(stdout);
	algorithm->solve(&p, idom);
	printf("%5.2f s (idoms %016llx)\n", seconds() - solved,
	       (unsigned long long)checksum(idom, p.nr));
	free(idom);
	pt_preorder_fini(&p);
	pt_graph_fini(&g);
}

static void measure_apart(const struct shape *shape, const struct algorithm *algorithm,
			  uint32_t nodes_nr)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child) {
		measure(shape, algorithm, nodes_nr);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		exit(1);
	if (status)
		printf("not done within %d s\n", LIMIT_SECONDS);
}

int main(int argc, char **argv)
{
	uint32_t nodes_nr = (uint32_t)((argc > 1 ? strtod(argv[1], NULL) : 10) * 1e6);

	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		if (argc > 2 && strcmp(argv[2], shapes[s].name))
			continue;
		for (size_t a = 0; a < sizeof(algorithms) / sizeof(algorithms[0]); a++) {
			if (argc <= 3 || !strcmp(argv[3], algorithms[a].name))
				measure_apart(&shapes[s], &algorithms[a], nodes_nr);
		}
	}
	return 0;
}
