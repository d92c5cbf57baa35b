// SPDX-License-Identifier: MIT
/*
 * check.c - the registry of formats of a check.
 */
#include "check.h"

#include <string.h>

static const struct pt_check_renderer *const renderers[] = {
	&pt_check_text, &pt_check_junit, &pt_check_sarif, &pt_check_github, &pt_check_json,
};

const struct pt_check_renderer *pt_check_renderer_find(const char *name)
{
	for (size_t i = 0; i < sizeof(renderers) / sizeof(renderers[0]); i++)
		if (!strcmp(renderers[i]->name, name))
			return renderers[i];
	return NULL;
}

int pt_check_status(const struct pt_check *c)
{
	if (c->states[PT_CHECK_BROKEN])
		return 1;
	return c->states[PT_CHECK_UNKNOWN] ? 2 : 0;
}
