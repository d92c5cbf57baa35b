/* SPDX-License-Identifier: MIT */
/*
 * bounds.h - how many rows of each kind a trace is given.
 *
 * A row of a report costs hundreds of bytes to kilobytes, and the record that makes it a dozen: a trace may be
 * nothing but such records. What reads a trace stays within 8 times its length and 64 MiB, so there are as many
 * rows as the length pays for, and a base that no file of a few KB can do harm with. Real programs spend more of
 * the file on each. What is beyond goes into a row there is already, is counted, and the report says so.
 */
#ifndef PT_BOUNDS_H
#define PT_BOUNDS_H

#include <stdint.h>

struct pt_bounds {
	uint32_t sites;	     /* call sites, of malloc and of pools each; 400 bytes, 500 in a sample */
	uint32_t pool_rows;  /* threads, CPUs and sites of pools, each kind; 900 bytes */
	uint32_t shards;     /* of all pools; 3.6 KB */
	uint32_t phase_rows; /* phases by pools; 300 bytes */
};
/* Nothing is left out: for what makes its events itself. */
#define PT_BOUNDS_NONE { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX }

static inline uint32_t pt_bound(uint64_t file_bytes, uint32_t base, uint32_t bytes_each)
{
	uint64_t nr = base + file_bytes / bytes_each;

	return nr < UINT32_MAX / 2 ? (uint32_t)nr : UINT32_MAX / 2;
}

static inline struct pt_bounds pt_bounds_of(uint64_t file_bytes)
{
	return (struct pt_bounds){ .sites = pt_bound(file_bytes, 16000, 128),
				   .pool_rows = pt_bound(file_bytes, 6000, 512),
				   .shards = pt_bound(file_bytes, 2000, 1024),
				   .phase_rows = pt_bound(file_bytes, 16000, 64) };
}

#endif
