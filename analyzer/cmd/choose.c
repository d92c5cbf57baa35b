// SPDX-License-Identifier: MIT
/*
 * choose.c - the pools that --pool asks for.
 */
#include "choose.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../render/utf8.h"
#include "cmd.h"

#define POOLS_NAMED 20u /* in a complaint */

static bool pool_matches(const struct pt_report *r, const char *wanted, const char *name)
{
	for (size_t i = 0; i < r->pools_nr; i++) /* a name may look like a pattern */
		if (!strcmp(r->pools[i].name, wanted))
			return !strcmp(name, wanted);
	return !fnmatch(wanted, name, 0);
}

static int no_pool(const struct pt_report *r, const char *path, const char *wanted)
{
	char *names = NULL;
	size_t names_bytes;
	FILE *f = open_memstream(&names, &names_bytes);
	int status;

	for (size_t i = 0; f && i < r->pools_nr && i < POOLS_NAMED; i++)
		fprintf(f, "%s%s", i ? ", " : "", r->pools[i].name);
	if (f && r->pools_nr > POOLS_NAMED)
		fprintf(f, " and %zu more", r->pools_nr - POOLS_NAMED);
	if (f && fclose(f) == 0)
		pt_utf8_clean(names);
	status = pt_fail(path, "has no pool '%s'; its pools: %s", wanted, names ? names : "?");
	free(names);
	return status;
}

int pt_choose_pools(struct pt_report *r, const char *path, const char *wanted)
{
	bool *keep = calloc(r->pools_nr + 1, sizeof(*keep));
	size_t kept = 0;

	if (!keep)
		return pt_fail_trace(path, -PT_ENOMEM);
	for (size_t i = 0; i < r->pools_nr; i++)
		kept += keep[i] = pool_matches(r, wanted, r->pools[i].name);
	if (!kept) {
		free(keep);
		return no_pool(r, path, wanted);
	}
	for (size_t i = 0, at = 0; i < r->pools_nr; i++) {
		if (keep[i])
			r->pools[at++] = r->pools[i];
		else
			pt_report_pool_fini(&r->pools[i]);
	}
	r->pools_nr = kept;
	free(keep);
	return PT_EXIT_OK;
}
