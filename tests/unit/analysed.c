// SPDX-License-Identifier: MIT
/* analysed.c - see analysed.h. */
#include "analysed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct pt_trace *an_open(struct tb *b)
{
	char *path = tb_save(b);
	struct pt_trace *t;

	assert_int_equal(pt_trace_open(&t, path), 0);
	unlink(path);
	free(path);
	return t;
}

void an_report(struct tb *b, struct pt_report *out)
{
	struct pt_trace *t = an_open(b);

	assert_int_equal(pt_analyse(t, NULL, NULL, NULL, out), 0);
	pt_trace_close(t);
}
