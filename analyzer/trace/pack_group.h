/* SPDX-License-Identifier: MIT */
/*
 * pack_group.h - collects chunks, or pages, into groups of a packed file.
 *
 * Inside trace/ only. 1 MiB for what comes next, and as much for each column, of which only what is filled counts.
 */
#ifndef PT_PACK_GROUP_H
#define PT_PACK_GROUP_H

#include <stdio.h>
#include <zstd.h>

#include "columns.h"
#include "packed_layout.h"

struct pt_pack_group {
	FILE *out;
	uint64_t written_bytes; /* to `out` */
	ZSTD_CCtx *zstd;
	uint8_t *columns; /* PT_COLUMN_NR times PT_GROUP_BYTES_MAX and slack */
	struct pt_columns at;
	uint8_t *packed; /* a group, ready to be written */
	size_t packed_max;
	struct pt_group_header header; /* of the group being collected */
	struct pt_group_entry entries[PT_GROUP_ENTRIES_MAX];
	uint32_t image_bytes; /* of its entries */
};

/* pt_pack_group_init() - 0, or -PT_ENOMEM; pt_pack_group_fini() in either case. */
int pt_pack_group_init(struct pt_pack_group *g, FILE *out, int level);
void pt_pack_group_fini(struct pt_pack_group *g);

/* pt_pack_write() - bytes as they are. 0 or -PT_EIO. */
int pt_pack_write(struct pt_pack_group *g, const void *bytes, size_t nr);

/* pt_pack_frame() - `bytes` bytes packed by themselves; returns the length in g->packed, 0 when there is no memory. */
size_t pt_pack_frame(struct pt_pack_group *g, const void *data, size_t bytes);

/* pt_pack_add() - a chunk, or a page: `image_bytes` of the trace at `page`, at most PT_GROUP_BYTES_MAX. Begins a new group when
 * the kind changes or there is no room. 0, -PT_EIO, -PT_ENOMEM. */
int pt_pack_add(struct pt_pack_group *g, enum pt_group_kind kind, uint64_t page, const uint8_t *image,
		uint32_t image_bytes);

/* pt_pack_flush() - writes what was collected. pt_pack_end() - that, and the end of the file. */
int pt_pack_flush(struct pt_pack_group *g);
int pt_pack_end(struct pt_pack_group *g);

#endif
