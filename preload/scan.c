/* SPDX-License-Identifier: MIT */
/* scan.c - the snapshot's child. See scan.h. */
#include "scan.h"

#include <sys/mman.h>
#include <ucontext.h>

#include "own.h"
#include "record.h"
#include "scan_maps.h"
#include "scan_out.h"
#include "scan_pages.h"
#include "scan_regs.h"
#include "stop.h"
#include "sys.h"
#include "withdraw.h"

/* All that the child needs; mapped by it, zero. */
struct scan {
	struct pt_scan_out out;
	uint64_t scanned_bytes;
	uint64_t lowest, span;	/* of what a value may point into */
	struct pt_scan_region last; /* that was hit */
	uint32_t tid; /* whose registers are being told */
	struct pt_scan_pages pages;
	_Alignas(4096) unsigned char page[PT_PAGE_BYTES];
	struct pt_scan_maps maps;
};

static bool put_regions(struct scan *s)
{
	uint64_t fields[4];
	uint32_t i;

	for (i = 0; i < s->maps.regions_nr; i++) {
		const struct pt_scan_region *r = &s->maps.regions[i];

		fields[0] = r->start / PT_PAGE_BYTES;
		fields[1] = (r->end - r->start) / PT_PAGE_BYTES;
		fields[2] = r->kind;
		if (!pt_scan_out_record(&s->out, PT_SNAP_REGION, fields, 3, "", 0))
			return false;
	}
	for (i = 0; i < s->maps.statics_nr; i++) {
		const struct pt_scan_static *t = &s->maps.statics[i];

		fields[0] = t->start;
		fields[1] = t->end - t->start;
		fields[2] = t->bias;
		fields[3] = t->path_bytes;
		if (!pt_scan_out_record(&s->out, PT_SNAP_STATIC, fields, 4, s->maps.paths + t->path, t->path_bytes))
			return false;
	}
	return true;
}

/* Is it an address that a word could be told for? */
static bool hits(struct scan *s, uint64_t value);

static bool put_register(void *arg, uint32_t number, uint64_t value)
{
	struct scan *s = arg;
	const uint64_t fields[3] = { s->tid, number, value };

	return !hits(s, value) || pt_scan_out_record(&s->out, PT_SNAP_REGISTER, fields, 3, "", 0);
}

static bool put_threads(struct scan *s)
{
	const struct pt_snapshot_job *job = s->out.job;
	uint32_t i;

	for (i = 0; i < job->threads_nr; i++) {
		const struct pt_snapshot_thread *t = &job->threads[i];
		const ucontext_t *c = pt_stop_context(t);
		const uint64_t fields[3] = { t->tid, c ? (uint64_t)c->uc_mcontext.gregs[REG_RSP] : t->sp,
					     t->flags | (c ? PT_SNAP_THREAD_ANSWERED : 0) };

		if (t->gone)
			continue;
		s->tid = t->tid;
		if (!pt_scan_out_record(&s->out, PT_SNAP_THREAD, fields, 3, "", 0) ||
		    (c && !pt_scan_registers(c, put_register, s)))
			return false;
	}
	return true;
}

/* What a value may point into: all regions but ours. */
static void find_bounds(struct scan *s)
{
	uint64_t lowest = UINT64_MAX, highest = 0;
	uint32_t i;

	for (i = 0; i < s->maps.regions_nr; i++) {
		const struct pt_scan_region *r = &s->maps.regions[i];

		if (r->kind == PT_REGION_OWN)
			continue;
		lowest = r->start < lowest ? r->start : lowest;
		highest = r->end > highest ? r->end : highest;
	}
	s->lowest = lowest;
	s->span = highest > lowest ? highest - lowest : 0;
}

/* Not the region that was hit last time: which one, if any? */
static __attribute__((noinline)) bool hits(struct scan *s, uint64_t value)
{
	const struct pt_scan_region *r = s->maps.regions;
	uint32_t low = 0, high = s->maps.regions_nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (r[middle].end <= value)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == s->maps.regions_nr || value < r[low].start || r[low].kind == PT_REGION_OWN)
		return false;
	s->last = r[low];
	return true;
}

