/* SPDX-License-Identifier: MIT */
/*
 * source.c - opens a trace, checks its header and finds its chunks.
 *
 * Trusts nothing. Work is bounded by the blocks that the file really has: holes are skipped by
 * lseek(SEEK_DATA), and where the file system does not know holes by PAGES_SLACK. Memory: 32
 * bytes a chunk. A packed trace is read through packed.c and looks the same from here on.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../format/error.h"
#include "clock.h"
#include "counts.h"
#include "ring.h"

/* Pages without a chunk that we look at beyond the file's allocated blocks (4 GiB). */
#define PAGES_SLACK (1u << 20)

int64_t pt_file_read(int fd, void *buffer, size_t bytes, uint64_t offset)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pread(fd, (char *)buffer + done, bytes - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -PT_EIO;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

int64_t pt_source_read(const struct pt_source *s, void *buffer, size_t bytes, uint64_t offset)
{
	return s->packed ? pt_packed_read(s->packed, buffer, bytes, offset) : pt_file_read(s->fd, buffer, bytes, offset);
}

/* Of a file that ends inside its header: whole words only, for a number that was cut does not look like one. What
 * tells how to read the rest is as in every trace; there is no rest. */
static void fill_cut_header(struct pt_file_header *h, size_t bytes)
{
	bytes &= ~(size_t)7;
	memset((char *)h + bytes, 0, sizeof(*h) - bytes);
	if (bytes <= offsetof(struct pt_file_header, version)) {
		h->version = PT_VERSION;
		h->header_bytes = PT_HEADER_PAGES * PT_PAGE_BYTES;
	}
	if (bytes <= offsetof(struct pt_file_header, page_bytes)) {
		h->page_bytes = PT_PAGE_BYTES;
		h->tick_shift = PT_TICK_SHIFT;
	}
	if (bytes <= offsetof(struct pt_file_header, cursor_pages))
		h->cursor_pages = PT_HEADER_PAGES;
}

/* A file that ends before its version is "not a trace" or "damaged", after it a trace without an event. */
static int read_header(struct pt_source *s, struct pt_file_header *h)
{
	int64_t n;

	memset(h, 0, sizeof(*h));
	n = pt_source_read(s, h, sizeof(*h), 0);
	if (n < 0)
		return (int)n;
	if (n < (int64_t)sizeof(h->magic) || memcmp(h->magic, PT_MAGIC, sizeof(h->magic)))
		return -PT_ENOTTRACE;
	if (n < (int64_t)offsetof(struct pt_file_header, header_bytes))
		return -PT_ECORRUPT;
	if (h->version != PT_VERSION)
		return -PT_EVERSION;
	if (n < (int64_t)sizeof(*h))
		fill_cut_header(h, (size_t)n);
	if (h->header_bytes != PT_HEADER_PAGES * PT_PAGE_BYTES || h->page_bytes != PT_PAGE_BYTES || h->tick_shift > 16 ||
	    h->cursor_pages < PT_HEADER_PAGES)
		return -PT_ECORRUPT;
	h->program[sizeof(h->program) - 1] = '\0';
	return 0;
}

static int append_chunk(struct pt_chunk **chunks, size_t *nr, size_t *max, uint64_t page,
			const struct pt_chunk_header *h)
{
	if (*nr == *max) {
		size_t size = *max + *max / 2 + 64;
		struct pt_chunk *more = realloc(*chunks, size * sizeof(*more));

		if (!more)
			return -PT_ENOMEM;
		*chunks = more;
		*max = size;
	}
	(*chunks)[(*nr)++] = (struct pt_chunk){ .page = page, .base_tick = h->base_tick, .pages = h->pages,
						.writer = h->writer, .seq = h->seq, .sample_bytes = h->sample_bytes,
						.clock = { h->tsc, h->mono_ns } };
	return 0;
}

static int add_chunk(void *arg, uint64_t page, const struct pt_chunk_header *h)
{
	struct pt_source *s = arg;

	if (h->magic == PT_SNAP_MAGIC) /* its clocks are of another process, and nothing rests on them */
		return append_chunk(&s->snaps, &s->snaps_nr, &s->snaps_size, page, h);
	if (h->magic == PT_COUNT_MAGIC)
		return append_chunk(&s->counts, &s->counts_nr, &s->counts_size, page, h);
	return append_chunk(&s->chunks, &s->chunks_nr, &s->chunks_size, page, h);
}

/* The first page at or after `page` that may hold something; end_page when there is none. */
static uint64_t skip_hole(const struct pt_source *s, uint64_t page)
{
	off_t at = lseek(s->fd, (off_t)(page * PT_PAGE_BYTES), SEEK_DATA);

	if (at < 0)
		return errno == ENXIO ? s->end_page : page;
	return (uint64_t)at / PT_PAGE_BYTES > page ? (uint64_t)at / PT_PAGE_BYTES : page;
}

/* What a page begins with, by itself: a chunk, or a block of counters. */
static bool opens_chunk(const struct pt_chunk_header *h)
{
	if (h->magic == PT_COUNT_MAGIC)
		return pt_counts_open(h);
	return (h->magic == PT_CHUNK_MAGIC || h->magic == PT_SNAP_MAGIC) && h->pages && h->pages <= PT_CHUNK_PAGES_MAX &&
	       h->writer;
}

/* Walks the pages. `allocated_bytes` bounds how many pages without a chunk are looked at. */
static int find_chunks(struct pt_source *s, uint64_t allocated_bytes, struct pt_trace_state *state)
{
	uint64_t patience = allocated_bytes / PT_PAGE_BYTES + PAGES_SLACK;
	uint64_t page = PT_HEADER_PAGES;

	while (page < s->end_page && patience) {
		struct pt_chunk_header h;
		int64_t n = pt_source_read(s, &h, sizeof(h), page * PT_PAGE_BYTES);
		int err;

		if (n < 0)
			return (int)n;
		if (n == sizeof(h) && opens_chunk(&h) && (h.pages <= s->end_page - page || state->truncated)) {
			if (h.pages > s->end_page - page) /* the file is cut inside of it: what is there counts */
				h.pages = (uint32_t)(s->end_page - page);
			err = add_chunk(s, page, &h);
			if (err)
				return err;
			page += h.pages;
			continue;
		}
		state->unopened_pages++;
		patience--;
		page++;
		if (page < s->end_page && n == sizeof(h) && !h.magic) {
			uint64_t next = skip_hole(s, page);

			next = next < s->end_page ? next : s->end_page;
			state->unopened_pages += next - page;
			page = next;
		}
	}
	if (page < s->end_page)
		state->unopened_pages += s->end_page - page;
	return 0;
}

/* The same of a packed trace, which says where they are. */
static int list_chunks(struct pt_source *s, struct pt_trace_state *state)
{
	uint64_t unopened = s->end_page - PT_HEADER_PAGES;
	int err = pt_packed_chunks(s->packed, state, add_chunk, s);
	size_t i;

	if (!err)
		err = pt_counts_list(s, add_chunk);
	for (i = 0; i < s->chunks_nr; i++)
		unopened -= s->chunks[i].pages < unopened ? s->chunks[i].pages : unopened;
	for (i = 0; i < s->snaps_nr; i++)
		unopened -= s->snaps[i].pages < unopened ? s->snaps[i].pages : unopened;
	for (i = 0; i < s->counts_nr; i++)
		unopened -= s->counts[i].pages < unopened ? s->counts[i].pages : unopened;
	state->unopened_pages = unopened;
	return err;
}

static int compare_chunks(const void *left, const void *right)
{
	const struct pt_chunk *a = left, *b = right;

	if (a->writer != b->writer)
		return a->writer < b->writer ? -1 : 1;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return a->page < b->page ? -1 : a->page > b->page;
}

/* Sorts them and drops the second of two with one number. Returns how many are left. */
static size_t sort_unique(struct pt_chunk *chunks, size_t nr, struct pt_trace_state *state)
{
	size_t i, kept = 0;

	if (nr)
		qsort(chunks, nr, sizeof(*chunks), compare_chunks);
	for (i = 0; i < nr; i++) {
		const struct pt_chunk *c = &chunks[i], *before = kept ? &chunks[kept - 1] : NULL;

		if (before && before->writer == c->writer && before->seq == c->seq) {
			state->corrupt_chunks++;
			state->corrupt_bytes += (uint64_t)c->pages * PT_PAGE_BYTES;
			continue;
		}
		chunks[kept++] = *c;
	}
	return kept;
}

/* Only of chunks that are kept: a packed trace has no others, and tells the same times. */
static void take_facts(struct pt_source *s, const struct pt_chunk *c, struct pt_trace_state *state)
{
	state->sampled_chunks += c->sample_bytes != 0;
	if (c->sample_bytes && c->base_tick >= s->sampled_tick) {
		s->sampled_tick = c->base_tick;
		state->sample_bytes = c->sample_bytes;
	}
	if (c->clock.tsc > s->latest.tsc)
		s->latest = c->clock;
}

/* Puts all lists in order; counts gaps and writers. */
static void sort_chunks(struct pt_source *s, struct pt_trace_state *state)
{
	size_t i;

	s->chunks_nr = sort_unique(s->chunks, s->chunks_nr, state);
	s->snaps_nr = sort_unique(s->snaps, s->snaps_nr, state);
	for (i = 0; i < s->chunks_nr; i++) {
		const struct pt_chunk *c = &s->chunks[i], *before = i ? c - 1 : NULL;
		bool same = before && before->writer == c->writer;

		state->writers_nr += !same;
		state->missing_chunks += same ? c->seq - before->seq - 1 : c->seq;
		take_facts(s, c, state);
	}
	/* Those that a ring dropped are gaps too. */
	state->missing_chunks -= state->missing_chunks < state->ring.chunks ? state->missing_chunks : state->ring.chunks;
	for (i = 0; i < s->snaps_nr; i++)
		s->snaps_bytes += (uint64_t)s->snaps[i].pages * PT_PAGE_BYTES;
	pt_counts_sort(s, state);
	state->chunks_nr = s->chunks_nr;
	state->snaps_bytes = s->snaps_bytes;
}

/* The header's newest pair of readings may be later than any chunk's. */
static void take_clock(struct pt_source *s, const struct pt_file_header *h)
{
	const struct pt_clock_pair *pair = &h->clocks[(h->clocks_nr - 1) % 2];

	if (h->clocks_nr && pair->tsc > s->latest.tsc)
		s->latest = (struct pt_clock_sample){ pair->tsc, pair->mono_ns };
}

static void sum_losses(const struct pt_file_header *h, struct pt_trace_state *state)
{
	unsigned int i, cause;

	for (i = 0; i < PT_LOST_SHARDS; i++) {
		for (cause = 0; cause < PT_LOST_NR; cause++) {
			state->lost_allocs[cause] += h->lost[i].allocs[cause];
			state->lost_frees[cause] += h->lost[i].frees[cause];
		}
	}
	for (cause = 0; cause < PT_LOST_NR; cause++) {
		state->lost_others[cause] = h->lost_others[cause];
		state->lost_pools[cause] = h->lost_pools[cause];
	}
	state->stopped = h->stopped;
	state->snaps_begun = h->snaps_begun;
	state->snaps_done = h->snaps_done;
	memcpy(state->snaps_lost, h->snaps_lost, sizeof(state->snaps_lost));
}

/* What the cursor claims, cut by the limit (claims beyond it failed) and by the file's length. */
static void find_end(struct pt_source *s, const struct pt_file_header *h, struct pt_trace_state *state)
{
	uint64_t claimed = h->cursor_pages;
	uint64_t in_file = s->file_bytes / PT_PAGE_BYTES + (s->file_bytes % PT_PAGE_BYTES != 0);

	if (h->limit_pages && claimed > h->limit_pages)
		claimed = h->limit_pages;
	state->truncated = claimed > s->file_bytes / PT_PAGE_BYTES;
	s->end_page = claimed < in_file ? claimed : in_file;
	state->file_bytes = s->file_bytes;
	state->used_bytes = s->end_page * PT_PAGE_BYTES;
	if (state->used_bytes > s->file_bytes)
		state->used_bytes = s->file_bytes;
}

int pt_source_open(struct pt_source *s, const char *path, struct pt_file_header *header,
		   struct pt_trace_state *state)
{
	struct stat st;
	int err = -PT_EIO, saved;

	memset(s, 0, sizeof(*s));
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s->fd < 0 || fstat(s->fd, &st))
		goto fail;
	errno = EISDIR;
	if (S_ISDIR(st.st_mode))
		goto fail;
	err = -PT_ENOTTRACE;
	if (!S_ISREG(st.st_mode))
		goto fail;
	s->file_bytes = (uint64_t)st.st_size;
	s->cut_tick = UINT64_MAX;
	pt_clock_now(&s->opened);
	err = pt_packed_open(&s->packed, s->fd, s->file_bytes);
	if (err)
		goto fail;
	if (s->packed) {
		state->packed_bytes = s->file_bytes;
		s->file_bytes = pt_packed_header(s->packed)->file_bytes;
		s->opened = (struct pt_clock_sample){ pt_packed_header(s->packed)->opened_tsc,
						      pt_packed_header(s->packed)->opened_mono_ns };
	}
	err = read_header(s, header);
	if (err)
		goto fail;
	sum_losses(header, state);
	take_clock(s, header);
	find_end(s, header, state);
	err = s->packed ? list_chunks(s, state) : find_chunks(s, (uint64_t)st.st_blocks * 512, state);
	if (!err)
		err = pt_ring_read(s, header, state);
	if (err)
		goto fail;
	state->returned_pages = header->snaps_returned_pages < state->unopened_pages ? header->snaps_returned_pages :
										       state->unopened_pages;
	state->unopened_pages -= state->returned_pages;
	sort_chunks(s, state);
	return 0;
fail:
	saved = errno;
	pt_source_close(s);
	errno = saved;
	return err;
}

void pt_source_close(struct pt_source *s)
{
	pt_packed_close(s->packed);
	s->packed = NULL;
	if (s->fd >= 0)
		close(s->fd);
	free(s->chunks);
	free(s->snaps);
	free(s->counts);
	s->chunks = s->snaps = s->counts = NULL;
	s->chunks_nr = s->chunks_size = s->snaps_nr = s->snaps_size = s->counts_nr = s->counts_size = 0;
	s->fd = -1;
}
