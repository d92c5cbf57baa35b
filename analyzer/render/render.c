// SPDX-License-Identifier: MIT
/*
 * render.c - the registry of output formats.
 */
#include "render.h"

#include <string.h>

static const struct pt_renderer *const renderers[] = {
	&pt_render_text,
	&pt_render_json,
};

const struct pt_renderer *pt_renderer_find(const char *name)
{
	for (size_t i = 0; i < sizeof(renderers) / sizeof(renderers[0]); i++)
		if (!strcmp(renderers[i]->name, name))
			return renderers[i];
	return NULL;
}