/* The words of [start, end); `ahead`: how far before their place they are looked at, 0 as a rule. */
static bool scan_words(struct scan *s, uint64_t start, uint64_t end, uint64_t ahead)
{
	const uint64_t *w = (const uint64_t *)(start - ahead), *stop = (const uint64_t *)(end - ahead);
	const uint64_t lowest = s->lowest, span = s->span;

	for (; w < stop; w++) {
		uint64_t value = *(const volatile uint64_t *)w;

		if (__builtin_expect(value - lowest >= span, 1))
			continue;
		if ((value - s->last.start < s->last.end - s->last.start || hits(s, value)) &&
		    !pt_scan_out_edge(&s->out, (uint64_t)w + ahead, value))
			return false;
	}
	s->scanned_bytes += end - start;
	return true;
}

/* A page that may not be there to be read: by way of the kernel, which says so where a load would be a fault. */
static bool scan_doubtful(struct scan *s, uint64_t at)
{
	return !pt_scan_maps_peek(at, s->page, sizeof(s->page)) ||
	       scan_words(s, at, at + sizeof(s->page), at - (uint64_t)s->page);
}

static bool scan_region(struct scan *s, const struct pt_scan_region *r)
{
	uint64_t at = r->start, end;

	while (at < r->end) {
		enum pt_scan_page what = pt_scan_pages_next(&s->pages, r, at, &end);

		if (what == PT_PAGE_THERE && !scan_words(s, at, end, 0))
			return false;
		for (; what == PT_PAGE_DOUBTFUL && at < end; at += PT_PAGE_BYTES)
			if (!scan_doubtful(s, at))
				return false;
		at = end;
	}
	return true;
}

static bool write_all(struct scan *s, uint64_t began_ns)
{
	const struct pt_snapshot_job *job = s->out.job;
	uint64_t fields[5];
	uint32_t i;

	if (!put_regions(s) || !put_threads(s))
		return false;
	find_bounds(s);
	for (i = 0; i < s->maps.regions_nr; i++) {
		const struct pt_scan_region *r = &s->maps.regions[i];

		if (r->kind <= PT_REGION_SHARED && !scan_region(s, r))
			return false;
		if (r->kind == PT_REGION_SHARED) /* the program may wait for the last one to let go of it */
			pt_sys_munmap((void *)r->start, r->end - r->start);
	}
	fields[0] = s->out.edges_nr;
	fields[1] = s->scanned_bytes;
	fields[2] = pt_record_mono_ns() - began_ns;
	fields[3] = began_ns - job->start_ns;
	fields[4] = job->end_flags;
	return pt_scan_out_record(&s->out, PT_SNAP_END, fields, 5, "", 0);
}

/* 0, or enum pt_snap_lost + 1. */
static uint32_t run(const struct pt_snapshot_job *job, uint64_t began_ns)
{
	struct pt_file_header *h = job->file;
	struct scan *s;
	uint32_t lost = PT_SNAP_LOST_SYSTEM + 1;

	if (!pt_withdraw())
		return lost;
	s = pt_sys_mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	if (!s)
		return PT_SNAP_LOST_MEMORY + 1;
	pt_own_add(s, sizeof(*s));
	pt_scan_out_init(&s->out, job);
	if (pt_scan_pages_open(&s->pages) &&
	    pt_scan_maps_read(&s->maps, (uint64_t)h, (uint64_t)h + job->limit_pages * PT_PAGE_BYTES))
		lost = write_all(s, began_ns) ? 0 : s->out.lost;
	if (lost)
		pt_scan_out_drop(&s->out);
	return lost;
}

void pt_scan_run(const struct pt_snapshot_job *job)
{
	struct pt_file_header *h = job->file;
	uint32_t lost = run(job, pt_record_mono_ns());

	if (lost)
		__atomic_add_fetch(&h->snaps_lost[lost - 1], 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&h->snaps_done, 1, __ATOMIC_RELEASE);
	for (;;)
		pt_sys3(SYS_exit_group, 0, 0, 0);
}
