/* SPDX-License-Identifier: MIT */
/*
 * interpose_system.c - memory that the program takes from the system itself, and dlclose().
 *
 * Only large anonymous mappings are told. glibc's own mmap, brk and munmap do not come by
 * here; jemalloc's and tcmalloc's do, and are marked as the allocator's.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>

#include "emit.h"
#include "interpose.h"
#include "real.h"

#define LARGE_BYTES (128u << 10) /* as the mmap threshold of malloc: below it nobody maps for data */

PT_PUBLIC void *mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t off)
{
	const struct pt_entry entry = PT_ENTRY();
	void *p = pt_real.mmap(at, bytes, prot, flags, fd, off);

	if (p != MAP_FAILED && (flags & MAP_ANONYMOUS) && bytes >= LARGE_BYTES && pt_thread_seen())
		pt_emit_mmap((uint64_t)p, bytes, pt_real_owns(entry.ip) ? PT_MAP_BY_ALLOCATOR : 0, &entry);
	return p;
}

PT_PUBLIC void *mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t off) __attribute__((alias("mmap")));

/* Told before: afterwards another thread may have the address again. */
PT_PUBLIC int munmap(void *at, size_t bytes)
{
	const struct pt_entry entry = PT_ENTRY();

	if (bytes >= LARGE_BYTES && pt_thread_seen())
		pt_emit_munmap((uint64_t)at, bytes, &entry);
	return pt_real.munmap(at, bytes);
}

PT_PUBLIC void *mremap(void *old, size_t old_bytes, size_t bytes, int flags, ...)
{
	const struct pt_entry entry = PT_ENTRY();
	void *wish = NULL, *p;
	va_list ap;

	if (flags & MREMAP_FIXED) {
		va_start(ap, flags);
		wish = va_arg(ap, void *);
		va_end(ap);
	}
	p = pt_real.mremap(old, old_bytes, bytes, flags, wish);
	if (p != MAP_FAILED && (bytes >= LARGE_BYTES || old_bytes >= LARGE_BYTES) && pt_thread_seen())
		pt_emit_mremap((uint64_t)old, old_bytes, (uint64_t)p, bytes, &entry);
	return p;
}

PT_PUBLIC int madvise(void *at, size_t bytes, int advice)
{
	const struct pt_entry entry = PT_ENTRY();
	int ret = pt_real.madvise(at, bytes, advice);

	if (!ret && (advice == MADV_DONTNEED || advice == MADV_FREE) && pt_thread_seen())
		pt_emit_gone((uint64_t)at, bytes, PT_GONE_MADVISE, &entry);
	return ret;
}

static void module_gone(void *arg, uint64_t start, uint64_t bytes)
{
	pt_emit_module_gone(start, bytes, arg);
}

PT_PUBLIC int dlclose(void *handle)
{
	struct pt_entry entry = PT_ENTRY();
	int ret = pt_real.dlclose(handle);

	if (pt_process && pt_process_start())
		pt_module_sweep(&pt_process->modules, pt_emit_code_gone, module_gone, &entry);
	return ret;
}
