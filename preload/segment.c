/* SPDX-License-Identifier: MIT */
/*
 * segment.c - see segment.h. Raw system calls only: it runs inside malloc() and in signal
 * handlers.
 */
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <x86intrin.h>

#include "../format/error.h"
#include "config.h"
#include "process.h"
#include "sys.h"
#include "text.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#define NAMES_TRIED 8u
/* The kernel reads ahead around a first touch, holes too: 2.5 ms for the first page of a file on
 * ext4 (Linux 6.18), 0.04 ms with MADV_RANDOM, which short programs feel. Over the whole file it
 * would cost: 1.1 ms a MiB against 0.36 ms. */
#define SINGLE_PAGES_BYTES (1u << 20)
#define FALLOCATE_BYTES (256ull << 20) /* kernels before 5.14: what is reserved at once instead */

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* 128 bits that differ between execs (AT_RANDOM), processes (pid) and tries (TSC). Names
 * files and traces; nothing secret hangs on it, and getrandom() may be filtered. */
static void random_id(uint8_t out[16])
{
	uint64_t seed[2] = { 0, 0 };
	const void *aux = (const void *)getauxval(AT_RANDOM);
	unsigned int i, round;

	if (aux)
		memcpy(seed, aux, sizeof(seed));
	seed[0] ^= __rdtsc();
	seed[1] ^= (uint64_t)pt_sys_getpid() << 32 ^ clock_ns(CLOCK_REALTIME);
	for (round = 0; round < 4; round++)
		for (i = 0; i < 2; i++) { /* splitmix64's finaliser, Steele et al. 2014 */
			seed[i] += 0x9e3779b97f4a7c15ull + seed[1 - i];
			seed[i] = (seed[i] ^ seed[i] >> 30) * 0xbf58476d1ce4e5b9ull;
			seed[i] = (seed[i] ^ seed[i] >> 27) * 0x94d049bb133111ebull;
			seed[i] ^= seed[i] >> 31;
		}
	memcpy(out, seed, 16);
}

static void expand(struct pt_text *t, const char *program, uint64_t random)
{
	const char *p, *name = strrchr(program, '/');

	name = name ? name + 1 : program;
	for (p = pt_config.output; *p; p++) {
		if (*p != '%') {
			pt_text_put_n(t, p, 1);
			continue;
		}
		switch (*++p) {
		case 'e':
			pt_text_put(t, *name ? name : "unknown");
			break;
		case 'p':
			pt_text_put_number(t, pt_sys_getpid(), 10);
			break;
		case 'r':
			pt_text_put_number(t, random & 0xffffffff, 16);
			break;
		default:
			pt_text_put(t, "%");
		}
	}
}

struct trace_file {
	int fd;
	bool nameless; /* O_TMPFILE: it gets its name once its header is there */
	char path[sizeof(pt_config.output) + PT_PROGRAM_BYTES + 64];
};

/* The nth name to try. From the second on the process and a random number are appended, so
 * a pattern that names an existing file costs neither trace. */
static void name_file(struct trace_file *f, const char *program, unsigned int nth)
{
	struct pt_text t;
	uint8_t id[16];
	uint64_t random;

	random_id(id);
	memcpy(&random, id, sizeof(random));
	pt_text_init(&t, f->path, sizeof(f->path));
	expand(&t, program, random);
	if (nth) {
		pt_text_put(&t, ".");
		pt_text_put_number(&t, pt_sys_getpid(), 10);
		pt_text_put(&t, ".");
		pt_text_put_number(&t, random >> 32, 16);
	}
}

