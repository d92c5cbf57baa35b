/* SPDX-License-Identifier: MIT */
/* annotate_plugin.c - a pool in a library that is loaded at run time. */
#include "../../include/pooltrace.h"

void annotate_plugin_run(const void *pool, const void *object);

void annotate_plugin_run(const void *pool, const void *object)
{
	pooltrace_pool_create(pool, "plugin", 64, 1);
	pooltrace_get(pool, object, 64, 0);
	pooltrace_put(pool, object, 0);
	pooltrace_pool_destroy(pool);
}
