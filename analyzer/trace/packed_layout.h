/* SPDX-License-Identifier: MIT */
/*
 * packed_layout.h - a packed trace as it lies on disk. docs/format.md, "Packed traces", says the same in words.
 *
 * Inside trace/ only. A file header, the trace's header page, and groups up to one that says "end". All
 * integers are little-endian. What zstd packed is a frame of its own with zstd's checksum.
 */
#ifndef PT_PACKED_LAYOUT_H
#define PT_PACKED_LAYOUT_H

#include "../../format/layout.h"

#define PT_PACKED_MAGIC "pooltrz" /* 8 bytes with the terminating NUL */
#define PT_PACKED_VERSION 1u
#define PT_GROUP_MAGIC 0x52474850u /* "PHGR" */
/* Unpacked bytes of a group: the longest chunk makes one. A reader holds one for each thread of the trace. */
#define PT_GROUP_BYTES_MAX (PT_CHUNK_PAGES_MAX * PT_PAGE_BYTES)
#define PT_GROUP_ENTRIES_MAX 256u
/* A group is padded until it unpacks to no more than so many times its length, so that a file cannot promise a reader
 * more work than its own length warrants. */
#define PT_PACKED_RATIO_MAX 64u

struct pt_packed_header {
	char magic[8];
	uint32_t version;
	uint32_t page_bytes;  /* of the trace's header page, packed; it follows */
	uint64_t file_bytes;  /* the trace's apparent length when it was packed */
	uint64_t used_bytes;  /* of it: what unpacking gives */
	uint64_t opened_tsc;  /* the packing machine's clocks just before it read the trace: what is stamped */
	uint64_t opened_mono_ns; /* later, if the program was still running, is not to be read */
};
_Static_assert(sizeof(struct pt_packed_header) == 48, "no padding");

enum pt_group_kind {
	PT_GROUP_CHUNKS = 1, /* chunks of events, their records in columns */
	PT_GROUP_SNAPS = 2,  /* chunks of snapshots, as they are */
	PT_GROUP_PAGES = 3,  /* pages that belong to no chunk and are not all zero */
	PT_GROUP_END = 4,    /* nothing follows */
};

/* Then `directory_bytes` and `columns_bytes`, a frame each, and `padding_bytes`. */
struct pt_group_header {
	uint32_t magic;
	uint32_t kind; /* enum pt_group_kind */
	uint32_t entries_nr;
	uint32_t directory_bytes; /* packed: the length of each column, PT_COLUMN_NR numbers; then the entries */
	uint32_t columns_bytes;	  /* packed: all columns, one after the other */
	uint32_t unpacked_bytes;  /* of the columns */
	uint32_t padding_bytes;
	uint32_t zero;
};
_Static_assert(sizeof(struct pt_group_header) == 32, "no padding");

/* A chunk, or a run of pages: `head` (chunks only), the records that are in columns, the bytes of the column
 * "rest", and zeros up to image_bytes. */
struct pt_group_entry {
	uint64_t page;	      /* where in the trace */
	uint32_t image_bytes; /* whole pages, but for the end of a file that was cut */
	uint32_t split_bytes; /* of records in columns */
	uint32_t rest_bytes;
	uint32_t zero;
	struct pt_chunk_header head; /* zeros in PT_GROUP_PAGES */
};
_Static_assert(sizeof(struct pt_group_entry) == 88, "no padding");

#endif
