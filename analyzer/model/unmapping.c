/* SPDX-License-Identifier: MIT */
/*
 * unmapping.c - pages that go back to the system, and what the program maps itself.
 */
#include "heap_parts.h"

#include "../../format/layout.h"

/* Pages [start, end) that went back; `whole`: only blocks wholly inside have ended. */
struct pages {
	uint64_t start, end;
	bool whole;
};

/* What the pages mean for one block. True: it is no more. */
static bool unmap_block(struct pt_heap *h, struct pt_block *b, const struct pages *p)
{
	uint64_t end = pt_extent_end(b->addr, b->size_bytes);

	if (b->addr >= p->end || end <= p->start)
		return false;
	if (p->whole && (b->addr < p->start || end > p->end))
		return false;
	if (b->state == PT_BLOCK_IDLE) {
		pt_heap_publish_idle(h, PT_CHANGE_GONE, b);
		pt_heap_forget(h, b);
		return true;
	}
	if (b->state == PT_BLOCK_MOVING && h->moves[b->since_ns].gone_ns == PT_NOT_GONE)
		h->moves[b->since_ns].gone_ns = h->now_ns;
	return false;
}

/* Whether a block can still end, or learn that it has, by pages that go back. */
static bool must_see_more(const struct pt_heap *h, const struct pt_block *b)
{
	return b->state == PT_BLOCK_IDLE ||
	       (b->state == PT_BLOCK_MOVING && h->moves[b->since_ns].gone_ns == PT_NOT_GONE);
}

/* A block that ends pulls later ones into its slot, so that is looked at once more. */
static void unmap_span(struct pt_heap *h, struct pt_span *s, const struct pages *p)
{
	const struct pt_blocks *t = &s->blocks;
	bool more = false;

	for (uint32_t i = 0; t->slots && i < 1u << t->log2;) {
		struct pt_block *b = &t->slots[i];

		if (b->addr && unmap_block(h, b, p))
			continue;
		more = more || (b->addr && must_see_more(h, b));
		i++;
	}
	if (!more)
		pt_index_unmark(&h->index, s);
}

/*
 * Only marked spans are looked at. Of those wholly inside the range each loses its mark, which a
 * free has paid for; so a range costs what has been freed in it since, however large it is.
 */
static void unmap(struct pt_heap *h, uint64_t start, uint64_t end, bool whole)
{
	struct pages p = { start, end, whole };
	uint64_t below[2], nr = start >> PT_SPAN_SHIFT;
	unsigned int below_nr = start < end && !whole ? pt_index_below(&h->index, start, below) : 0;
	struct pt_span *s;

	for (unsigned int i = 0; i < below_nr; i++)
		unmap_block(h, pt_heap_find(h, below[i]), &p);
	while (start < end && (s = pt_index_marked(&h->index, nr)) &&
	       s->nr <= (end - 1) >> PT_SPAN_SHIFT) {
		nr = s->nr + 1;
		unmap_span(h, s, &p);
	}
}

static uint64_t range_end(uint64_t start, uint64_t bytes)
{
	return bytes > UINT64_MAX - start ? UINT64_MAX : start + bytes;
}

/* [start, end) is mapped, by the program or by the allocator: never by both. */
static int map(struct pt_heap *h, uint64_t start, uint64_t end, bool by_allocator)
{
	int r = pt_mapped_del(by_allocator ? &h->mapped : &h->allocator, start, end);

	return r ? r : pt_mapped_add(by_allocator ? &h->allocator : &h->mapped, start, end);
}

static int forget(struct pt_heap *h, uint64_t start, uint64_t end)
{
	int r = pt_mapped_del(&h->mapped, start, end);

	return r ? r : pt_mapped_del(&h->allocator, start, end);
}

/* In place, only what is cut off or added changes hands. What nobody told of stays so. */
static int remap(struct pt_heap *h, const struct pt_event *ev, uint64_t old_end, uint64_t end)
{
	bool ours = pt_mapped_has(&h->mapped, ev->old_addr);
	bool allocators = pt_mapped_has(&h->allocator, ev->old_addr);
	int r;

	if (ev->addr != ev->old_addr) {
		unmap(h, ev->old_addr, old_end, false);
		unmap(h, ev->addr, end, false);
	} else {
		unmap(h, end < old_end ? end : old_end, end < old_end ? old_end : end, false);
	}
	r = forget(h, ev->old_addr, old_end);
	if (!r && (ours || allocators))
		return map(h, ev->addr, end, allocators);
	return r ? r : forget(h, ev->addr, end);
}

/* The program, or an allocator in its own library, changes its mappings. */
int pt_heap_map(struct pt_heap *h, const struct pt_event *ev)
{
	uint64_t end = range_end(ev->addr, ev->size_bytes);
	uint64_t before = h->mapped.bytes;
	int r;

	switch (ev->kind) {
	case PT_EV_MMAP:
		unmap(h, ev->addr, end, false);
		r = map(h, ev->addr, end, ev->flags & PT_MAP_BY_ALLOCATOR);
		break;
	case PT_EV_MUNMAP:
		unmap(h, ev->addr, end, false);
		r = forget(h, ev->addr, end);
		break;
	default:
		r = remap(h, ev, range_end(ev->old_addr, ev->old_size_bytes), end);
	}
	if (h->mapped.bytes != before)
		pt_heap_publish(h, PT_CHANGE_MAPPED, ev->addr, h->mapped.bytes);
	return r;
}

int pt_heap_gone(struct pt_heap *h, const struct pt_event *ev)
{
	unmap(h, ev->addr, range_end(ev->addr, ev->size_bytes), ev->flags == PT_GONE_MADVISE);
	return 0;
}
