// SPDX-License-Identifier: MIT
/* packed.c - see packed.h: the header, the groups, and where in them what is. Unpacking is group.c's. */
#include "packed.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "packed_parts.h"
#include "source.h"

/* Unpacked groups that are kept: as many as there are writers and so many more, but not more bytes than the file warrants. */
#define KEPT_MORE 4u
#define KEPT_BYTES (16u << 20)

const struct pt_packed_header *pt_packed_header(const struct pt_packed *p)
{
	return &p->header;
}

/* The trace's header page follows the file's header. */
static int read_page(struct pt_packed *p)
{
	uint8_t frame[2 * PT_PAGE_BYTES];
	const uint32_t bytes = p->header.page_bytes;

	if (!bytes || bytes > sizeof(frame) || bytes > p->file_bytes - sizeof(p->header))
		return -PT_ECORRUPT;
	if (pt_file_read(p->fd, frame, bytes, sizeof(p->header)) != (int64_t)bytes)
		return -PT_ECORRUPT;
	return ZSTD_decompressDCtx(p->zstd, p->page, sizeof(p->page), frame, bytes) == sizeof(p->page) ? 0 :
													 -PT_ECORRUPT;
}

int pt_packed_open(struct pt_packed **out, int fd, uint64_t file_bytes)
{
	struct pt_packed_header h;
	struct pt_packed *p;
	int64_t n = pt_file_read(fd, &h, sizeof(h), 0);
	int err;

	*out = NULL;
	if (n < 0)
		return (int)n;
	if (n < (int64_t)sizeof(h.magic) || memcmp(h.magic, PT_PACKED_MAGIC, sizeof(h.magic)))
		return 0;
	if (n >= 12 && h.version != PT_PACKED_VERSION)
		return -PT_EVERSION;
	if (n < (int64_t)sizeof(h) || h.used_bytes > h.file_bytes || h.file_bytes > INT64_MAX)
		return -PT_ECORRUPT;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -PT_ENOMEM;
	pthread_mutex_init(&p->lock, NULL);
	p->fd = fd;
	p->file_bytes = file_bytes;
	p->header = h;
	p->zstd = ZSTD_createDCtx();
	err = p->zstd ? read_page(p) : -PT_ENOMEM;
	if (err)
		pt_packed_close(p);
	else
		*out = p;
	return err;
}

void pt_packed_close(struct pt_packed *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->groups_nr; i++)
		free(p->groups[i].image);
	pthread_mutex_destroy(&p->lock);
	ZSTD_freeDCtx(p->zstd);
	free(p->groups);
	free(p->places);
	free(p->frame);
	free(p->columns);
	free(p);
}

/* `array` with room for one more than `nr`; NULL: no memory, the array is as it was. */
static void *grown(void *array, size_t nr, size_t *max, size_t item_bytes)
{
	size_t size = nr + nr / 2 + 16;
	void *more;

	if (nr < *max)
		return array;
	more = realloc(array, size * item_bytes);
	if (more)
		*max = size;
	return more;
}

static int add_group(struct pt_packed *p, uint64_t at)
{
	struct pt_packed_group *groups = grown(p->groups, p->groups_nr, &p->groups_max, sizeof(*groups));

	if (!groups)
		return -PT_ENOMEM;
	p->groups = groups;
	groups[p->groups_nr++] = (struct pt_packed_group){ .at = at };
	return 0;
}

/* What entry `e` says, by itself: a chunk is one as in a trace that is not packed. */
static bool makes_sense(const struct pt_packed *p, uint32_t kind, const struct pt_group_entry *e)
{
	const uint64_t used = p->header.used_bytes, at = e->page * PT_PAGE_BYTES;
	const uint32_t magic = kind == PT_GROUP_SNAPS ? PT_SNAP_MAGIC : PT_CHUNK_MAGIC, pages = pt_entry_pages(e);

	if (e->page < PT_HEADER_PAGES || e->page > used / PT_PAGE_BYTES || !e->image_bytes || e->image_bytes > used - at)
		return false;
	if (e->image_bytes % PT_PAGE_BYTES && e->image_bytes != used - at)
		return false; /* only the end of the file cuts a page */
	if (kind == PT_GROUP_PAGES)
		return true;
	return e->head.magic == magic && e->head.writer && e->head.pages <= PT_CHUNK_PAGES_MAX &&
	       (e->head.pages == pages || (e->head.pages > pages && e->image_bytes == used - at)); /* cut by the end */
}

