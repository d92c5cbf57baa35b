/* SPDX-License-Identifier: MIT */
/*
 * packed_parts.h - what packed.c and group.c share: an open packed trace, and one group of it.
 *
 * Inside those two only.
 */
#ifndef PT_PACKED_PARTS_H
#define PT_PACKED_PARTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "columns.h"
#include "packed_layout.h"

struct pt_packed_group {
	uint64_t at;		/* where its header is in the file */
	uint8_t *image;		/* unpacked; NULL: not now */
	uint32_t image_bytes;	/* its length, then */
	uint32_t damaged;	/* 1: it was tried, and does not unpack */
	uint64_t used_at;	/* when it was last read from, in reads */
};

/* An entry, without what only unpacking needs. */
struct pt_packed_place {
	uint64_t page;
	uint32_t image_bytes, stored_bytes;
	uint32_t group : 31;
	uint32_t loose : 1; /* pages that belong to no chunk */
	uint32_t image_at; /* where its stored bytes begin in the group's image */
};

struct pt_group_directory {
	uint32_t columns[PT_COLUMN_NR]; /* length of each */
	struct pt_group_entry entries[PT_GROUP_ENTRIES_MAX];
};

struct pt_packed {
	int fd;
	uint64_t file_bytes;
	struct pt_packed_header header;
	uint8_t page[PT_PAGE_BYTES]; /* the trace's page 0 */
	struct pt_packed_group *groups;
	struct pt_packed_place *places; /* by page; they do not overlap */
	size_t groups_max, places_nr, places_max;
	uint32_t groups_nr;
	bool whole; /* all groups up to the end are there, and their directories as they were written */
	uint32_t writers_nr; /* the largest number of one */
	uint64_t kept_bytes, kept_max_bytes; /* of images */
	uint64_t reads;
	pthread_mutex_t lock; /* all that reading changes: images, and what follows */
	ZSTD_DCtx *zstd;
	uint8_t *frame; /* bytes of the file */
	size_t frame_max;
	uint8_t *columns; /* PT_GROUP_BYTES_MAX and slack */
	struct pt_group_directory directory; /* of the group read last */
};

/* Bytes of an entry that are not left out as zeros; at most image_bytes, once pt_group_directory() has looked. */
static inline uint64_t pt_entry_stored(uint32_t kind, const struct pt_group_entry *e)
{
	return (kind == PT_GROUP_PAGES ? 0 : sizeof(e->head)) + (uint64_t)e->split_bytes + e->rest_bytes;
}

static inline uint32_t pt_entry_pages(const struct pt_group_entry *e)
{
	return (uint32_t)(((uint64_t)e->image_bytes + PT_PAGE_BYTES - 1) / PT_PAGE_BYTES);
}

/* pt_group_is_one() - can this be the header of a group, with `left_bytes` of the file from it on? */
bool pt_group_is_one(const struct pt_group_header *g, uint64_t left_bytes);

/* pt_group_directory() - reads it into p->directory; its sums agree then. 0, -PT_ECORRUPT, -PT_EIO, -PT_ENOMEM. */
int pt_group_directory(struct pt_packed *p, const struct pt_group_header *g, uint64_t at);

/* pt_group_unpack() - the group has its image afterwards; others may have lost theirs. As above. */
int pt_group_unpack(struct pt_packed *p, uint32_t group);

#endif
