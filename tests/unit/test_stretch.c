/* SPDX-License-Identifier: MIT */
/*
 * test_stretch.c - rows told by the stretch are what they are when told change by change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../analyzer/passes/stretch.h"

static uint64_t random_state = 88172645463325252ull;

static uint64_t rnd(uint64_t below) /* xorshift64, Marsaglia 2003 */
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void tell(struct pt_row *row, struct pt_stretch *s, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told_idle(c);

	switch (c->kind) {
	case PT_CHANGE_GOT:
		pt_row_got(row, told);
		pt_stretch_got(s, told);
		break;
	case PT_CHANGE_PUT:
	case PT_CHANGE_RESIZED:
		pt_row_unused(row, told, false);
		pt_row_freed(row, told);
		pt_stretch_freed(s, told);
		if (c->kind == PT_CHANGE_RESIZED)
			break;
		pt_row_idle_begins(row, told);
		pt_stretch_idle_begins(s, told);
		break;
	default:
		pt_row_idle_ends(row, told);
		pt_stretch_idle_ends(s, told);
	}
}

static void a_stretch_leaves_a_row_as_its_changes_do(void **state)
{
	static const uint8_t kinds[] = { PT_CHANGE_GOT, PT_CHANGE_GOT, PT_CHANGE_PUT, PT_CHANGE_REUSED, PT_CHANGE_RESIZED,
					 PT_CHANGE_GONE };
	struct pt_row row = { .in_use = { 5000, 1u << 30 }, .idle = { 5000, 1u << 30 } }, told = row;
	struct pt_stretch s = { 0 };
	uint64_t now = 1, epoch = 0;

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		uint32_t nr = 1 + (uint32_t)rnd(12);

		for (uint32_t i = 0; i < nr; i++) {
			struct pt_change c = { .kind = kinds[rnd(6)], .flags = (uint8_t)rnd(8), .size_bytes = rnd(4000) };

			c.time_ns = now += rnd(100);
			c.since_ns = now / 2;
			c.epoch = epoch += !rnd(9);

			if (!i)
				pt_stretch_begin(&s, c.epoch);
			tell(&row, &s, &c);
		}
		pt_stretch_end(&s, &told);
		assert_memory_equal(&told, &row, sizeof(row));
		epoch += round % 2; /* a peak that is some other thread's */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stretch_leaves_a_row_as_its_changes_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
