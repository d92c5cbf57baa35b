/* SPDX-License-Identifier: MIT */
/*
 * boot.c - the boot: resolve RTLD_NEXT, load libunwind, read the configuration, open the trace.
 *
 * It runs inside the first allocation after libc has set up `environ`, or in our constructor.
 * What ld.so and dlsym() allocate meanwhile, and before, comes from the early arena.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"
#include "early.h"
#include "emit.h"
#include "interpose.h"
#include "interpose_cxx.h"
#include "interpose_jemalloc.h"
#include "light.h"
#include "pools/adapter.h"
#include "process.h"
#include "real.h"
#include "snapshot.h"
#include "thread.h"
#include "unwinder.h"

static bool resolved, booting;


/* From the arena; on the program's account unless it is our own boot that asks. */
static void *arena(size_t size, size_t align)
{
	void *p = pt_early_alloc(size, align);

	return booting ? p : pt_early_note(p, size);
}

static void *boot_malloc(size_t size)
{
	return pt_boot() ? pt_real.malloc(size) : arena(size, 16);
}

/* Blocks of the arena never get here, and before the boot there are no others. */
static void boot_free(void *p)
{
	if (pt_boot())
		pt_real.free(p);
}

static void *boot_calloc(size_t nr, size_t size)
{
	size_t bytes;

	if (pt_boot())
		return pt_real.calloc(nr, size);
	if (__builtin_mul_overflow(nr, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return arena(bytes, 16);
}

static void *boot_realloc(void *p, size_t size)
{
	return pt_boot() ? pt_real.realloc(p, size) : arena(size, 16); /* only ever realloc(NULL, n) */
}

static void *boot_memalign(size_t align, size_t size)
{
	return pt_boot() ? pt_real.memalign(align, size) : arena(size, align);
}

static void *boot_aligned_alloc(size_t align, size_t size)
{
	return pt_boot() ? pt_real.aligned_alloc(align, size) : arena(size, align);
}

static int boot_posix_memalign(void **out, size_t align, size_t size)
{
	if (pt_boot())
		return pt_real.posix_memalign(out, align, size);
	*out = arena(size, align);
	return *out ? 0 : ENOMEM;
}

static void *boot_valloc(size_t size)
{
	return pt_boot() ? pt_real.valloc(size) : arena(size, 4096);
}

static void *boot_pvalloc(size_t size)
{
	return pt_boot() ? pt_real.pvalloc(size) : arena((size + 4095) & ~4095ul, 4096);
}

static size_t boot_malloc_usable_size(void *p)
{
	return pt_boot() ? pt_real.malloc_usable_size(p) : 0;
}

/* The allocator that comes next may map memory under its own lock, before or while we look for
 * it: these never boot. */
static void *boot_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t off)
{
	return (void *)syscall(SYS_mmap, at, bytes, prot, flags, fd, off);
}

static int boot_munmap(void *at, size_t bytes)
{
	return (int)syscall(SYS_munmap, at, bytes);
}

static int boot_madvise(void *at, size_t bytes, int advice)
{
	return (int)syscall(SYS_madvise, at, bytes, advice);
}

static void *boot_mremap(void *old, size_t old_bytes, size_t bytes, int flags, ...)
{
	va_list ap;
	void *wish;

	va_start(ap, flags);
	wish = va_arg(ap, void *);
	va_end(ap);
	return (void *)syscall(SYS_mremap, old, old_bytes, bytes, flags, wish);
}

static int boot_dlclose(void *handle)
{
	return pt_boot() ? pt_real.dlclose(handle) : -1; /* nobody has a handle before libc is up */
}

struct pt_real pt_real = {
	.malloc = boot_malloc,
	.free = boot_free,
	.calloc = boot_calloc,
	.realloc = boot_realloc,
	.memalign = boot_memalign,
	.aligned_alloc = boot_aligned_alloc,
	.posix_memalign = boot_posix_memalign,
	.valloc = boot_valloc,
	.pvalloc = boot_pvalloc,
	.malloc_usable_size = boot_malloc_usable_size,
	.mmap = boot_mmap,
	.munmap = boot_munmap,
	.madvise = boot_madvise,
	.mremap = boot_mremap,
	.dlclose = boot_dlclose,
};

struct pt_way pt_way = {
	.malloc = pt_told_malloc,
	.free = pt_told_free,
	.real_malloc = boot_malloc,
	.real_free = boot_free,
	.real_usable = boot_malloc_usable_size,
};

static size_t unknown_usable(void *p)
{
	(void)p;
	return 0;
}

void pt_way_resolved(void)
{
	uint64_t ours = (uint64_t)__ehdr_start, end = (uint64_t)_end, start = pt_real_allocator.start;

	pt_way.real_malloc = pt_real.malloc;
	pt_way.real_free = pt_real.free;
	pt_way.real_usable = pt_real_tells_usable() ? pt_real.malloc_usable_size : unknown_usable;
	if (!pt_real_allocator.bytes)
		return;
	if (end < start + pt_real_allocator.bytes)
		end = start + pt_real_allocator.bytes;
	pt_way.near_start = start < ours ? start : ours;
	pt_way.near_bytes = end - pt_way.near_start;
}

static void set_up(void)
{
	pt_jemalloc_hook();
	pt_unwinder_init();
	pt_process_boot(environ);
	pt_thread_init();
	pt_adapters_hook();
	pt_snapshot_init();
}

bool pt_boot(void)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };
	int saved_errno = errno;

	if (resolved)
		return true;
	/* `environ` is set by libc's own constructor, the first of all: before it only ld.so calls. */
	if (booting || !environ)
		return false;
	booting = true;
	pt_internal = 1;
	pt_real_resolve();
	pt_way_resolved();
	pt_cxx_resolve();
	if (!getauxval(AT_SECURE)) { /* a privileged program is never ours to record: its calls are passed on, no more */
		pt_light_boot();
		set_up();
	}
	/*
	 * Of what we looked for in vain the program shall not hear: a look-up that succeeds drops the
	 * text. dlerror() would too, but it translates it first, and we may be inside bindtextdomain(),
	 * whose lock that takes and gives back as if it were not held.
	 */
	dlsym(RTLD_NEXT, "malloc");
	pt_internal = 0;
	resolved = true;
	if (pt_process_start())
		pt_emit_start(&at);
	errno = saved_errno;
	return true;
}

static __attribute__((constructor)) void start(void)
{
	pt_boot();
}

/* exit() and the return from main(). A child of a raw fork that never allocated gets no trace for it. */
static __attribute__((destructor)) void last(void)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };

	if (pt_process && atomic_load(&pt_process->state) == PT_PROCESS_RECORDING)
		pt_emit_last(&at);
}
