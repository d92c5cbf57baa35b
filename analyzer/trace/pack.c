// SPDX-License-Identifier: MIT
/*
 * pack.c - see pack.h. What is in no chunk is looked for too, and kept where it is not zero: the bytes that come back
 * are those that were there.
 */
#include "pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format/error.h"
#include "pack_group.h"
#include "source.h"

/* Bytes [start, end) of the trace that are accounted for. */
struct span {
	uint64_t start, end;
};

struct packer {
	struct pt_source source;
	struct pt_trace_state state;
	struct pt_file_header page; /* as checked; what is packed is read again */
	struct pt_pack_group group;
	uint8_t *image; /* PT_GROUP_BYTES_MAX */
	struct span *spans;
	size_t spans_nr;
};

static int open_source(struct packer *p, const char *path, bool packed)
{
	int err;

	memset(p, 0, sizeof(*p));
	err = pt_source_open(&p->source, path, &p->page, &p->state);
	if (err) {
		p->source.fd = -1;
		return err;
	}
	if (!p->source.packed == packed)
		return -PT_EINVAL;
	p->image = malloc(PT_GROUP_BYTES_MAX);
	return p->image ? 0 : -PT_ENOMEM;
}

static void close_source(struct packer *p)
{
	int saved = errno;

	pt_pack_group_fini(&p->group);
	pt_source_close(&p->source);
	free(p->image);
	free(p->spans);
	errno = saved;
}

static int compare_spans(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* `image` is what the trace has at `at`. */
typedef int span_fn(struct packer *p, void *arg, uint64_t at, const uint8_t *image, size_t bytes);

static int each_page(struct packer *p, uint64_t at, size_t bytes, span_fn *fn, void *arg)
{
	static const uint8_t zeros[PT_PAGE_BYTES];

	for (size_t done = 0; done < bytes; done += PT_PAGE_BYTES) {
		size_t n = bytes - done < PT_PAGE_BYTES ? bytes - done : PT_PAGE_BYTES;
		int err = memcmp(p->image + done, zeros, n) ? fn(p, arg, at + done, p->image + done, n) : 0;

		if (err)
			return err;
	}
	return 0;
}

/* Every page of [at, end) that is not zero. Holes are skipped where the file system knows them. */
static int each_page_between(struct packer *p, uint64_t at, uint64_t end, span_fn *fn, void *arg)
{
	while (at < end) {
		off_t data = lseek(p->source.fd, (off_t)at, SEEK_DATA);
		size_t bytes;
		int64_t n;
		int err;

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data > (off_t)at)
			at = (uint64_t)data / PT_PAGE_BYTES * PT_PAGE_BYTES > at ?
				     (uint64_t)data / PT_PAGE_BYTES * PT_PAGE_BYTES : at;
		if (at >= end)
			return 0;
		bytes = end - at < PT_GROUP_BYTES_MAX ? (size_t)(end - at) : PT_GROUP_BYTES_MAX;
		n = pt_source_read(&p->source, p->image, bytes, at);
		if (n <= 0)
			return (int)n;
		err = each_page(p, at, (size_t)n, fn, arg);
		if (err)
			return err;
		at += (uint64_t)n;
	}
	return 0;
}

/* Every page that is in no span, is not zero and lies behind the header. */
static int each_page_outside(struct packer *p, span_fn *fn, void *arg)
{
	uint64_t at = PT_PAGE_BYTES;
	int err = 0;

	if (p->spans_nr)
		qsort(p->spans, p->spans_nr, sizeof(*p->spans), compare_spans);
	for (size_t i = 0; !err && i < p->spans_nr; i++) {
		err = each_page_between(p, at, p->spans[i].start, fn, arg);
		at = p->spans[i].end > at ? p->spans[i].end : at;
	}
	return err ? err : each_page_between(p, at, p->state.used_bytes, fn, arg);
}

/* Less than a page of a trace that is cut inside of it. */
static size_t first_page_bytes(const struct packer *p)
{
	return p->state.used_bytes < PT_PAGE_BYTES ? (size_t)p->state.used_bytes : PT_PAGE_BYTES;
}

