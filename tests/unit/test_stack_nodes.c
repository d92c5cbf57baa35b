/* SPDX-License-Identifier: MIT */
/* test_stack_nodes.c - the recorder's trie of frames against a list of (parent, ip), and where it looks first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "preload/process.h"
#include "preload/stack_nodes.h"

#define NODES_NR 20000u
#define IPS_NR	 24u

static struct pt_stacks stacks;
static size_t bytes_left; /* what the machine has */
static uint32_t looks_missed;

void *pt_pages_alloc(size_t bytes)
{
	if (bytes > bytes_left)
		return NULL;
	bytes_left -= bytes;
	return calloc(1, bytes);
}

void pt_pages_free(void *p, size_t bytes)
{
	bytes_left += bytes;
	free(p);
}

static int begin(void **state)
{
	(void)state;
	memset(&stacks, 0, sizeof(stacks));
	bytes_left = SIZE_MAX;
	assert_true(pt_nodes_grow(&stacks));
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(stacks.nodes);
	return 0;
}

static uint64_t roll(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* As pt_node_below(); counts when neither the child met last nor the one after it is meant. */
static uint32_t below(uint32_t parent, uint64_t ip)
{
	const struct pt_stack_node_entry *n = stacks.nodes, *last = &n[n[parent].last];

	looks_missed += last->ip != ip && n[last->sibling].ip != ip;
	return pt_node_below(&stacks, parent, ip);
}

static void a_child_is_found_by_parent_and_address(void **state)
{
	struct {
		uint64_t ip;
		uint32_t parent;
	} *known = calloc(NODES_NR + 1, sizeof(*known));
	uint64_t seed = 88172645463325252u;
	uint32_t nr = 1;

	(void)state;
	while (nr < NODES_NR) {
		/* Few addresses, and few parents at a time: most have been there before. */
		uint32_t back = nr < 300 ? nr : 300, parent = nr - 1 - (uint32_t)(roll(&seed) % back), id;
		uint64_t ip = 0x7f0012340000 + roll(&seed) % IPS_NR * 5, *same = NULL;
		uint32_t i;

		id = pt_node_below(&stacks, parent, ip);
		for (i = parent + 1; i < nr && !same; i++)
			if (known[i].parent == parent && known[i].ip == ip)
				same = &known[i].ip;
		assert_int_equal(id, same ? i - 1 : nr);
		if (!same) {
			known[nr].ip = ip;
			known[nr++].parent = parent;
		}
		assert_int_equal(stacks.nodes_nr, nr);
		assert_int_equal(stacks.nodes[id].parent, parent);
		assert_int_equal(stacks.nodes[id].ip, ip);
	}
	free(known);
}

/* Each node's children are all in one ring. */
static void children_form_a_ring(void **state)
{
	uint64_t seed = 1234567;
	uint32_t *children = calloc(NODES_NR, sizeof(*children)), i, nr, c;

	(void)state;
	while (stacks.nodes_nr < NODES_NR / 4)
		pt_node_below(&stacks, (uint32_t)(roll(&seed) % stacks.nodes_nr), roll(&seed) % IPS_NR + 1);
	for (i = 1; i < stacks.nodes_nr; i++)
		children[stacks.nodes[i].parent]++;
	for (i = 0; i < stacks.nodes_nr; i++) {
		for (nr = 0, c = stacks.nodes[i].last; c && nr <= children[i]; nr++) {
			assert_int_equal(stacks.nodes[c].parent, i);
			c = stacks.nodes[c].sibling;
			if (c == stacks.nodes[i].last) {
				nr++;
				break;
			}
		}
		assert_int_equal(nr, children[i]);
	}
	free(children);
}

/* A walk through `depth` levels of three calls each, in the same order each time. */
static void descend(uint32_t parent, uint32_t depth)
{
	for (uint64_t ip = 1; depth && ip <= 3; ip++)
		descend(below(parent, ip * 7), depth - 1);
}

static void what_is_done_again_is_found_without_a_search(void **state)
{
	(void)state;
	descend(0, 7);
	assert_int_equal(looks_missed, (3 * 3 * 3 * 3 * 3 * 3 * 3 - 1) * 3 / 2); /* each was new once */
	looks_missed = 0;
	for (int round = 0; round < 3; round++)
		descend(0, 7);
	assert_int_equal(looks_missed, 0);
}

static void the_end_of_memory_is_told_and_what_is_there_stays(void **state)
{
	uint32_t parent = 0, id, nr = 0;
	uint64_t ip;

	(void)state;
	bytes_left = 100000;
	for (ip = 1; (id = pt_node_below(&stacks, parent, ip)); ip++, nr++)
		parent = id;
	assert_int_equal(stacks.nodes_nr, stacks.nodes_max);
	for (parent = 0, ip = 1; ip <= nr; ip++, parent = id) {
		id = pt_node_below(&stacks, parent, ip);
		assert_int_equal(id, ip);
	}
	pt_nodes_forget(&stacks);
	assert_int_equal(stacks.nodes_nr, 1);
	assert_int_equal(pt_node_below(&stacks, 0, 99), 1);
	assert_int_equal(pt_node_below(&stacks, 0, 1), 2);
	assert_int_equal(pt_node_below(&stacks, 1, 1), 3);
}

/* An address of 0 is one like any other, and the root is nobody's child. */
static void an_address_of_zero_is_a_frame(void **state)
{
	(void)state;
	assert_int_equal(pt_node_below(&stacks, 0, 0), 1);
	assert_int_equal(pt_node_below(&stacks, 1, 0), 2);
	assert_int_equal(pt_node_below(&stacks, 0, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_child_is_found_by_parent_and_address, begin, end),
		cmocka_unit_test_setup_teardown(children_form_a_ring, begin, end),
		cmocka_unit_test_setup_teardown(what_is_done_again_is_found_without_a_search, begin, end),
		cmocka_unit_test_setup_teardown(the_end_of_memory_is_told_and_what_is_there_stays, begin, end),
		cmocka_unit_test_setup_teardown(an_address_of_zero_is_a_frame, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
