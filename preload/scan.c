/* SPDX-License-Identifier: MIT */
/* scan.c - the snapshot's child. See scan.h. */
#include "scan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

#include "own.h"
#include "record.h"
#include "scan_maps.h"
#include "scan_out.h"
#include "sys.h"

#define UNSHARE 2u /* CLOSE_RANGE_UNSHARE */
#define XMM_FIRST 17u /* DWARF's number of xmm0 */
#define XMM_HALVES 32u
#define PAGES_AT_ONCE 4096u
#define PRESENT (3ull << 62) /* in memory, or swapped out (Documentation/admin-guide/mm/pagemap.rst) */

/* All that the child needs; mapped by it, zero. */
struct scan {
	struct pt_scan_out out;
	uint64_t scanned_bytes;
	uint64_t lowest, span;	/* of what a value may point into */
	struct pt_scan_region last; /* that was hit */
	int pagemap;
	uint64_t pages[PAGES_AT_ONCE];
	struct pt_scan_maps maps;
};

/* No descriptor of the program, no core file, first to go when memory runs out. */
static void withdraw(void)
{
	const struct rlimit no_core = { 1, 1 }; /* 1: not even to a program that collects them (core(5)) */
	int fd, i;

	if (pt_sys3(SYS_close_range, 0, ~0u, UNSHARE) < 0) {
		pt_sys3(SYS_unshare, 0x400 /* CLONE_FILES */, 0, 0);
		for (i = 0; i < 65536; i++)
			pt_sys_close(i);
	}
	pt_sys6(SYS_prlimit64, 0, RLIMIT_CORE, (long)&no_core, 0, 0, 0);
	fd = (int)pt_sys_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
	if (fd >= 0) {
		pt_sys_write(fd, "1000", 4);
		pt_sys_close(fd);
	}
}

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

/* Those of a thread that answered: general ones, and the halves of the vector registers. */
static bool put_registers(struct scan *s, uint32_t tid, const ucontext_t *c)
{
	static const uint8_t dwarf[NGREG] = { [REG_RAX] = 1, [REG_RDX] = 2, [REG_RCX] = 3, [REG_RBX] = 4,
					      [REG_RSI] = 5, [REG_RDI] = 6, [REG_RBP] = 7, [REG_R8] = 9,
					      [REG_R9] = 10, [REG_R10] = 11, [REG_R11] = 12, [REG_R12] = 13,
					      [REG_R13] = 14, [REG_R14] = 15, [REG_R15] = 16 }; /* number + 1 */
	const uint64_t *xmm = c->uc_mcontext.fpregs ? (const void *)c->uc_mcontext.fpregs->_xmm : NULL;
	unsigned int i;

	for (i = 0; i < NGREG + (xmm ? XMM_HALVES : 0); i++) {
		uint64_t fields[3] = { tid, 0, 0 };

		if (i < NGREG && !dwarf[i])
			continue;
		fields[1] = i < NGREG ? dwarf[i] - 1u : XMM_FIRST + (i - NGREG) / 2;
		fields[2] = i < NGREG ? (uint64_t)c->uc_mcontext.gregs[i] : xmm[i - NGREG];
		if (hits(s, fields[2]) && !pt_scan_out_record(&s->out, PT_SNAP_REGISTER, fields, 3, "", 0))
			return false;
	}
	return true;
}