static int add_place(struct pt_packed *p, uint32_t image_at, const struct pt_group_entry *e, uint32_t kind)
{
	struct pt_packed_place *places = grown(p->places, p->places_nr, &p->places_max, sizeof(*places));

	if (!places)
		return -PT_ENOMEM;
	p->places = places;
	places[p->places_nr++] = (struct pt_packed_place){ .page = e->page,
							   .image_bytes = e->image_bytes,
							   .stored_bytes = (uint32_t)pt_entry_stored(kind, e),
							   .group = (p->groups_nr - 1) & (UINT32_MAX >> 1),
							   .loose = kind == PT_GROUP_PAGES,
							   .image_at = image_at };
	return 0;
}

struct taker {
	struct pt_trace_state *state;
	int (*take)(void *arg, uint64_t page, const struct pt_chunk_header *h);
	void *arg;
};

static void lost(struct pt_packed *p, const struct taker *t, uint64_t bytes)
{
	p->whole = false;
	t->state->corrupt_chunks++;
	t->state->corrupt_bytes += bytes;
}

/* The group at `at`, whose header makes sense: its entries. */
static int take_group(struct pt_packed *p, const struct pt_group_header *g, uint64_t at, const struct taker *t)
{
	struct pt_group_directory *d = &p->directory;
	uint32_t image_at = 0;
	int err = add_group(p, at);

	if (!err)
		err = pt_group_directory(p, g, at);
	if (err == -PT_ECORRUPT) {
		lost(p, t, g->unpacked_bytes);
		return 0;
	}
	for (uint32_t i = 0; !err && i < g->entries_nr; i++) {
		const struct pt_group_entry *e = &d->entries[i];

		if (makes_sense(p, g->kind, e)) {
			err = add_place(p, image_at, e, g->kind);
			if (g->kind == PT_GROUP_CHUNKS && e->head.writer > p->writers_nr)
				p->writers_nr = e->head.writer;
			if (!err && g->kind != PT_GROUP_PAGES) {
				d->entries[i].head.pages = pt_entry_pages(e);
				err = t->take(t->arg, e->page, &e->head);
			}
		} else {
			lost(p, t, e->image_bytes);
		}
		image_at += (uint32_t)pt_entry_stored(g->kind, e);
	}
	return err;
}

static int compare_places(const void *left, const void *right)
{
	const struct pt_packed_place *a = left, *b = right;

	if (a->page != b->page)
		return a->page < b->page ? -1 : 1;
	return a->group != b->group ? (a->group < b->group ? -1 : 1) : (a->image_at > b->image_at) - (a->image_at < b->image_at);
}

/* By page. Of two that overlap only the first can be read as a whole; the writer's own checks find the other. */
static void sort_places(struct pt_packed *p, const struct taker *t)
{
	size_t kept = 0;

	if (p->places_nr)
		qsort(p->places, p->places_nr, sizeof(*p->places), compare_places);
	for (size_t i = 0; i < p->places_nr; i++) {
		const struct pt_packed_place *before = kept ? &p->places[kept - 1] : NULL;

		if (before && p->places[i].page * PT_PAGE_BYTES < before->page * PT_PAGE_BYTES + before->image_bytes)
			lost(p, t, p->places[i].image_bytes);
		else
			p->places[kept++] = p->places[i];
	}
	p->places_nr = kept;
}

/* Every writer is read from its own group, and then from the next: one for each, and some. */
static void keep_how_much(struct pt_packed *p)
{
	const uint64_t wanted = ((uint64_t)p->writers_nr + KEPT_MORE) * PT_GROUP_BYTES_MAX;
	const uint64_t most = KEPT_BYTES + 4 * p->file_bytes;

	p->kept_max_bytes = wanted < most ? wanted : most;
}

