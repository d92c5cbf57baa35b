/* SPDX-License-Identifier: MIT */
/* plugin.c - a library that dlopen_loop.c loads and throws out; allocates in its own code. */
#include <stdlib.h>

void *plugin_allocate(size_t size);

__attribute__((constructor)) static void load(void)
{
	void *volatile p = malloc(64);

	free(p);
}

void *plugin_allocate(size_t size)
{
	void *volatile p = malloc(size);

	return p;
}
