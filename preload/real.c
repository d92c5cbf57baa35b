/* SPDX-License-Identifier: MIT */
/* real.c - looks the real functions up. See real.h; boot.c says when. */
#include "real.h"

#include <dlfcn.h>
#include <sys/auxv.h>

struct pt_real_range pt_real_allocator;

void *pt_real_symbol(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

#define GLIBC_BYTES 100u
#define GLIBC_HEAD 0x71u /* what glibc has before a block of that size: 112 bytes, the one before in use */

bool pt_real_tells_usable(void)
{
	struct dl_find_object one, other;
	bool same;
	void *p;

	if (_dl_find_object(*(void **)&pt_real.malloc, &one) || _dl_find_object(*(void **)&pt_real.malloc_usable_size, &other))
		return false;
	if (one.dlfo_link_map == other.dlfo_link_map)
		return true;
	/* A library that passes calls on to libc, or one that has blocks of its own: looked at in the page of the block alone. */
	p = pt_real.malloc(GLIBC_BYTES);
	same = p && ((uintptr_t)p & 0xfff) >= 8 && ((const uint64_t *)p)[-1] == GLIBC_HEAD;
	pt_real.free(p);
	return same;
}

/* One row a function: where its address goes, its name. */
#define ROW(field) { (void **)&next.field, #field }

void pt_real_resolve(void)
{
	struct pt_real next = pt_real;
	const struct {
		void **at;
		const char *name;
	} rows[] = {
		ROW(malloc),	     ROW(free),		       ROW(calloc),	     ROW(realloc),
		ROW(memalign),	     ROW(aligned_alloc),       ROW(posix_memalign), ROW(valloc),  ROW(pvalloc),
		ROW(malloc_usable_size), ROW(mallocx), ROW(rallocx),
		ROW(xallocx),	     ROW(dallocx),	       ROW(sdallocx),	     ROW(mmap),	   ROW(munmap),
		ROW(mremap),	     ROW(madvise),	       ROW(dlclose),
	};
	struct dl_find_object o, libc;
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *found = dlsym(RTLD_NEXT, rows[i].name);

		if (found)
			*rows[i].at = found;
	}
	if (!_dl_find_object(*(void **)&next.malloc, &o) && !_dl_find_object((void *)getauxval, &libc) &&
	    o.dlfo_link_map != libc.dlfo_link_map) {
		pt_real_allocator.start = (uint64_t)o.dlfo_map_start;
		pt_real_allocator.bytes = (uint64_t)o.dlfo_map_end - pt_real_allocator.start;
	}
	pt_real = next;
}