/* A file without a name in the trace's folder: a process that is killed now leaves nothing behind. */
static bool create_nameless(struct trace_file *f, const char *program)
{
	char *slash;

	name_file(f, program, 0);
	slash = strrchr(f->path, '/');
	if (slash)
		slash[slash == f->path] = '\0';
	else
		memcpy(f->path, ".", 2); /* the working directory has no name any more */
	f->fd = (int)pt_sys_open(f->path, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	f->nameless = f->fd >= 0;
	return f->nameless;
}

/* Never an existing file, never through a symlink. */
static bool create_named(struct trace_file *f, const char *program)
{
	unsigned int nth;

	f->nameless = false;
	for (nth = 0, f->fd = -EEXIST; nth < NAMES_TRIED && f->fd == -EEXIST; nth++) {
		name_file(f, program, nth);
		f->fd = (int)pt_sys_open(f->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	return f->fd >= 0;
}

static bool give_name(struct trace_file *f, const char *program)
{
	char self[40];
	struct pt_text t;
	unsigned int nth;
	long r = -EEXIST;

	pt_text_init(&t, self, sizeof(self));
	pt_text_put(&t, "/proc/self/fd/");
	pt_text_put_number(&t, (uint64_t)f->fd, 10);
	for (nth = 0; nth < NAMES_TRIED && r == -EEXIST; nth++) {
		name_file(f, program, nth);
		r = pt_sys6(SYS_linkat, AT_FDCWD, (long)self, AT_FDCWD, (long)f->path, AT_SYMLINK_FOLLOW, 0);
	}
	return !r;
}

/* ftruncate() past RLIMIT_FSIZE is a SIGXFSZ, so the limit is asked for first. Of a limited
 * address space a sixteenth is taken at most: the program counted on having it to itself. */
static uint64_t size_allowed(void)
{
	uint64_t bytes = pt_config.size_limit_bytes;
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	pt_sys6(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0);
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < bytes)
		bytes = limit.rlim_cur;
	limit.rlim_cur = RLIM_INFINITY;
	pt_sys6(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&limit, 0, 0);
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur / 16 < bytes)
		bytes = limit.rlim_cur / 16;
	return bytes & ~(uint64_t)(PT_PAGE_BYTES - 1);
}

/* All of the trace was reserved when it was opened. */
static bool reserved;

bool pt_segment_populate(void *at, uint64_t bytes)
{
	unsigned int tries;
	long r = 0;

	if (reserved)
		return true;
	for (tries = 0; tries < 100; tries++) {
		r = pt_sys_madvise(at, bytes, MADV_POPULATE_WRITE);
		if (r != -EINTR && r != -EAGAIN)
			break;
	}
	return !r;
}

/* Map as much of the limit as file system and address space allow, halving on refusal. */
static struct pt_file_header *map_file(int fd, uint64_t *bytes)
{
	void *map;

	reserved = false;
	for (*bytes = size_allowed(); *bytes >= PT_SIZE_LIMIT_MIN; *bytes = (*bytes / 2) & ~4095ull) {
		if (pt_sys_ftruncate(fd, *bytes) < 0)
			continue;
		map = pt_sys_mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		if (!map)
			continue;
		pt_sys_madvise(map, *bytes, MADV_DONTDUMP);
		pt_sys_madvise(map, SINGLE_PAGES_BYTES, MADV_RANDOM);
		if (pt_segment_populate(map, PT_PAGE_BYTES))
			return map;
		/* No MADV_POPULATE_WRITE, or no room for even one page. */
		if (*bytes > FALLOCATE_BYTES) {
			pt_sys_munmap((unsigned char *)map + FALLOCATE_BYTES, *bytes - FALLOCATE_BYTES);
			*bytes = FALLOCATE_BYTES;
		}
		reserved = !pt_sys6(SYS_fallocate, fd, 0, 0, (long)*bytes, 0, 0);
		if (reserved)
			return map;
		pt_sys_munmap(map, *bytes);
		return NULL;
	}
	return NULL;
}

static void fill_header(struct pt_file_header *h, uint64_t bytes, const struct pt_segment_open *want)
{
	h->version = PT_VERSION;
	h->header_bytes = PT_HEADER_PAGES * PT_PAGE_BYTES;
	h->page_bytes = PT_PAGE_BYTES;
	h->tick_shift = PT_TICK_SHIFT;
	h->limit_pages = bytes / PT_PAGE_BYTES;
	random_id(h->trace_id);
	memcpy(h->parent_id, want->parent_id, sizeof(h->parent_id));
	h->pid = pt_sys_getpid();
	h->ppid = pt_sys_getppid();
	h->start_real_ns = clock_ns(CLOCK_REALTIME);
	h->start_mono_ns = clock_ns(CLOCK_MONOTONIC);
	h->start_tsc = __rdtsc();
	h->stack_depth = pt_config.stack_depth;
	h->flags = want->flags;
	memcpy(h->program, want->program, sizeof(h->program));
	h->cursor_pages = PT_HEADER_PAGES;
	h->snaps_limit_pages = bytes / PT_PAGE_BYTES;
	atomic_signal_fence(memory_order_seq_cst);
	memcpy(h->magic, PT_MAGIC, sizeof(h->magic));
}

/* Map, fill, name. The descriptor is closed in any case. */
static bool bring_up(struct pt_process *pr, struct trace_file *f, const struct pt_segment_open *want)
{
	uint64_t bytes;
	bool named = false;

	pr->file = map_file(f->fd, &bytes);
	PT_POINT("mapped");
	if (pr->file) {
		fill_header(pr->file, bytes, want);
		named = pt_ring_open(pr) && (!f->nameless || give_name(f, want->program));
		if (!named)
			pt_sys_munmap(pr->file, bytes);
	} else if (!f->nameless) {
		pt_sys_unlink(f->path);
	}
	pt_sys_close(f->fd);
	atomic_store(&pr->limit_pages, bytes / PT_PAGE_BYTES);
	return named;
}

int pt_segment_open(struct pt_process *pr, const struct pt_segment_open *want)
{
	struct trace_file f;

	/* Not every file system has O_TMPFILE, and a name needs /proc: then the plain way. */
	if (!(create_nameless(&f, want->program) && bring_up(pr, &f, want)) &&
	    !(create_named(&f, want->program) && bring_up(pr, &f, want))) {
		pt_config_say(f.fd < 0 ? "not recording, cannot create " : "not recording, no room for ", f.path);
		return -PT_EIO;
	}
	pt_config_say("recording to ", f.path);
	return 0;
}

void pt_segment_stop(struct pt_process *pr, enum pt_lost why)
{
	struct pt_file_header *h = *(struct pt_file_header *volatile *)&pr->file;
	uint32_t none = 0;

	if (h && atomic_compare_exchange_strong(&pr->stopped, &none, (uint32_t)why + 1))
		__atomic_store_n(&h->stopped, (uint32_t)why + 1, __ATOMIC_RELAXED);
}

static void *page_at(struct pt_file_header *h, uint64_t page)
{
	return (unsigned char *)h + page * PT_PAGE_BYTES;
}

struct pt_chunk_header *pt_segment_chunk(struct pt_process *pr, uint32_t pages)
{
	struct pt_file_header *h = *(struct pt_file_header *volatile *)&pr->file;
	uint64_t first;

	if (!h || atomic_load_explicit(&pr->stopped, memory_order_relaxed)) /* none: a handler forked just now */
		return NULL;
	first = __atomic_fetch_add(&h->cursor_pages, pages, __ATOMIC_RELAXED);
	if (first + pages > atomic_load_explicit(&pr->limit_pages, memory_order_relaxed))
		pt_segment_stop(pr, PT_LOST_LIMIT);
	else if (pt_segment_populate(page_at(h, first), (uint64_t)pages * PT_PAGE_BYTES))
		return page_at(h, first);
	else
		pt_segment_stop(pr, PT_LOST_DISK);
	return NULL;
}

void pt_segment_shrink(struct pt_process *pr, uint64_t spare_bytes)
{
	uint64_t limit = atomic_load(&pr->limit_pages), spare = spare_bytes / PT_PAGE_BYTES, keep;
	struct pt_file_header *h = pr->file;

	/* First: snapshots that are being written would claim all of the old limit's half, and what they leave
	 * would lie beyond the new one. Half of the spare room is the events' alone. */
	keep = __atomic_load_n(&h->cursor_pages, __ATOMIC_SEQ_CST) + spare / 2;
	if (keep < h->snaps_limit_pages)
		__atomic_store_n(&h->snaps_limit_pages, keep, __ATOMIC_SEQ_CST);
	keep = __atomic_load_n(&h->cursor_pages, __ATOMIC_SEQ_CST) + spare;
	/* A chunk claimed meanwhile beyond it cannot be populated: counted as refused by the system. */
	if (keep >= limit || !atomic_compare_exchange_strong(&pr->limit_pages, &limit, keep))
		return;
	pt_process_map_shrunk(keep * PT_PAGE_BYTES); /* before: a forked child covers what it says */
	pt_sys_munmap((unsigned char *)pr->file + keep * PT_PAGE_BYTES, (limit - keep) * PT_PAGE_BYTES);
}

void pt_segment_release(struct pt_chunk_header *chunk, uint32_t pages)
{
	pt_sys_madvise(chunk, (size_t)pages * PT_PAGE_BYTES, MADV_DONTNEED);
}

void pt_segment_lose(struct pt_process *pr, uint32_t shard, enum pt_lost why, enum pt_event_class class)
{
	struct pt_file_header *h = *(struct pt_file_header *volatile *)&pr->file;

	if (h) { /* else a handler forked just now */
		struct pt_lost_shard *s = &h->lost[shard % PT_LOST_SHARDS];
		uint64_t *const counters[] = { s->allocs, s->frees, h->lost_others, h->lost_pools };

		__atomic_fetch_add(&counters[class][why], 1, __ATOMIC_RELAXED);
	}
}