static int pack_header(struct packer *p)
{
	const size_t last = sizeof(p->page.program) - 1;
	struct pt_packed_header h = { .magic = PT_PACKED_MAGIC, .version = PT_PACKED_VERSION,
				      .file_bytes = p->source.file_bytes, .used_bytes = p->state.used_bytes,
				      .opened_tsc = p->source.opened.tsc, .opened_mono_ns = p->source.opened.mono_ns };
	const size_t bytes = first_page_bytes(p);
	int err;

	/* The page that the chunks were found by: of a live trace the file's may be newer. But the source ended the name,
	 * and filled up a page that was cut. */
	if (pt_source_read(&p->source, p->image, bytes, 0) != (int64_t)bytes)
		return -PT_ECORRUPT;
	if (bytes == sizeof(p->page)) {
		p->page.program[last] = (char)p->image[offsetof(struct pt_file_header, program) + last];
	} else {
		memset(&p->page, 0, sizeof(p->page));
		memcpy(&p->page, p->image, bytes);
	}
	h.page_bytes = (uint32_t)pt_pack_frame(&p->group, &p->page, sizeof(p->page));
	if (!h.page_bytes)
		return -PT_ENOMEM;
	err = pt_pack_write(&p->group, &h, sizeof(h));
	return err ? err : pt_pack_write(&p->group, p->group.packed, h.page_bytes);
}

/* All chunks of a list, which is by writer: like stands beside like. */
static int pack_chunks(struct packer *p, enum pt_group_kind kind, const struct pt_chunk *chunks, size_t nr)
{
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++) {
		const uint64_t at = chunks[i].page * PT_PAGE_BYTES;
		uint64_t bytes = (uint64_t)chunks[i].pages * PT_PAGE_BYTES;
		struct pt_chunk_header h;
		int64_t n;

		if (bytes > p->state.used_bytes - at)
			bytes = p->state.used_bytes - at;
		n = pt_source_read(&p->source, p->image, (size_t)bytes, at);
		if (n != (int64_t)bytes)
			return n < 0 ? (int)n : -PT_ECORRUPT; /* it was cut since we looked */
		memcpy(&h, p->image, sizeof(h));
		if (!h.magic)
			continue; /* a snapshot that was dropped since we looked */
		p->spans[p->spans_nr++] = (struct span){ at, at + bytes };
		err = pt_pack_add(&p->group, kind, chunks[i].page, p->image, (uint32_t)bytes);
	}
	return err;
}

static int pack_page(struct packer *p, void *arg, uint64_t at, const uint8_t *image, size_t bytes)
{
	(void)arg;
	return pt_pack_add(&p->group, PT_GROUP_PAGES, at / PT_PAGE_BYTES, image, (uint32_t)bytes);
}

static int pack_all(struct packer *p)
{
	const struct pt_source *s = &p->source;
	int err = pack_header(p);

	p->spans = malloc((s->chunks_nr + s->snaps_nr + 1) * sizeof(*p->spans));
	if (!p->spans)
		return -PT_ENOMEM;
	if (!err)
		err = pack_chunks(p, PT_GROUP_CHUNKS, s->chunks, s->chunks_nr);
	if (!err)
		err = pack_chunks(p, PT_GROUP_SNAPS, s->snaps, s->snaps_nr);
	if (!err)
		err = each_page_outside(p, pack_page, NULL);
	return err ? err : pt_pack_end(&p->group);
}

static void tell(const struct packer *p, struct pt_packing *result)
{
	*result = (struct pt_packing){ .used_bytes = p->state.used_bytes,
				       .packed_bytes = p->source.packed ? p->state.packed_bytes : p->group.written_bytes,
				       .truncated = p->state.truncated };
}

int pt_pack(const char *path, FILE *out, int level, struct pt_packing *result)
{
	struct packer *p = aligned_alloc(_Alignof(struct packer), sizeof(*p)); /* for the header's cache lines */
	int err;

	if (!p)
		return -PT_ENOMEM;
	err = open_source(p, path, false);
	if (!err)
		err = pt_pack_group_init(&p->group, out, level);
	if (!err)
		err = pack_all(p);
	tell(p, result);
	close_source(p);
	free(p);
	return err;
}

