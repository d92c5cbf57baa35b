/* SPDX-License-Identifier: MIT */
/*
 * scan_pages.h - which pages of a region are there. Others are zeros, and looking would make page
 * tables for them.
 *
 * In the snapshot's child only (scan.h).
 */
#ifndef PT_SCAN_PAGES_H
#define PT_SCAN_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "scan_maps.h"

#define PT_SCAN_PAGES_AT_ONCE 4096u

enum pt_scan_page {
	PT_PAGE_ABSENT,
	PT_PAGE_THERE,	  /* may be read */
	PT_PAGE_DOUBTFUL, /* swapped out, or a guard, or beyond the end of its file: reading it may be a fault */
};

struct pt_scan_pages {
	int pagemap;	     /* -1: the program is not dumpable, so that is not ours to open */
	uint64_t start, end; /* of those in `state` */
	uint64_t words[PT_SCAN_PAGES_AT_ONCE]; /* as the kernel told */
	uint8_t state[PT_SCAN_PAGES_AT_ONCE];  /* enum pt_scan_page */
};

/* pt_scan_pages_open() - once. False: there is no way to know. */
bool pt_scan_pages_open(struct pt_scan_pages *p);

/* pt_scan_pages_next() - what the page at `at` in `r` is; *end: up to where the next ones are the same. Regions
 * are asked for in ascending order. */
enum pt_scan_page pt_scan_pages_next(struct pt_scan_pages *p, const struct pt_scan_region *r, uint64_t at,
				     uint64_t *end);

#endif
