/* SPDX-License-Identifier: MIT */
/*
 * segment.c - see segment.h. Raw system calls only: it runs inside malloc() and in signal
 * handlers.
 */
#include "segment.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <x86intrin.h>

#include "../format/error.h"
#include "config.h"
#include "place.h"
#include "process.h"
#include "sys.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
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
	pt_place_random(h->trace_id);
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
static bool bring_up(struct pt_process *pr, struct pt_place *f, const struct pt_segment_open *want)
{
	uint64_t bytes;
	bool named = false;

	pr->file = map_file(f->fd, &bytes);
	PT_POINT("mapped");
	if (pr->file) {
		fill_header(pr->file, bytes, want);
		named = pt_ring_open(pr) && (!f->nameless || pt_place_link(f, want->program));
		if (!named) {
			pt_sys_munmap(pr->file, bytes);
			pr->file = NULL;
		}
	}
	pt_place_drop(f, !named);
	atomic_store(&pr->limit_pages, bytes / PT_PAGE_BYTES);
	return named;
}

int pt_segment_open(struct pt_process *pr, const struct pt_segment_open *want)
{
	struct pt_place f;
	bool opened = pt_place_open(&f, want->program);

	/* Not every file system has O_TMPFILE, and a name needs /proc: then the plain way. */
	opened = opened && ((pt_place_make(&f, want->program, true) && bring_up(pr, &f, want)) ||
			    (pt_place_make(&f, want->program, false) && bring_up(pr, &f, want)));
	pt_place_close(&f);
	if (!opened) {
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