static int write_at(int fd, const uint8_t *bytes, size_t nr, uint64_t at)
{
	while (nr) {
		ssize_t n = pwrite(fd, bytes, nr, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -PT_EIO;
		bytes += n;
		nr -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* `bytes` of the packed trace at `at` into p->image. */
static int load(struct packer *p, uint64_t at, size_t bytes)
{
	int64_t n = pt_source_read(&p->source, p->image, bytes, at);

	return n < 0 ? (int)n : n == (int64_t)bytes ? 0 : -PT_ECORRUPT;
}

static int unpack_all(struct packer *p, int fd)
{
	const struct pt_packed *packed = p->source.packed;
	const size_t page_bytes = first_page_bytes(p);
	struct pt_packed_piece piece;
	int err;

	if (!pt_packed_whole(packed))
		return -PT_ECORRUPT;
	err = load(p, 0, page_bytes);
	if (!err)
		err = write_at(fd, p->image, page_bytes, 0);
	for (size_t i = 0; !err && pt_packed_piece(packed, i, &piece); i++) {
		err = load(p, piece.page * PT_PAGE_BYTES, piece.stored_bytes);
		if (!err)
			err = write_at(fd, p->image, piece.stored_bytes, piece.page * PT_PAGE_BYTES);
	}
	if (!err && ftruncate(fd, (off_t)p->state.used_bytes))
		err = -PT_EIO;
	return err;
}

int pt_unpack(const char *path, int fd, struct pt_packing *result)
{
	struct packer *p = aligned_alloc(_Alignof(struct packer), sizeof(*p));
	int err;

	if (!p)
		return -PT_ENOMEM;
	err = open_source(p, path, true);
	if (!err)
		err = unpack_all(p, fd);
	tell(p, result);
	close_source(p);
	free(p);
	return err;
}

/* A page of the trace that is in no piece of the packed one: it is not zero, so they differ. */
static int differs(struct packer *p, void *arg, uint64_t at, const uint8_t *image, size_t bytes)
{
	(void)p, (void)arg, (void)at, (void)image, (void)bytes;
	return 1;
}

/* What both have at `at`: 0 the same, 1, or negative. */
static int compare(struct packer *trace, struct packer *packed, uint64_t at, size_t bytes)
{
	int err = load(packed, at, bytes);
	int64_t n = err ? err : pt_source_read(&trace->source, trace->image, bytes, at);

	if (n < 0)
		return (int)n;
	return n != (int64_t)bytes || memcmp(trace->image, packed->image, bytes);
}

static int compare_all(struct packer *trace, struct packer *packed)
{
	struct pt_packed_piece piece;
	size_t max = 0;
	int differ;

	if (!pt_packed_whole(packed->source.packed) || trace->state.used_bytes != packed->state.used_bytes)
		return 1;
	differ = compare(trace, packed, 0, first_page_bytes(trace));
	while (pt_packed_piece(packed->source.packed, max, &piece))
		max++;
	trace->spans = malloc((max + 1) * sizeof(*trace->spans));
	if (!trace->spans)
		return -PT_ENOMEM;
	while (!differ && pt_packed_piece(packed->source.packed, trace->spans_nr, &piece)) {
		const uint64_t at = piece.page * PT_PAGE_BYTES;

		differ = compare(trace, packed, at, piece.image_bytes);
		trace->spans[trace->spans_nr++] = (struct span){ at, at + piece.image_bytes };
	}
	return differ ? differ : each_page_outside(trace, differs, NULL);
}

int pt_pack_same(const char *path, const char *packed_path)
{
	struct packer *trace = aligned_alloc(_Alignof(struct packer), sizeof(*trace));
	struct packer *packed = aligned_alloc(_Alignof(struct packer), sizeof(*packed));
	int err = -PT_ENOMEM;

	if (trace && packed) {
		err = open_source(trace, path, false);
		if (!err) {
			err = open_source(packed, packed_path, true);
			if (!err)
				err = compare_all(trace, packed);
			close_source(packed);
		}
		close_source(trace);
	}
	free(trace);
	free(packed);
	return err < 0 ? err : !err;
}
