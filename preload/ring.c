/* SPDX-License-Identifier: MIT */
/* ring.c - see ring.h. */
#include "ring.h"

#include <string.h>

#include "config.h"
#include "process.h"
#include "record.h"
#include "segment.h"
#include "sys.h"

#define SLOTS_WANTED 512u
#define SLOT_PAGES_MIN 4u /* 16 KiB: the longest stack and the longest record fit several times */
#define SLOT_PAGES_MAX 64u
#define PIN_PAGES 4u

static struct pt_file_header *file_of(struct pt_process *pr)
{
	return *(struct pt_file_header *volatile *)&pr->file;
}

static void *page_at(struct pt_file_header *h, uint64_t page)
{
	return (unsigned char *)h + page * PT_PAGE_BYTES;
}

static uint32_t slot_pages(uint64_t ring_pages)
{
	uint64_t pages = ring_pages / SLOTS_WANTED;

	return pages < SLOT_PAGES_MIN ? SLOT_PAGES_MIN : pages > SLOT_PAGES_MAX ? SLOT_PAGES_MAX : (uint32_t)pages;
}

bool pt_ring_open(struct pt_process *pr)
{
	struct pt_file_header *h = pr->file;
	uint64_t pages = pt_config.ring_bytes / PT_PAGE_BYTES, room = h->limit_pages - h->limit_pages / 8;
	struct pt_ring *r = &pr->ring;
	uint32_t slots, table, i;

	if (!pages)
		return true;
	if (pages > room)
		pages = room;
	slots = (uint32_t)(pages / slot_pages(pages));
	table = (uint32_t)((slots * sizeof(struct pt_ring_slot) + PT_PAGE_BYTES - 1) / PT_PAGE_BYTES);
	r->closed = pt_pages_alloc(slots * sizeof(*r->closed));
	if (slots < 2 || !r->closed || !pt_segment_populate(page_at(h, PT_HEADER_PAGES), table * PT_PAGE_BYTES))
		return false;
	for (i = 0; i < slots; i++)
		r->closed[i] = i + 1;
	r->closings = slots;
	r->slot_pages = slot_pages(pages);
	r->first_page = PT_HEADER_PAGES + table;
	r->pins_left_pages = (uint32_t)(pages / 16 > PIN_PAGES ? pages / 16 : PIN_PAGES);
	r->pins_writer = atomic_fetch_add(&pr->writers_nr, 1) + 1;
	r->slots_nr = slots;
	h->ring_table_page = PT_HEADER_PAGES;
	h->ring_first_page = r->first_page;
	h->ring_slot_pages = r->slot_pages;
	h->ring_slots = slots;
	h->cursor_pages = r->first_page + (uint64_t)slots * r->slot_pages;
	return true;
}

/* The slot closed longest ago, taken. slots_nr: there is none. */
static uint32_t take_oldest(struct pt_ring *r)
{
	uint64_t oldest, at;
	uint32_t i, found;

	do {
		for (i = 0, found = r->slots_nr, oldest = UINT64_MAX; i < r->slots_nr; i++) {
			at = atomic_load_explicit(&r->closed[i], memory_order_relaxed);
			if (at && at < oldest) {
				oldest = at;
				found = i;
			}
		}
	} while (found < r->slots_nr && !atomic_compare_exchange_strong(&r->closed[found], &oldest, 0));
	return found;
}

/* One event more in what is dropped; *old: the block of a realloc that has begun and not ended. */
static void count_event(struct pt_ring_drops *d, const struct pt_record *rec)
{
	uint64_t freed = 0;

	switch (rec->kind) {
	case PT_REC_ALLOC:
		d->allocs++;
		break;
	case PT_REC_FREE:
		d->frees += rec->fn != PT_API_REALLOC && rec->fn != PT_API_REALLOCARRAY && rec->fn != PT_API_RALLOCX;
		break;
	case PT_REC_GET:
	case PT_REC_PUT:
		d->pools++;
		break;
	default:
		if (rec->ext == PT_EXT_REALLOC_DONE) {
			pt_varint_get(rec->payload, rec->payload + rec->payload_bytes, &freed);
			d->frees += freed;
		} else if (rec->ext >= PT_EXT_POOL_MISS && rec->ext <= PT_EXT_POOL_RESIZE) {
			d->pools++;
		} else if (rec->ext >= PT_EXT_MMAP && rec->ext <= PT_EXT_GONE) {
			d->others++;
		}
	}
}

/* The slot's chunk ceases to be: with the store of `chunks`. Its events are counted with the writer's codec. */
static void drop(struct pt_writer *w, struct pt_ring_slot *slot, const struct pt_chunk_header *ch)
{
	bool second = slot->drops[1].chunks > slot->drops[0].chunks;
	struct pt_ring_drops next = slot->drops[second], *to = &slot->drops[!second];
	const uint8_t *p = (const uint8_t *)(ch + 1), *end = (const uint8_t *)ch + ch->pages * PT_PAGE_BYTES;
	struct pt_record rec;
	int n;

	pt_codec_reset(&w->codec, ch->base_tick);
	rec.tick = ch->base_tick;
	for (; (n = pt_decode(&w->codec, p, end, &rec)) > 0; p += n)
		count_event(&next, &rec);
	next.tick = w->codec.tick;
	next.writer = ch->writer;
	next.seq = ch->seq;
	memcpy(&to->allocs, &next.allocs, sizeof(next) - offsetof(struct pt_ring_drops, allocs));
	PT_POINT("ring-counted");
	atomic_signal_fence(memory_order_seq_cst);
	__atomic_store_n(&to->chunks, next.chunks + 1, __ATOMIC_RELEASE);
	PT_POINT("ring-dropped");
}

