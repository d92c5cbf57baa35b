/* SPDX-License-Identifier: MIT */
/* scan_pages.c - see scan_pages.h. */
#include "scan_pages.h"

#include <fcntl.h>
#include <string.h>

#include "../format/layout.h"
#include "../format/snap.h"
#include "sys.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PRESENT (1ull << 63)
#define SWAPPED (1ull << 62) /* guard pages too (madvise(2), MADV_GUARD_INSTALL) */

#define LARGE_BYTES (256ull << 20) /* left of a region: look whether it is a hole */

/* Nothing of this process is swapped out. */
static bool all_in_memory(void)
{
	char buf[4096];
	const char *swap;
	int fd = (int)pt_sys_open("/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
	long n = fd < 0 ? -1 : pt_sys_read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		pt_sys_close(fd);
	buf[n > 0 ? n : 0] = '\0';
	swap = strstr(buf, "\nVmSwap:");
	if (!swap)
		return false;
	for (swap += 8; *swap == ' ' || *swap == '\t'; swap++)
		;
	return swap[0] == '0' && swap[1] == ' ';
}

/* Without a pagemap mincore(2) does, which takes what is swapped out for absent. */
bool pt_scan_pages_open(struct pt_scan_pages *p)
{
	p->pagemap = (int)pt_sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
	return p->pagemap >= 0 || all_in_memory();
}

/* From the page cache, of shared memory, whose pages this process has not touched yet; else, without a pagemap,
 * from the page tables. Of files that are not the user's own it says "there" of any page. */
static void ask_mincore(struct pt_scan_pages *p, const struct pt_scan_region *r, uint32_t nr)
{
	unsigned char *there = (unsigned char *)p->words;
	uint8_t if_there = r->kind == PT_REGION_FILE ? PT_PAGE_DOUBTFUL : PT_PAGE_THERE;
	uint32_t i;

	if (pt_sys_mincore((void *)p->start, (uint64_t)nr * PT_PAGE_BYTES, there) < 0)
		memset(there, 0, nr);
	for (i = 0; i < nr; i++)
		p->state[i] = there[i] & 1 ? if_there : PT_PAGE_ABSENT;
}

static uint32_t ask_pagemap(struct pt_scan_pages *p, uint32_t nr)
{
	long n = pt_sys6(SYS_pread64, p->pagemap, (long)p->words, nr * 8l, (long)(p->start / PT_PAGE_BYTES * 8), 0, 0);
	uint32_t i;

	if (n < 8) /* never seen; then each page by way of the kernel */
		memset(p->state, PT_PAGE_DOUBTFUL, nr);
	else
		nr = (uint32_t)n / 8;
	for (i = 0; n >= 8 && i < nr; i++)
		p->state[i] = p->words[i] & PRESENT ? PT_PAGE_THERE : p->words[i] & SWAPPED ? PT_PAGE_DOUBTFUL :
											      PT_PAGE_ABSENT;
	return nr;
}

/* The kernel's (linux/fs.h since 6.7): which pages are of some category. */
struct scan_arg {
	uint64_t bytes, flags, start, end, walk_end, regions, regions_nr, pages_max;
	uint64_t inverted, all_of, any_of, told;
};
#define PAGEMAP_SCAN 0xc0606610u
#define IS_PRESENT_OR_SWAPPED (1u << 3 | 1u << 4)

/* Where the next page is, for what nobody touched can be terabytes: 4 s of pagemap each. `at` when nobody says. */
static uint64_t skip_hole(const struct pt_scan_pages *p, const struct pt_scan_region *r, uint64_t at)
{
	uint64_t found[3] = { 0, 0, 0 };
	struct scan_arg arg = { .bytes = sizeof(arg), .start = at, .end = r->end, .regions = (uint64_t)found,
				.regions_nr = 1, .any_of = IS_PRESENT_OR_SWAPPED, .told = IS_PRESENT_OR_SWAPPED };
	long n = pt_sys3(SYS_ioctl, p->pagemap, PAGEMAP_SCAN, (long)&arg);

	if (n == 1 && found[0] > at && found[0] < r->end)
		return found[0];
	return n ? at : r->end;
}

enum pt_scan_page pt_scan_pages_next(struct pt_scan_pages *p, const struct pt_scan_region *r, uint64_t at,
				     uint64_t *end)
{
	uint32_t first, i, nr;

	if (at < p->start || at >= p->end) {
		if (r->end - at > LARGE_BYTES && r->kind != PT_REGION_SHARED && p->pagemap >= 0) {
			*end = skip_hole(p, r, at);
			if (*end > at)
				return PT_PAGE_ABSENT;
		}
		nr = (r->end - at) / PT_PAGE_BYTES < PT_SCAN_PAGES_AT_ONCE ? (uint32_t)((r->end - at) / PT_PAGE_BYTES) :
									      PT_SCAN_PAGES_AT_ONCE;
		p->start = at;
		if (r->kind == PT_REGION_SHARED || p->pagemap < 0)
			ask_mincore(p, r, nr);
		else
			nr = ask_pagemap(p, nr);
		p->end = at + (uint64_t)nr * PT_PAGE_BYTES;
	}
	nr = (uint32_t)((p->end - p->start) / PT_PAGE_BYTES);
	first = (uint32_t)((at - p->start) / PT_PAGE_BYTES);
	for (i = first + 1; i < nr && p->state[i] == p->state[first]; i++)
		;
	*end = p->start + (uint64_t)i * PT_PAGE_BYTES;
	return (enum pt_scan_page)p->state[first];
}
