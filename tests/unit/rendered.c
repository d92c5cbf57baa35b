// SPDX-License-Identifier: MIT
/* rendered.c - see rendered.h. */
#include "rendered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

char *rn_rendered(const char *name, const struct pt_report *r, struct pt_render to)
{
	const struct pt_renderer *renderer = pt_renderer_find(name);
	char *out = NULL;
	size_t out_bytes;

	assert_non_null(renderer);
	to.out = open_memstream(&out, &out_bytes);
	to.reports_nr = 1;
	assert_non_null(to.out);
	if (renderer->begin)
		assert_int_equal(renderer->begin(&to), 0);
	assert_int_equal(renderer->report(&to, r, 0), 0);
	if (renderer->end)
		assert_int_equal(renderer->end(&to), 0);
	assert_int_equal(fclose(to.out), 0);
	return out;
}