static bool put_threads(struct scan *s)
{
	const struct pt_snapshot_job *job = s->out.job;
	uint32_t i;

	for (i = 0; i < job->threads_nr; i++) {
		const uint64_t fields[3] = { job->threads[i].tid, job->threads[i].sp, job->threads[i].flags };

		if (!pt_scan_out_record(&s->out, PT_SNAP_THREAD, fields, 3, "", 0) ||
		    (job->threads[i].context && !put_registers(s, job->threads[i].tid, job->threads[i].context)))
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

static bool scan_words(struct scan *s, uint64_t start, uint64_t end)
{
	const uint64_t *w = (const uint64_t *)start, *stop = (const uint64_t *)end;
	const uint64_t lowest = s->lowest, span = s->span;

	for (; w < stop; w++) {
		uint64_t value = *(const volatile uint64_t *)w;

		if (__builtin_expect(value - lowest >= span, 1))
			continue;
		if ((value - s->last.start < s->last.end - s->last.start || hits(s, value)) &&
		    !pt_scan_out_edge(&s->out, (uint64_t)w, value))
			return false;
	}
	s->scanned_bytes += end - start;
	return true;
}

/* Which pages are there? Others are zeros, and looking would make page tables for them. Of shared memory even
 * pages, so the page cache is asked. */
static uint32_t look_up(struct scan *s, const struct pt_scan_region *r, uint64_t at, uint32_t pages)
{
	unsigned char *there = (unsigned char *)s->pages;
	uint32_t i;
	long n;

	if (r->kind == PT_REGION_SHARED) {
		if (pt_sys_mincore((void *)at, (uint64_t)pages * PT_PAGE_BYTES, there) < 0)
			return 0;
		for (i = pages; i-- > 0;)
			s->pages[i] = there[i] & 1 ? PRESENT : 0;
		return pages;
	}
	n = s->pagemap < 0 ? -1 : pt_sys6(SYS_pread64, s->pagemap, (long)s->pages, pages * 8l, (long)(at / PT_PAGE_BYTES * 8), 0, 0);
	if (n <= 0)
		for (i = 0; i < pages; i++)
			s->pages[i] = PRESENT;
	return n <= 0 ? pages : (uint32_t)(n / 8);
}

static bool scan_region(struct scan *s, const struct pt_scan_region *r)
{
	uint64_t at = r->start;

	while (at < r->end) {
		uint64_t left = (r->end - at) / PT_PAGE_BYTES;
		uint32_t i, from, nr = look_up(s, r, at, left < PAGES_AT_ONCE ? (uint32_t)left : PAGES_AT_ONCE);

		if (!nr)
			return true;
		for (i = 0; i < nr;) {
			for (; i < nr && !(s->pages[i] & PRESENT); i++)
				;
			for (from = i; i < nr && (s->pages[i] & PRESENT); i++)
				;
			if (!scan_words(s, at + (uint64_t)from * PT_PAGE_BYTES, at + (uint64_t)i * PT_PAGE_BYTES))
				return false;
		}
		at += (uint64_t)nr * PT_PAGE_BYTES;
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
	}
	fields[0] = s->out.edges_nr;
	fields[1] = s->scanned_bytes;
	fields[2] = pt_record_mono_ns() - began_ns;
	fields[3] = began_ns - job->start_ns;
	fields[4] = job->end_flags;
	return pt_scan_out_record(&s->out, PT_SNAP_END, fields, 5, "", 0);
}

void pt_scan_run(const struct pt_snapshot_job *job)
{
	uint64_t began_ns = pt_record_mono_ns();
	struct pt_file_header *h = job->file;
	uint32_t lost = PT_SNAP_LOST_MEMORY + 1;
	struct scan *s;

	withdraw();
	s = pt_sys_mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	if (s) {
		pt_own_add(s, sizeof(*s));
		pt_scan_out_init(&s->out, job);
		s->pagemap = (int)pt_sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
		lost = PT_SNAP_LOST_SYSTEM + 1;
		if (pt_scan_maps_read(&s->maps, (uint64_t)h, (uint64_t)h + job->limit_pages * PT_PAGE_BYTES))
			lost = write_all(s, began_ns) ? 0 : s->out.lost;
		if (lost)
			pt_scan_out_drop(&s->out);
	}
	if (lost)
		__atomic_add_fetch(&h->snaps_lost[lost - 1], 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&h->snaps_done, 1, __ATOMIC_RELEASE);
	for (;;)
		pt_sys3(SYS_exit_group, 0, 0, 0);
}
