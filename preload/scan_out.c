/* SPDX-License-Identifier: MIT */
/* scan_out.c - see scan_out.h. */
#include "scan_out.h"

#include <string.h>
#include <sys/mman.h>
#include <x86intrin.h>

#include "record.h"
#include "segment.h"
#include "sys.h"

#define FIRST_CHUNK_PAGES 4u

void pt_scan_out_init(struct pt_scan_out *o, const struct pt_snapshot_job *job)
{
	uint64_t used = __atomic_load_n(&job->file->cursor_pages, __ATOMIC_RELAXED);

	o->job = job;
	o->next_pages = FIRST_CHUNK_PAGES;
	o->end_page = used < job->limit_pages ? used + (job->limit_pages - used) / 2 : 0;
}

/* These pages hold nothing after all: the disk has them back. */
static void give_back(struct pt_file_header *h, void *at, uint32_t pages)
{
	uint64_t first = (uint64_t)((unsigned char *)at - (unsigned char *)h) / PT_PAGE_BYTES, next = first + pages;

	/* The last ones claimed can be claimed again, for they are zero now. */
	if (pt_sys_madvise(at, (uint64_t)pages * PT_PAGE_BYTES, MADV_REMOVE) < 0 ||
	    !__atomic_compare_exchange_n(&h->cursor_pages, &next, first, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		__atomic_fetch_add(&h->snaps_returned_pages, pages, __ATOMIC_RELAXED);
}

/* The chunk's pages, or NULL. Nothing beyond the bounds, and no page in vain: the program's own events would miss it. */
static struct pt_chunk_header *claim(struct pt_scan_out *o)
{
	struct pt_file_header *h = o->job->file;
	uint64_t first = __atomic_load_n(&h->cursor_pages, __ATOMIC_RELAXED), end;
	void *at;

	do {
		end = __atomic_load_n(&h->snaps_limit_pages, __ATOMIC_SEQ_CST);
		end = end < o->end_page ? end : o->end_page;
		if (o->next_pages > end || first > end - o->next_pages || o->chunks_nr == PT_SCAN_CHUNKS) {
			o->lost = PT_SNAP_LOST_LIMIT + 1;
			return NULL;
		}
	} while (!__atomic_compare_exchange_n(&h->cursor_pages, &first, first + o->next_pages, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	at = (unsigned char *)h + first * PT_PAGE_BYTES;
	if (pt_segment_populate(at, (uint64_t)o->next_pages * PT_PAGE_BYTES))
		return at;
	give_back(h, at, o->next_pages); /* some of them may be there */
	o->lost = PT_SNAP_LOST_DISK + 1;
	return NULL;
}

bool pt_scan_out_turn(struct pt_scan_out *o)
{
	struct pt_chunk_header *ch = o->lost ? NULL : claim(o);

	if (!ch) {
		o->pos = o->limit = NULL;
		return false;
	}
	if (o->chunks_nr)
		pt_segment_release(o->chunks[o->chunks_nr - 1], o->chunks[o->chunks_nr - 1]->pages);
	ch->pages = o->next_pages;
	ch->writer = o->job->number;
	ch->seq = o->chunks_nr;
	ch->mono_ns = pt_record_mono_ns();
	ch->tsc = __rdtsc();
	ch->base_tick = ch->tsc >> PT_TICK_SHIFT;
	__atomic_store_n(&ch->magic, PT_SNAP_MAGIC, __ATOMIC_RELEASE);
	o->chunks[o->chunks_nr++] = ch;
	o->pos = (uint8_t *)(ch + 1);
	o->limit = (uint8_t *)ch + (uint64_t)ch->pages * PT_PAGE_BYTES - PT_SNAP_RECORD_BYTES_MAX;
	o->next_pages = 2 * o->next_pages < PT_CHUNK_PAGES_MAX ? 2 * o->next_pages : PT_CHUNK_PAGES_MAX;
	pt_snap_reset(&o->state);
	return true;
}

bool pt_scan_out_record(struct pt_scan_out *o, enum pt_snap kind, const uint64_t *fields, unsigned int nr,
			const char *text, size_t text_bytes)
{
	uint8_t *p;
	unsigned int i;

	if ((o->pos >= o->limit || (size_t)(o->limit - o->pos) < text_bytes) && !pt_scan_out_turn(o))
		return false;
	p = o->pos;
	*p++ = (uint8_t)(kind << 1);
	for (i = 0; i < nr; i++)
		p = pt_varint_put(p, fields[i]);
	memcpy(p, text, text_bytes);
	o->pos = p + text_bytes;
	return true;
}

bool pt_scan_out_place(struct pt_scan_out *o, uint64_t place)
{
	const uint64_t field = place / 8;

	if (!pt_scan_out_record(o, PT_SNAP_PLACE, &field, 1, "", 0))
		return false;
	o->state.place = place;
	return o->pos < o->limit || pt_scan_out_place(o, place);
}

void pt_scan_out_drop(struct pt_scan_out *o)
{
	uint32_t i;

	for (i = o->chunks_nr; i-- > 0;) {
		struct pt_chunk_header *ch = o->chunks[i];
		uint32_t pages = ch->pages;

		__atomic_store_n(&ch->magic, 0, __ATOMIC_RELEASE);
		give_back(o->job->file, ch, pages);
	}
}
