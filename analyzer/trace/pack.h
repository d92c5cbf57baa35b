/* SPDX-License-Identifier: MIT */
/*
 * pack.h - a trace into a packed file, the same bytes back, and whether the one is the other.
 *
 * A trace that is still being written is packed as far as it is committed, and read from the packed file up to the
 * moment when packing began. One that is cut or damaged is packed as it is. Memory: one group and what zstd needs for it.
 */
#ifndef PT_PACK_H
#define PT_PACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PT_PACK_LEVEL 3 /* docs/design/0008 has the table */
#define PT_PACK_LEVEL_MAX 19

struct pt_packing {
	uint64_t used_bytes;   /* of the trace: what is packed, and what unpacking gives */
	uint64_t packed_bytes; /* of the packed file */
	bool truncated;	       /* the trace is shorter than it says: packed up to where it ends */
};

/* pt_pack() - the trace at `path` to `out`. 0; -PT_EINVAL: it is packed already; -PT_EIO (errno), -PT_ENOTTRACE,
 * -PT_EVERSION, -PT_ECORRUPT (its header), -PT_ENOMEM. */
int pt_pack(const char *path, FILE *out, int level, struct pt_packing *result);

/* pt_unpack() - the trace in the packed file at `path` to the empty file behind `fd`, holes left out. 0; -PT_EINVAL: it
 * is not packed; -PT_ECORRUPT: not all of it is there. The others as above. */
int pt_unpack(const char *path, int fd, struct pt_packing *result);

/* pt_pack_same() - does `packed` unpack to what is in `path`, byte for byte? 1, 0, or as above. */
int pt_pack_same(const char *path, const char *packed);

#endif
