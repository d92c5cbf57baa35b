/* SPDX-License-Identifier: MIT */
/*
 * scan_maps.h - what is mapped in this process, from /proc/self/maps.
 *
 * In the snapshot's child only (scan.h). Ranges of the recorder (own.h) are cut out of what the
 * kernel has merged with their neighbours.
 */
#ifndef PT_SCAN_MAPS_H
#define PT_SCAN_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_SCAN_REGIONS (1u << 20) /* vm.max_map_count is 65,530 as a rule; address space only */
#define PT_SCAN_STATICS 8192u

struct pt_scan_region {
	uint64_t start, end;
	uint32_t kind; /* enum pt_snap_region */
};

/* A module's writable data. */
struct pt_scan_static {
	uint64_t start, end, bias;
	uint32_t path, path_bytes; /* in pt_scan_maps.paths */
	uint64_t device, inode;
	bool mapped; /* it lies where the file's header says: else somebody maps the file to look at it */
};

struct pt_scan_maps {
	uint32_t regions_nr, statics_nr, paths_bytes;
	uint64_t file_start, file_end; /* the trace's own mapping */
	struct pt_scan_static statics[PT_SCAN_STATICS];
	char paths[1u << 20];
	char text[(64u << 10) + 1]; /* of the file, read in pieces */
	struct pt_scan_region regions[PT_SCAN_REGIONS]; /* ascending, disjoint */
};

/* pt_scan_maps_peek() - by way of the kernel: true when all of it could be read, where a load may be a fault. */
bool pt_scan_maps_peek(uint64_t from, void *to, size_t bytes);

/* pt_scan_maps_read() - fill `m`, which is zero; unmap what is shared with a file. False: /proc does not say. */
bool pt_scan_maps_read(struct pt_scan_maps *m, uint64_t file_start, uint64_t file_end);

#endif
