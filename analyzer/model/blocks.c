/* SPDX-License-Identifier: MIT */
/*
 * blocks.c - growing and shrinking of the table of blocks.h.
 *
 * At most 70 % full: a hit looks at 2.2 slots on average, a miss at 6 (Knuth 6.4, linear
 * probing). A deletion moves later entries back instead of leaving a tombstone, so that years
 * of churn leave the table as fast as it was. Slots come straight from the system in huge pages
 * where it has them: at a million blocks a walk of the page tables costs as much as the miss.
 * The table grows by half, in place, because its memory is the analyzer's memory: 46 to 69
 * bytes a block, and no second table while it grows.
 */
#include "blocks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../format/error.h"

#define FIRST_SLOTS	4096u
#define HUGE_PAGE_BYTES (2u << 20)

/*
 * The table's memory with more behind it, by moving pages and not bytes. Huge pages stay huge only
 * when both the old and the new place are aligned to them. NULL = no memory, nothing happened.
 */
static struct pt_block *resize(struct pt_block *old, size_t old_bytes, size_t new_bytes)
{
	size_t room_bytes = new_bytes + HUGE_PAGE_BYTES;
	char *room, *to;

	if (new_bytes < 2 * HUGE_PAGE_BYTES) {
		to = mremap(old, old_bytes, new_bytes, MREMAP_MAYMOVE);
		return (void *)to == MAP_FAILED ? NULL : (void *)to;
	}
	room = mmap(NULL, room_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if ((void *)room == MAP_FAILED)
		return NULL;
	to = room + (HUGE_PAGE_BYTES - (uintptr_t)room % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
	if (mremap(old, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
		munmap(room, room_bytes);
		return NULL;
	}
	if (to > room)
		munmap(room, (size_t)(to - room));
	if (room + room_bytes > to + new_bytes)
		munmap(to + new_bytes, (size_t)(room + room_bytes - (to + new_bytes)));
	madvise(to, new_bytes, MADV_HUGEPAGE); /* a wish; small pages work too */
	return (void *)to;
}

/* mremap() and munmap() work in pages. */
static size_t slots_after(size_t slots_nr)
{
	size_t page_slots = 4096 / sizeof(struct pt_block);

	return (slots_nr + slots_nr / 2 + page_slots - 1) / page_slots * page_slots;
}

static void set_size(struct pt_blocks *t, size_t slots_nr)
{
	t->slots_nr = slots_nr;
	t->nr_max = slots_nr / 10 * 7;
}

int pt_blocks_init(struct pt_blocks *t)
{
	memset(t, 0, sizeof(*t));
	t->slots = mmap(NULL, FIRST_SLOTS * sizeof(*t->slots), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t->slots == MAP_FAILED) {
		t->slots = NULL;
		return -PT_ENOMEM;
	}
	set_size(t, FIRST_SLOTS);
	return 0;
}

void pt_blocks_fini(struct pt_blocks *t)
{
	if (t->slots)
		munmap(t->slots, t->slots_nr * sizeof(*t->slots));
	memset(t, 0, sizeof(*t));
}

static struct pt_block *free_slot(const struct pt_blocks *t, uint64_t addr)
{
	size_t i = pt_blocks_home(t, addr);

	while (t->slots[i].addr) {
		if (++i == t->slots_nr)
			i = 0;
	}
	return &t->slots[i];
}

/* Blocks that cannot be put where they belong yet. */
struct later {
	struct pt_block *blocks;
	size_t nr, max;
};

static int put_off(struct later *l, const struct pt_block *b)
{
	if (l->nr == l->max) {
		size_t max = l->max ? 2 * l->max : 1024;
		struct pt_block *blocks = realloc(l->blocks, max * sizeof(*blocks));

		if (!blocks)
			return -PT_ENOMEM;
		l->blocks = blocks;
		l->max = max;
	}
	l->blocks[l->nr++] = *b;
	return 0;
}

/*
 * The block in slot `i` of the small table goes where it belongs in the large one. Slots above `i`
 * hold only blocks that have been moved, so a way from its home to a free slot that lies wholly
 * above `i` is as if the others were not there. Else it has to wait until they are gone.
 */
static bool move_up(struct pt_blocks *t, size_t i)
{
	struct pt_block b = t->slots[i];
	size_t to = pt_blocks_home(t, b.addr);

	if (to <= i)
		return false;
	while (to < t->slots_nr && t->slots[to].addr)
		to++;
	if (to == t->slots_nr)
		return false;
	memset(&t->slots[i], 0, sizeof(b));
	t->slots[to] = b;
	return true;
}

static int grow(struct pt_blocks *t)
{
	size_t old_nr = t->slots_nr, new_nr = slots_after(old_nr);
	struct pt_block *slots = resize(t->slots, old_nr * sizeof(*slots), new_nr * sizeof(*slots));
	struct later later = { 0 };
	int r = 0;

	if (!slots)
		return -PT_ENOMEM;
	t->slots = slots;
	set_size(t, new_nr);
	for (size_t i = old_nr; i-- > 0 && !r;) {
		if (!slots[i].addr || move_up(t, i))
			continue;
		r = put_off(&later, &slots[i]);
		memset(&slots[i], 0, sizeof(slots[i]));
	}
	for (size_t i = 0; i < later.nr; i++)
		*free_slot(t, later.blocks[i].addr) = later.blocks[i];
	free(later.blocks);
	return r;
}

struct pt_block *pt_blocks_add(struct pt_blocks *t, uint64_t addr)
{
	struct pt_block *b;

	if (t->nr >= t->nr_max && grow(t))
		return NULL;
	b = free_slot(t, addr);
	b->addr = addr;
	t->nr++;
	return b;
}

/* How far slot `to` is behind slot `from`, around the end. */
static size_t distance(const struct pt_blocks *t, size_t from, size_t to)
{
	return to >= from ? to - from : to + t->slots_nr - from;
}

/* Entries after the hole move back into it unless that would put them before their home. */
void pt_blocks_del(struct pt_blocks *t, struct pt_block *b)
{
	size_t hole = (size_t)(b - t->slots), i = hole;

	for (;;) {
		if (++i == t->slots_nr)
			i = 0;
		if (!t->slots[i].addr)
			break;
		if (distance(t, pt_blocks_home(t, t->slots[i].addr), i) >= distance(t, hole, i)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	memset(&t->slots[hole], 0, sizeof(t->slots[hole]));
	t->nr--;
}
