// SPDX-License-Identifier: MIT
/*
 * roots.c - zones of threads, regions and modules, made once; then one walk over them by place.
 *
 * Decided here: a stack pointer tells of the region that it lies in. A thread whose stack pointer is
 * elsewhere (a coroutine's stack, a signal's) has all of its own stack as a root. A thread that never
 * allocated is in no event, and only its stack pointer, if the snapshot has it, tells where it runs: often on
 * the stack of one that has exited.
 */
#include "roots.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

enum { AREA_EXITED = 1, AREA_ALLOCATOR = 2 };
enum { MODULE_OWN = 1, MODULE_LIBC = 2 };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static const struct pt_snap_area *area_at(const struct pt_snapshot *s, uint64_t addr)
{
	uint32_t low = 0, high = s->areas_nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->areas[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->areas_nr && s->areas[low].start <= addr ? &s->areas[low] : NULL;
}

static const struct pt_snap_thread *told_of(const struct pt_snapshot *s, uint32_t tid)
{
	for (uint32_t i = 0; i < s->threads_nr; i++) {
		if (s->threads[i].tid == tid)
			return &s->threads[i];
	}
	return NULL;
}

static void add_zone(struct pt_roots_zone *zones, uint32_t *nr, uint64_t start, uint64_t end, uint32_t kind,
		     uint32_t tid)
{
	if (start < end)
		zones[(*nr)++] = (struct pt_roots_zone){ start, end, kind, tid };
}

/* A stack [start, end), at the stack pointer in two. */
static void add_stack(struct pt_roots *x, const struct pt_snap_area *area, uint64_t start, uint64_t end,
		      const struct pt_snap_thread *told, uint32_t tid)
{
	bool exact = told && told->flags & (PT_SNAP_THREAD_ANSWERED | PT_SNAP_THREAD_CALLER);
	uint64_t split = start;

	if (told && told->sp >= area->start && told->sp <= area->end && told->sp >= PT_ROOTS_RED_BYTES)
		split = told->sp - PT_ROOTS_RED_BYTES;
	if (split < start)
		split = start;
	if (split > end)
		split = end;
	add_zone(x->stacks, &x->stacks_nr, start, split, exact ? PT_ROOT_WORD_NR : PT_ROOT_WORD_STALE, tid);
	add_zone(x->stacks, &x->stacks_nr, split, end, PT_ROOT_WORD_STACK, tid);
}

static int by_pointer(const void *a, const void *b)
{
	const struct pt_thread_info *const *x = a, *const *y = b;

	return (*x)->pointer < (*y)->pointer ? -1 : (*x)->pointer > (*y)->pointer;
}

static int by_start(const void *a, const void *b)
{
	const struct pt_roots_zone *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* One live thread; `below`: the end of the control block of the next thread below it, or 0. */
static void add_thread(struct pt_roots *x, const struct pt_thread_info *t, uint64_t below)
{
	const struct pt_snap_area *area = area_at(x->snapshot, t->pointer);
	uint64_t start, end, floor;

	if (!area)
		return;
	start = area->start + PT_ROOTS_TLS_BYTES < t->pointer ? t->pointer - PT_ROOTS_TLS_BYTES : area->start;
	end = area->end - t->pointer > PT_ROOTS_TLS_BYTES ? t->pointer + PT_ROOTS_TLS_BYTES : area->end;
	if (x->tls_nr && x->tls[x->tls_nr - 1].end > start)
		start = x->tls[x->tls_nr - 1].end;
	add_zone(x->tls, &x->tls_nr, start, end, PT_ROOT_WORD_TLS, t->tid);
	floor = below > area->start ? below : area->start;
	if (area->kind != PT_REGION_STACK)
		add_stack(x, area, floor, t->pointer, told_of(x->snapshot, t->tid), t->tid);
}

/* libc keeps the stack of a thread that ended for the next one, and with it the table of its thread-local storage
 * (glibc's tcbhead_t.dtv, nptl/allocatestack.c). */
static void add_dtv(struct pt_roots *x, const struct pt_thread_info *t)
{
	uint64_t start = t->pointer + 8;

	if (!x->tls_nr || x->tls[x->tls_nr - 1].end <= start)
		add_zone(x->tls, &x->tls_nr, start, start + 8, PT_ROOT_WORD_TLS, t->tid);
}

static bool heard_of(const struct pt_trace *t, uint32_t tid)
{
	for (uint32_t i = 0; i < t->threads_nr; i++) {
		if (t->threads[i].tid == tid && !t->threads[i].exited && t->threads[i].pointer)
			return true;
	}
	return tid == t->header.pid;
}

/* The memory around `sp` that no block and no other thread has: [*start, *end). False: one of them has sp. */
static bool free_around(const struct pt_roots *x, const struct pt_snap_area *area, uint64_t sp, uint64_t *start,
			uint64_t *end)
{
	uint64_t below[2];
	unsigned int nr = pt_index_below(&x->heap->index, sp, below);

	*start = area->start;
	if (!pt_index_next(&x->heap->index, sp, area->end, end))
		*end = area->end;
	for (unsigned int i = 0; i < nr; i++) {
		const struct pt_block *b = pt_heap_find(x->heap, below[i]);
		uint64_t block_end = b ? pt_extent_end(b->addr, b->size_bytes) : 0;

		if (block_end > *start)
			*start = block_end;
	}
	for (uint32_t i = 0; i < x->stacks_nr; i++) {
		const struct pt_roots_zone *z = &x->stacks[i];

		if (z->end <= sp && z->end > *start)
			*start = z->end;
		if (z->start > sp && z->start < *end)
			*end = z->start;
		if (z->start <= sp && sp < z->end)
			return false;
	}
	return *start <= sp && sp < *end;
}

static int by_sp(const void *a, const void *b)
{
	const struct pt_snap_thread *const *x = a, *const *y = b;

	return (*x)->sp < (*y)->sp ? -1 : (*x)->sp > (*y)->sp;
}

/* Live threads that only the snapshot tells of, the lowest stack first: what is above it is a root, too. */
static int find_unheard(struct pt_roots *x, const struct pt_trace *t)
{
	const struct pt_snapshot *s = x->snapshot;
	const struct pt_snap_thread **sorted = malloc((s->threads_nr + 1ull) * sizeof(sorted[0]));
	uint32_t nr = 0;

	if (!sorted)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < s->threads_nr; i++) {
		if (!heard_of(t, s->threads[i].tid))
			sorted[nr++] = &s->threads[i];
	}
	if (nr)
		qsort(sorted, nr, sizeof(sorted[0]), by_sp);
	for (uint32_t i = 0; i < nr; i++) {
		const struct pt_snap_area *area = area_at(s, sorted[i]->sp);
		uint64_t start, end;

		x->unplaced |= !area;
		if (!area)
			continue;
		x->skip[area - s->areas] &= (uint8_t)~AREA_EXITED;
		if (free_around(x, area, sorted[i]->sp, &start, &end))
			add_stack(x, area, start, end, sorted[i], sorted[i]->tid);
	}
	free(sorted);
	return 0;
}

/* The threads' zones, and which regions only threads that have exited have a pointer into. */
static void find_threads(struct pt_roots *x, const struct pt_trace *t, const struct pt_thread_info **sorted,
			 uint32_t nr)
{
	const struct pt_snapshot *s = x->snapshot;
	uint64_t below = 0;

	for (uint32_t i = 0; i < nr; i++) {
		const struct pt_snap_area *area = area_at(s, sorted[i]->pointer);

		if (area && sorted[i]->exited)
			x->skip[area - s->areas] |= AREA_EXITED;
	}
	for (uint32_t i = 0; i < nr; i++) {
		const struct pt_snap_area *area = area_at(s, sorted[i]->pointer);

		if (i && sorted[i - 1]->pointer != sorted[i]->pointer)
			below = sorted[i - 1]->pointer + PT_ROOTS_TLS_BYTES;
		if (sorted[i]->exited) {
			if (area && x->skip[area - s->areas] & AREA_EXITED)
				add_dtv(x, sorted[i]);
			continue;
		}
		if (area)
			x->skip[area - s->areas] &= (uint8_t)~AREA_EXITED;
		add_thread(x, sorted[i], below);
	}
	for (uint32_t i = 0; i < s->areas_nr; i++) {
		if (s->areas[i].kind == PT_REGION_STACK)
			add_stack(x, &s->areas[i], s->areas[i].start, s->areas[i].end,
				  told_of(s, t->header.pid), t->header.pid);
	}
}

static bool holds_block(const struct pt_heap *h, const struct pt_snap_area *a)
{
	uint64_t below[2], addr;
	unsigned int nr;

	if (pt_index_next(&h->index, a->start, a->end, &addr))
		return true;
	nr = pt_index_below(&h->index, a->start, below);
	for (unsigned int i = 0; i < nr; i++) {
		const struct pt_block *b = pt_heap_find(h, below[i]);

		if (b && pt_extent_end(b->addr, b->size_bytes) > a->start)
			return true;
	}
	return false;
}

static void find_areas(struct pt_roots *x)
{
	const struct pt_snapshot *s = x->snapshot;

	for (uint32_t i = 0; i < s->areas_nr; i++) {
		if (s->areas[i].kind == PT_REGION_HEAP || holds_block(x->heap, &s->areas[i]))
			x->skip[i] |= AREA_ALLOCATOR;
	}
	for (uint32_t i = 0; i < s->statics_nr; i++) {
		const char *name = base_name(s->statics[i].path);

		if (starts_with(name, "libpooltrace.so"))
			x->modules[i] = MODULE_OWN;
		else if (starts_with(name, "libc.so") || starts_with(name, "libc-"))
			x->modules[i] = MODULE_LIBC;
	}
}

int pt_roots_init(struct pt_roots *x, const struct pt_snapshot *s, const struct pt_trace *t,
		  const struct pt_heap *heap)
{
	const struct pt_thread_info **sorted = malloc((t->threads_nr + 1ull) * sizeof(sorted[0]));
	uint32_t nr = 0;
	int r;

	memset(x, 0, sizeof(*x));
	x->snapshot = s;
	x->heap = heap;
	x->tls = malloc((t->threads_nr + 1ull) * sizeof(*x->tls));
	x->stacks = malloc(2 * (t->threads_nr + s->threads_nr + s->areas_nr + 1ull) * sizeof(*x->stacks));
	x->skip = calloc(s->areas_nr + 1ull, 1);
	x->modules = calloc(s->statics_nr + 1ull, 1);
	if (!sorted || !x->tls || !x->stacks || !x->skip || !x->modules) {
		free(sorted);
		pt_roots_fini(x);
		return -PT_ENOMEM;
	}
	for (uint32_t i = 0; i < t->threads_nr; i++) {
		if (t->threads[i].pointer)
			sorted[nr++] = &t->threads[i];
	}
	if (nr)
		qsort(sorted, nr, sizeof(sorted[0]), by_pointer);
	find_threads(x, t, sorted, nr);
	free(sorted);
	r = find_unheard(x, t);
	if (r) {
		pt_roots_fini(x);
		return r;
	}
	if (x->stacks_nr)
		qsort(x->stacks, x->stacks_nr, sizeof(*x->stacks), by_start);
	find_areas(x);
	return 0;
}

void pt_roots_fini(struct pt_roots *x)
{
	free(x->tls);
	free(x->stacks);
	free(x->skip);
	free(x->modules);
	memset(x, 0, sizeof(*x));
}

/* The zone at `place`, from number *at on. */
static const struct pt_roots_zone *zone_at(const struct pt_roots_zone *zones, uint32_t nr, uint32_t *at,
					   uint64_t place)
{
	while (*at < nr && zones[*at].end <= place)
		++*at;
	return *at < nr && zones[*at].start <= place ? &zones[*at] : NULL;
}

bool pt_roots_kind(struct pt_roots *x, uint64_t place, bool into_end, struct pt_root_word *out)
{
	const struct pt_snapshot *s = x->snapshot;
	const struct pt_roots_zone *zone;
	bool in_module;

	while (x->module < s->statics_nr && s->statics[x->module].end <= place)
		x->module++;
	while (x->area < s->areas_nr && s->areas[x->area].end <= place)
		x->area++;
	in_module = x->module < s->statics_nr && s->statics[x->module].start <= place;
	if (in_module && x->modules[x->module] == MODULE_OWN)
		return false;
	zone = zone_at(x->tls, x->tls_nr, &x->at_tls, place);
	if (!zone)
		zone = zone_at(x->stacks, x->stacks_nr, &x->at_stack, place);
	if (zone) {
		out->kind = zone->kind & 0xff;
		out->tid = zone->tid;
		return zone->kind != PT_ROOT_WORD_NR;
	}
	if (x->area < s->areas_nr && s->areas[x->area].start <= place && x->skip[x->area] & AREA_EXITED &&
	    !pt_mapped_has(&x->heap->mapped, place)) { /* else unmapped since, and the program's now */
		out->kind = PT_ROOT_WORD_STALE;
		return x->unplaced;
	}
	if (in_module) {
		out->kind = PT_ROOT_WORD_STATIC;
		out->statics = x->module & 0x7fffff;
		return !into_end || x->modules[x->module] != MODULE_LIBC;
	}
	out->kind = PT_ROOT_WORD_MAPPED;
	if (pt_mapped_has(&x->heap->mapped, place))
		return true;
	return !pt_mapped_has(&x->heap->allocator, place) &&
	       (x->area >= s->areas_nr || !(x->skip[x->area] & AREA_ALLOCATOR));
}
