// SPDX-License-Identifier: MIT
/* ring.c - see ring.h. */
#include "ring.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "writer.h"

/* The table's half that holds: the newer one. */
static const struct pt_ring_drops *drops_of(const struct pt_ring_slot *slot)
{
	return &slot->drops[slot->drops[1].chunks > slot->drops[0].chunks];
}

static bool makes_sense(const struct pt_source *s, const struct pt_file_header *h)
{
	const uint64_t table = ((uint64_t)h->ring_slots * sizeof(struct pt_ring_slot) + PT_PAGE_BYTES - 1) / PT_PAGE_BYTES;

	return h->ring_slots && h->ring_slot_pages && h->ring_slot_pages <= PT_CHUNK_PAGES_MAX &&
	       h->ring_table_page >= PT_HEADER_PAGES && h->ring_table_page < s->end_page &&
	       table <= s->end_page - h->ring_table_page && h->ring_first_page >= h->ring_table_page + table &&
	       h->ring_first_page <= s->end_page;
}

/* Those that the table says are gone, though their bytes may be there: the recorder was killed before it took
 * the place, or is about to. Returns the pages of those that stay. */
static uint64_t take_off(struct pt_source *s, const struct pt_file_header *h, const struct pt_ring_slot *table)
{
	const uint64_t end = h->ring_first_page + (uint64_t)h->ring_slots * h->ring_slot_pages;
	uint64_t pages = 0;
	size_t i, kept = 0;

	for (i = 0; i < s->chunks_nr; i++) {
		const struct pt_chunk *c = &s->chunks[i];

		if (c->page >= h->ring_first_page && c->page < end) {
			const struct pt_ring_drops *d =
				drops_of(&table[(c->page - h->ring_first_page) / h->ring_slot_pages]);

			if (d->chunks && d->writer == c->writer && d->seq == c->seq)
				continue;
			pages += c->pages;
		}
		s->chunks[kept++] = *c;
	}
	s->chunks_nr = kept;
	return pages;
}

static void sum_up(struct pt_source *s, const struct pt_file_header *h, const struct pt_ring_slot *table,
		   struct pt_trace_ring *ring)
{
	ring->bytes = (uint64_t)h->ring_slots * h->ring_slot_pages * PT_PAGE_BYTES;
	for (uint32_t i = 0; i < h->ring_slots; i++) {
		const struct pt_ring_drops *d = drops_of(&table[i]);

		ring->chunks += d->chunks;
		ring->allocs += d->allocs;
		ring->frees += d->frees;
		ring->pools += d->pools;
		ring->others += d->others;
		if (d->chunks && d->tick > s->ring_tick)
			s->ring_tick = d->tick;
	}
}

int pt_ring_read(struct pt_source *s, const struct pt_file_header *h, struct pt_trace_state *state)
{
	const size_t bytes = (size_t)h->ring_slots * sizeof(struct pt_ring_slot);
	uint64_t pages, unused;
	struct pt_ring_slot *table;
	int64_t n;

	if (!makes_sense(s, h))
		return 0;
	table = calloc(h->ring_slots, sizeof(*table));
	if (!table)
		return -PT_ENOMEM;
	n = pt_source_read(s, table, bytes, h->ring_table_page * PT_PAGE_BYTES);
	if (n != (int64_t)bytes) {
		free(table);
		return n == -PT_EIO || n == -PT_ENOMEM ? (int)n : 0;
	}
	sum_up(s, h, table, &state->ring);
	pages = take_off(s, h, table);
	s->ring = true;
	/* The table, and slots that wait for their first use. */
	unused = h->ring_first_page - h->ring_table_page + (uint64_t)h->ring_slots * h->ring_slot_pages - pages;
	state->unopened_pages -= unused < state->unopened_pages ? unused : state->unopened_pages;
	free(table);
	return 0;
}

static bool of_realloc(uint8_t fn)
{
	return fn == PT_API_REALLOC || fn == PT_API_REALLOCARRAY || fn == PT_API_RALLOCX;
}

bool pt_ring_before(const struct pt_writer *w, struct pt_trace_state *state)
{
	const struct pt_record *rec = &w->rec;
	struct pt_trace_ring *ring = &state->ring;
	uint64_t freed = 0;

	switch (rec->kind) {
	case PT_REC_ALLOC:
		ring->allocs++;
		return true;
	case PT_REC_FREE:
		ring->frees += !of_realloc(rec->fn);
		return true;
	case PT_REC_GET:
	case PT_REC_PUT:
		ring->pools++;
		return true;
	}
	switch (rec->ext) {
	case PT_EXT_REALLOC_DONE:
		pt_varint_get(rec->payload, rec->payload + rec->payload_bytes, &freed);
		ring->frees += freed == 1;
		return true;
	case PT_EXT_MMAP:
	case PT_EXT_MUNMAP:
	case PT_EXT_MREMAP:
	case PT_EXT_GONE:
		ring->others++;
		return true;
	case PT_EXT_POOL_MISS:
	case PT_EXT_POOL_STOCK:
	case PT_EXT_POOL_DROP:
	case PT_EXT_POOL_PURGE:
	case PT_EXT_POOL_MOVE:
	case PT_EXT_POOL_RESIZE:
		ring->pools++;
		return true;
	}
	return false;
}

bool pt_ring_overtaken(const struct pt_source *s, const struct pt_chunk *c)
{
	struct pt_chunk_header h;

	return s->ring && (pt_source_read(s, &h, sizeof(h), c->page * PT_PAGE_BYTES) != sizeof(h) ||
			   h.magic != PT_CHUNK_MAGIC || h.writer != c->writer || h.seq != c->seq);
}
