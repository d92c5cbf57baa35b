/* SPDX-License-Identifier: MIT */
/* apr_plugin.c - a library that comes later and takes from pools that others made. */
#include <apr_pools.h>

void apr_plugin_fill(apr_pool_t *pool);

void apr_plugin_fill(apr_pool_t *pool)
{
	apr_pool_t *child;
	int i;

	for (i = 0; i < 40; i++)
		apr_palloc(pool, 3000);
	apr_pool_create(&child, pool);
	apr_palloc(child, 30000);
}
