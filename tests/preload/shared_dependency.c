/* SPDX-License-Identifier: MIT */
/*
 * shared_dependency.c - a library that libunwind needs too allocates a block, and the program frees it.
 *
 * Loaded late, as python3 loads its _lzma: by then the recorder has had libunwind loaded. What the block comes from and
 * what frees it are to be the same allocator, whichever that is.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CALLS_NR 100

struct filter { /* lzma_filter of liblzma */
	uint64_t id;
	void *options;
};

int main(void)
{
	static const uint8_t properties[5] = { 0x5d, 0, 0, 0x80, 0 };
	void *so = dlopen("liblzma.so.5", RTLD_NOW);
	uint32_t (*decode)(struct filter *, const void *, const uint8_t *, size_t) = NULL;
	int i, done = 0;

	if (so)
		*(void **)&decode = dlsym(so, "lzma_properties_decode");
	for (i = 0; decode && i < CALLS_NR; i++) {
		struct filter f = { 0x4000000000000001, NULL };

		done += !decode(&f, NULL, properties, sizeof(properties));
		free(f.options);
	}
	printf("%d\n", done);
	return done != CALLS_NR;
}
