// SPDX-License-Identifier: MIT
/* pool_says.c - see pool_says.h. */
#include "pool_says.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/result/pool_verdict.h"

struct pt_report_pool *ps_sound(struct pt_report *r, size_t shards_nr)
{
	rb_quiet(r, 4);
	return pb_pool(r, "msgbuf", shards_nr);
}

const struct pt_finding *ps_finding(const struct pt_report *r, const char *kind)
{
	static struct pt_finding found[PT_VERDICT_MAX];
	size_t found_nr = pt_pool_verdict(r, &r->pools[1], found);

	assert_in_range(found_nr, 1, PT_VERDICT_MAX);
	for (size_t i = 0; i < found_nr; i++)
		if (!strcmp(found[i].kind, kind))
			return &found[i];
	return NULL;
}

void ps_says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' does not say '%s'", text, words);
}

void ps_says_not(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("'%s' says '%s'", text, words);
}
