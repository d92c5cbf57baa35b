/* SPDX-License-Identifier: MIT */
/*
 * snap.h - records of a snapshot in and out of bytes: which word of memory points where.
 *
 * Chunks with PT_SNAP_MAGIC hold them; pt_chunk_header.writer is the snapshot's number, from 1. One
 * process writes all chunks of a snapshot, one after the other; a snapshot without PT_SNAP_END is
 * not whole. No I/O, no malloc. docs/format.md says the same in words.
 *
 * A record's first byte: bit 0 set is an edge, else bits 1-7 are an enum pt_snap; zero ends the
 * chunk. Varints are those of codec.h. Each chunk decodes alone: pt_snap_reset() at its start.
 *
 * An edge is a word at `place`, a multiple of 8, that holds `value`. Words are told in ascending
 * order, so a byte says how many words on it is; and the value is told as a distance, from the
 * place or from the last value, whichever is nearer, in units of 8 bytes if it can be.
 */
#ifndef PT_SNAP_H
#define PT_SNAP_H

#include "codec.h"

enum pt_snap {
	PT_SNAP_CHUNK_END = 0,
	PT_SNAP_PLACE = 1,    /* address / 8: what the next edge's step counts from */
	PT_SNAP_REGION = 2,   /* start / 4096, pages, enum pt_snap_region: writable memory, ascending */
	PT_SNAP_STATIC = 3,   /* start, bytes, bias, bytes of the path, path: a module's writable data */
	PT_SNAP_THREAD = 4,   /* tid, stack pointer (0: not known), PT_SNAP_THREAD_* */
	PT_SNAP_REGISTER = 5, /* tid, number (DWARF's for x86-64), value that may be a pointer */
	PT_SNAP_END = 6,      /* edges, bytes looked at, ns the child took, ns until it first ran, PT_SNAP_END_* */
};

enum pt_snap_region {
	PT_REGION_ANON = 0,   /* private, anonymous: heaps, stacks, own mappings, .bss */
	PT_REGION_HEAP = 1,   /* the program break's */
	PT_REGION_STACK = 2,  /* the first thread's stack */
	PT_REGION_FILE = 3,   /* private mapping of a file: static data */
	PT_REGION_SHARED = 4, /* shared anonymous memory: looked at; values may point into it */
	PT_REGION_UNREAD = 5, /* shared with a file, or not readable: values may point into it, it is not looked at */
	PT_REGION_OWN = 6,    /* the recorder's: not looked at, values into it are not told */
};

#define PT_SNAP_THREAD_ANSWERED 1u /* its registers are in the snapshot, its stack pointer is exact */
#define PT_SNAP_THREAD_CALLER 2u   /* took the snapshot: the same holds */

#define PT_SNAP_END_REGISTERS 1u /* threads were stopped and asked for their registers */
#define PT_SNAP_END_UNKNOWN_THREADS 2u /* not all threads are told: too many of them, or /proc does not say */

#define PT_SNAP_EDGE 1u
#define PT_SNAP_FROM_VALUE 2u /* the distance is from the last value, else from the place */
#define PT_SNAP_BYTES 4u      /* the distance is in bytes, else in units of 8 */
#define PT_SNAP_STEP_SHIFT 3u
#define PT_SNAP_STEP_FAR 31u /* a varint follows: words on, less 32; below 31: words on, less 1 */
#define PT_SNAP_RECORD_BYTES_MAX 64u /* of all but PT_SNAP_STATIC; what the encoder may touch */
#define PT_SNAP_PATH_BYTES_MAX 1024u

struct pt_snap_state {
	uint64_t place; /* of the last edge */
	uint64_t value;
};

static inline void pt_snap_reset(struct pt_snap_state *s)
{
	s->place = s->value = 0;
}

/* Write one edge at `p`: up to 19 bytes, 24 may be touched. `place`: above the last one, % 8 = 0. */
static inline uint8_t *pt_snap_put_edge(struct pt_snap_state *s, uint8_t *p, uint64_t place, uint64_t value)
{
	uint64_t step = (place - s->place) / 8 - 1, distance = value - place, other = value - s->value;
	unsigned int head = PT_SNAP_EDGE;
	uint8_t *start = p++;

	if (pt_zigzag(other) < pt_zigzag(distance)) {
		distance = other;
		head |= PT_SNAP_FROM_VALUE;
	}
	if (distance & 7)
		head |= PT_SNAP_BYTES;
	else
		distance = (uint64_t)((int64_t)distance >> 3);
	if (step < PT_SNAP_STEP_FAR) {
		head |= (unsigned int)step << PT_SNAP_STEP_SHIFT;
	} else {
		head |= PT_SNAP_STEP_FAR << PT_SNAP_STEP_SHIFT;
		p = pt_varint_put(p, step - PT_SNAP_STEP_FAR);
	}
	*start = (uint8_t)head;
	s->place = place;
	s->value = value;
	return pt_varint_put(p, pt_zigzag(distance));
}

/* Read one edge, its first byte at `p`, into *s. The byte after it, or NULL when it does not fit in [p, end). */
static inline const uint8_t *pt_snap_get_edge(struct pt_snap_state *s, const uint8_t *p, const uint8_t *end)
{
	unsigned int head = *p++;
	uint64_t step = head >> PT_SNAP_STEP_SHIFT, distance, more = 0;

	if (step == PT_SNAP_STEP_FAR) {
		p = pt_varint_get(p, end, &more);
		if (!p)
			return NULL;
	}
	p = pt_varint_get(p, end, &distance);
	if (!p)
		return NULL;
	distance = pt_unzigzag(distance);
	if (!(head & PT_SNAP_BYTES))
		distance <<= 3;
	s->place += (step + more + 1) * 8;
	s->value = distance + (head & PT_SNAP_FROM_VALUE ? s->value : s->place);
	return p;
}

#endif