/* Sizes are told again now and then: the chunk that told them is dropped some time. */
static void forget_sizes(struct pt_process *pr)
{
	unsigned int i;

	for (i = 0; i < sizeof(pr->usable_seen) / sizeof(pr->usable_seen[0]); i++)
		atomic_store_explicit(&pr->usable_seen[i], 0, memory_order_relaxed);
}

static uint32_t slot_of(struct pt_process *pr, const struct pt_chunk_header *chunk)
{
	const struct pt_ring *r = &pr->ring;
	uint64_t page = (uint64_t)((const unsigned char *)chunk - (unsigned char *)file_of(pr)) / PT_PAGE_BYTES;

	return page < r->first_page ? r->slots_nr : (uint32_t)((page - r->first_page) / r->slot_pages);
}

struct pt_chunk_header *pt_ring_take(struct pt_writer *w, uint32_t *pages)
{
	struct pt_process *pr = w->process;
	struct pt_file_header *h = file_of(pr);
	struct pt_ring *r = &pr->ring;
	struct pt_chunk_header *ch;
	uint32_t i;

	if (!h || atomic_load_explicit(&pr->stopped, memory_order_relaxed))
		return NULL;
	i = take_oldest(r);
	if (i >= r->slots_nr && w->chunk)
		i = slot_of(pr, w->chunk); /* all others are in use: its own, from the start */
	if (i >= r->slots_nr)
		return NULL;
	PT_POINT("ring-taken");
	*pages = r->slot_pages;
	ch = page_at(h, r->first_page + (uint64_t)i * r->slot_pages);
	if (!pt_segment_populate(ch, (uint64_t)*pages * PT_PAGE_BYTES)) {
		pt_segment_stop(pr, PT_LOST_DISK);
		return NULL;
	}
	if (ch->magic == PT_CHUNK_MAGIC) {
		drop(w, (struct pt_ring_slot *)page_at(h, h->ring_table_page) + i, ch);
		*(volatile uint32_t *)&ch->magic = 0;
		atomic_signal_fence(memory_order_seq_cst);
		memset(ch + 1, 0, *pages * PT_PAGE_BYTES - sizeof(*ch));
		atomic_signal_fence(memory_order_seq_cst);
		if (i % (r->slots_nr / 4 + 1) == 0)
			forget_sizes(pr);
	}
	return ch;
}

void pt_ring_close(struct pt_process *pr, const struct pt_chunk_header *chunk)
{
	struct pt_ring *r = &pr->ring;
	uint32_t slot;

	if (!r->slots_nr)
		return;
	slot = slot_of(pr, chunk);
	if (slot < r->slots_nr)
		atomic_store(&r->closed[slot], atomic_fetch_add(&r->closings, 1) + 1);
}

/* Another chunk for pins. False: they have had their share, or there is no room. */
static bool more_pins(struct pt_writer *w)
{
	struct pt_process *pr = w->process;
	struct pt_file_header *h = file_of(pr);
	struct pt_ring *r = &pr->ring;
	struct pt_chunk_header *ch;
	uint64_t first;

	if (r->pins_left_pages < PIN_PAGES)
		return false;
	first = __atomic_fetch_add(&h->cursor_pages, PIN_PAGES, __ATOMIC_RELAXED);
	ch = page_at(h, first);
	if (first + PIN_PAGES > atomic_load(&pr->limit_pages) || !pt_segment_populate(ch, PIN_PAGES * PT_PAGE_BYTES))
		return false;
	r->pins_left_pages -= PIN_PAGES;
	ch->pages = PIN_PAGES;
	ch->writer = r->pins_writer;
	ch->thread = w->serial;
	ch->seq = r->pins_seq++;
	ch->mono_ns = pt_record_mono_ns();
	ch->tsc = __rdtsc();
	ch->base_tick = r->pins_tick = ch->tsc >> PT_TICK_SHIFT;
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&ch->magic = PT_CHUNK_MAGIC;
	r->pin = (uint8_t *)(ch + 1);
	r->pins_end = (uint8_t *)ch + PIN_PAGES * PT_PAGE_BYTES - PT_RECORD_BYTES_MAX;
	return true;
}

struct pt_pin pt_pin_begin(struct pt_writer *w, size_t bytes)
{
	struct pt_pin was = { .pos = w->pos, .limit = w->limit, .tick = w->codec.tick };
	struct pt_ring *r = &w->process->ring;

	if (!r->slots_nr || atomic_load_explicit(&pt_quiet, memory_order_relaxed) || pt_record_stale(w) ||
	    atomic_exchange(&r->pins_busy, 1))
		return was;
	PT_POINT("pinning");
	was.pinned = (size_t)(r->pins_end - r->pin) >= bytes || more_pins(w);
	if (was.pinned) {
		w->pos = r->pin;
		w->limit = r->pins_end;
		w->codec.tick = r->pins_tick;
	} else {
		atomic_store(&r->pins_busy, 0);
	}
	return was;
}

void pt_pin_end(struct pt_writer *w, const struct pt_pin *pin)
{
	struct pt_ring *r = &w->process->ring;

	if (!pin->pinned || pt_record_stale(w))
		return;
	r->pin = w->pos;
	r->pins_tick = w->codec.tick;
	w->pos = pin->pos;
	w->limit = pin->limit;
	w->codec.tick = pin->tick;
	atomic_store(&r->pins_busy, 0);
}