int pt_packed_chunks(struct pt_packed *p, struct pt_trace_state *state,
		     int (*take)(void *arg, uint64_t page, const struct pt_chunk_header *h), void *arg)
{
	const struct taker t = { state, take, arg };
	uint64_t at = sizeof(p->header) + p->header.page_bytes;
	struct pt_group_header g;
	int err = 0;

	p->whole = true;
	while (!err) {
		int64_t n = pt_file_read(p->fd, &g, sizeof(g), at);

		if (n < 0)
			return (int)n;
		if (n < (int64_t)sizeof(g) || !pt_group_is_one(&g, p->file_bytes - at)) {
			p->whole = false;
			state->truncated = true;
			break;
		}
		if (g.kind == PT_GROUP_END)
			break;
		err = take_group(p, &g, at, &t);
		at += sizeof(g) + g.directory_bytes + g.columns_bytes + g.padding_bytes;
	}
	sort_places(p, &t);
	keep_how_much(p);
	return err;
}

/* The place that holds `page`, or the first one after it; places_nr when there is none. */
static size_t find_place(const struct pt_packed *p, uint64_t page)
{
	size_t low = 0, high = p->places_nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct pt_packed_place *place = &p->places[middle];

		if (place->page + (place->image_bytes + PT_PAGE_BYTES - 1) / PT_PAGE_BYTES <= page)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What one place has of [offset, offset + bytes), or zeros up to the next place. How many bytes, or negative. */
static int64_t read_some(struct pt_packed *p, uint8_t *buffer, size_t bytes, uint64_t offset)
{
	const size_t i = find_place(p, offset / PT_PAGE_BYTES);
	const struct pt_packed_place *place = i < p->places_nr ? &p->places[i] : NULL;
	const uint64_t start = place ? place->page * PT_PAGE_BYTES : UINT64_MAX;
	const struct pt_packed_group *group;
	size_t inside, stored;
	int err;

	if (offset < start) {
		bytes = bytes < start - offset ? bytes : (size_t)(start - offset);
		memset(buffer, 0, bytes);
		return (int64_t)bytes;
	}
	inside = (size_t)(offset - start);
	bytes = bytes < place->image_bytes - inside ? bytes : place->image_bytes - inside;
	stored = inside < place->stored_bytes ? place->stored_bytes - inside : 0;
	stored = stored < bytes ? stored : bytes;
	if (stored) {
		err = pt_group_unpack(p, place->group);
		if (err)
			return err;
		group = &p->groups[place->group];
		if (place->image_at + place->stored_bytes > group->image_bytes)
			return -PT_ECORRUPT; /* not as opening found it: the file was written to since */
		memcpy(buffer, group->image + place->image_at + inside, stored);
	}
	memset(buffer + stored, 0, bytes - stored);
	return (int64_t)bytes;
}

int64_t pt_packed_read(struct pt_packed *p, void *buffer, size_t bytes, uint64_t offset)
{
	const uint64_t used = p->header.used_bytes;
	size_t done = 0;
	int64_t n = 0;

	if (offset >= used)
		return 0;
	bytes = bytes < used - offset ? bytes : (size_t)(used - offset);
	if (offset < PT_PAGE_BYTES) {
		done = bytes < PT_PAGE_BYTES - offset ? bytes : (size_t)(PT_PAGE_BYTES - offset);
		memcpy(buffer, p->page + offset, done);
	}
	pthread_mutex_lock(&p->lock);
	for (; n >= 0 && done < bytes; done += n > 0 ? (size_t)n : 0)
		n = read_some(p, (uint8_t *)buffer + done, bytes - done, offset + done);
	pthread_mutex_unlock(&p->lock);
	return n < 0 ? n : (int64_t)done;
}

bool pt_packed_whole(const struct pt_packed *p)
{
	return p->whole;
}

bool pt_packed_piece(const struct pt_packed *p, size_t i, struct pt_packed_piece *out)
{
	if (i >= p->places_nr)
		return false;
	*out = (struct pt_packed_piece){ p->places[i].page, p->places[i].stored_bytes, p->places[i].image_bytes,
					 p->places[i].loose };
	return true;
}
