/* SPDX-License-Identifier: MIT */
/* reading.c - see reading.h. */
#include "reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct rd *rd_built(struct tb *b)
{
	struct rd *r = calloc(1, sizeof(*r));
	char *path = tb_save(b);
	int more;

	tb_close(b);
	assert_int_equal(pt_trace_open(&r->trace, path), 0);
	while ((more = pt_trace_next(r->trace, &r->events[r->nr])) > 0) {
		if (r->events[r->nr].text && r->nr < 64)
			snprintf(r->texts[r->nr], sizeof(r->texts[0]), "%s", r->events[r->nr].text);
		r->nr++;
		assert_true(r->nr < EVENTS_MAX);
	}
	assert_int_equal(more, 0);
	unlink(path);
	free(path);
	return r;
}

void rd_close(struct rd *r)
{
	pt_trace_close(r->trace);
	free(r);
}

void rd_assert_whole(const struct rd *r)
{
	const struct pt_trace_state *st = &r->trace->state;

	assert_false(st->truncated);
	assert_int_equal(st->corrupt_chunks, 0);
	assert_int_equal(st->missing_chunks, 0);
}
