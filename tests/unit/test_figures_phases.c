// SPDX-License-Identifier: MIT
/*
 * test_figures_phases.c - what happened between two marks, as rows and columns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "../../format/error.h"
#include "analysed.h"
#include "figures_row.h"
#include "pool_builder.h"

static void put_mark(struct tb *b, uint32_t w, uint64_t time_ns, const char *name)
{
	const uint64_t none = 0;

	tb_ext(b, w, PT_EXT_MARK, time_ns, &none, 1, name, strlen(name));
}

/* At 16 ms 1000 bytes; "warm" at 32; at 48 two objects of 64; "warm" at 64; at 80 all is given back; the
 * end at 96, with 10 bytes more. */
static void phased_report(struct pt_report *out)
{
	const uint64_t create[] = { 0x900, 64, 0, 0 };
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);

	tb_alloc(b, w, 16 * PB_MS, 0x10000, 1000, 0);
	put_mark(b, w, 32 * PB_MS, "warm");
	tb_ext(b, w, PT_EXT_POOL_CREATE, 40 * PB_MS, create, 4, "pool", 4);
	tb_get(b, w, 48 * PB_MS, 0x900, 0x20000, 64, 0, 0);
	tb_get(b, w, 48 * PB_MS, 0x900, 0x21000, 64, 0, 0);
	put_mark(b, w, 64 * PB_MS, "warm");
	tb_put(b, w, 80 * PB_MS, 0x900, 0x20000, 0, 0);
	tb_free(b, w, 80 * PB_MS, 0x10000);
	tb_alloc(b, w, 96 * PB_MS, 0x30000, 10, 0);
	an_report(b, out);
	tb_close(b);
}

static void a_phase_is_put_together_from_steps(void **state)
{
	double v[PT_METRIC_NR];
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	phased_report(&r);
	assert_int_equal(r.phases_nr, 3);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);

	assert_int_equal(pt_figures_phase(&f, NULL, "start", "warm", v), 0);
	SAME(v[PT_METRIC_ALLOCATIONS], 1);
	SAME(v[PT_METRIC_PEAK_HELD_BYTES], 1000);
	SAME(v[PT_METRIC_DURATION_NS], 32 * PB_MS);
	assert_int_equal(pt_figures_phase(&f, NULL, "warm", "end", v), 0); /* the first of that name */
	SAME(v[PT_METRIC_ALLOCATIONS], 1);
	SAME(v[PT_METRIC_FREES], 1);
	SAME(v[PT_METRIC_PEAK_IN_USE_BYTES], 1000); /* what it began with */
	SAME(v[PT_METRIC_PEAK_HELD_BYTES], 1010);
	SAME(v[PT_METRIC_BLOWUP], 1.01);
	SAME(v[PT_METRIC_IN_USE_AT_END_BYTES], 10);
	SAME(v[PT_METRIC_IDLE_AT_END_BYTES], 1000);
	SAME(v[PT_METRIC_HOARD_BYTE_SECONDS], 16);
	SAME(v[PT_METRIC_MEAN_IDLE_BYTES], 250);
	assert_true(isnan(v[PT_METRIC_RSS_END_BYTES]) && isnan(v[PT_METRIC_GETS]));
	assert_int_equal(pt_figures_phase(&f, "malloc", "warm", "end", v), 0);
	SAME(v[PT_METRIC_MEAN_IDLE_BYTES], 250);
	assert_int_equal(pt_figures_phase(&f, "pool", "start", "warm", v), 0); /* it was not there yet */
	SAME(v[PT_METRIC_GETS], 0);
	assert_true(isnan(v[PT_METRIC_BLOWUP]));
	assert_int_equal(pt_figures_phase(&f, "pool", "warm", "warm", v), 0); /* to the next */
	SAME(v[PT_METRIC_MISSES], 2);
	SAME(v[PT_METRIC_IN_USE_AT_END_OBJECTS], 2);
	assert_int_equal(pt_figures_phase(&f, "pool", "start", "end", v), 0);
	SAME(v[PT_METRIC_GETS], 2);
	SAME(v[PT_METRIC_PUTS], 1);
	SAME(v[PT_METRIC_IN_USE_AT_END_OBJECTS], 1);
	SAME(v[PT_METRIC_MEAN_IDLE_BYTES], 64 * 16 / 96.0);

	assert_int_equal(pt_figures_phase(&f, NULL, "cold", "end", v), -PT_EINVAL);
	assert_true(isnan(v[PT_METRIC_ALLOCATIONS]));
	assert_int_equal(pt_figures_phase(&f, NULL, "warm", "cold", v), -PT_EINVAL);
	assert_int_equal(pt_figures_phase(&f, "pond", "start", "end", v), -PT_EINVAL);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

/* Each metric that the catalogue calls one of phases is there, and no other. */
static void the_catalogue_knows_what_phases_have(void **state)
{
	bool seen[PT_METRIC_NR] = { false };
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	phased_report(&r);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	for (size_t i = 0; i < f.rows_nr; i++)
		for (int m = 0; m < PT_METRIC_NR; m++) {
			bool known = !isnan(f.rows[i].values[m]);

			seen[m] |= f.rows[i].from && known;
			if (known) /* and in scopes that it has */
				assert_true(pt_metrics[m].scopes & PT_SCOPE_BIT(f.rows[i].scope));
		}
	for (int m = 0; m < PT_METRIC_NR; m++)
		assert_int_equal(seen[m], pt_metrics[m].phases);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_phase_is_put_together_from_steps),
		cmocka_unit_test(the_catalogue_knows_what_phases_have),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
