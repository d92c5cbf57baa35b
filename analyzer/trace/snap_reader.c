/* SPDX-License-Identifier: MIT */
/* snap_reader.c - see snap_reader.h; and which snapshots of a trace are whole. */
#include "snap_reader.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "merge.h"
#include "snapshot.h"

#define SNAPSHOTS_MAX 1000000u /* of one trace; a header that says more is damaged */

/* pt_chunk.whole */
enum { NOT_LOOKED_AT, TORN, WHOLE };

size_t pt_snap_first_chunk(const struct pt_source *s, uint64_t number)
{
	size_t low = 0, high = s->snaps_nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->snaps[middle].writer < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int pt_snap_reader_load(struct pt_snap_reader *r, const struct pt_source *s, const struct pt_chunk *c)
{
	const size_t head = sizeof(struct pt_chunk_header);
	int64_t nr = pt_source_read(s, r->buffer, (size_t)c->pages * PT_PAGE_BYTES - head,
				    c->page * PT_PAGE_BYTES + head);

	if (nr < 0)
		return (int)nr;
	r->at = r->buffer;
	r->end = r->buffer + nr;
	pt_snap_reset(&r->state);
	return 0;
}

int pt_snap_reader_init(struct pt_snap_reader *r, const struct pt_chunk *chunks, uint32_t nr)
{
	uint32_t pages = 1, i;

	for (i = 0; i < nr; i++)
		pages = chunks[i].pages > pages ? chunks[i].pages : pages;
	memset(r, 0, sizeof(*r));
	r->buffer = malloc((size_t)pages * PT_PAGE_BYTES);
	return r->buffer ? 0 : -PT_ENOMEM;
}

int pt_snap_record_read(struct pt_snap_reader *r, struct pt_snap_record *out)
{
	static const uint8_t fields_nr[] = { [PT_SNAP_PLACE] = 1,  [PT_SNAP_REGION] = 3,   [PT_SNAP_STATIC] = 4,
					     [PT_SNAP_THREAD] = 3, [PT_SNAP_REGISTER] = 3, [PT_SNAP_END] = 5 };
	const uint8_t *p = r->at;
	unsigned int i;

	if (p == r->end || !*p)
		return 0;
	out->kind = *p++ >> 1;
	if (out->kind > PT_SNAP_END)
		return -PT_ECORRUPT; /* how long it is, nobody knows */
	for (i = 0; i < fields_nr[out->kind]; i++) {
		p = pt_varint_get(p, r->end, &out->field[i]);
		if (!p)
			return -PT_ECORRUPT;
	}
	if (out->kind == PT_SNAP_STATIC) {
		if (out->field[3] > PT_SNAP_PATH_BYTES_MAX || out->field[3] > (uint64_t)(r->end - p))
			return -PT_ECORRUPT;
		out->path = (const char *)p;
		p += out->field[3];
	}
	if (out->kind == PT_SNAP_PLACE) {
		if (out->field[0] > UINT64_MAX / 8)
			return -PT_ECORRUPT;
		r->state.place = out->field[0] * 8;
	}
	r->at = p;
	return 1;
}

/* Does this chunk decode, and is its last record PT_SNAP_END? 1, 0, or negative when it could not be read. */
static int ends_well(const struct pt_source *s, const struct pt_chunk *last)
{
	struct pt_snap_reader reader;
	struct pt_snap_record rec;
	bool ended = false;
	int r = pt_snap_reader_init(&reader, last, 1);

	if (!r)
		r = pt_snap_reader_load(&reader, s, last);
	if (r) {
		free(reader.buffer);
		return r;
	}
	for (;;) {
		if (pt_snap_edge_next(&reader)) {
			r = pt_snap_edge_read(&reader) ? 1 : -PT_ECORRUPT;
			ended = false;
		} else {
			r = pt_snap_record_read(&reader, &rec);
			if (r > 0)
				ended = rec.kind == PT_SNAP_END;
		}
		if (r <= 0)
			break;
	}
	free(reader.buffer);
	return !r && ended;
}

/* Are the chunks of one snapshot, sorted and without doubles, all there? The last one's text is read once. */
static bool is_whole(const struct pt_source *s, size_t first, size_t end)
{
	struct pt_chunk *last;
	int r;

	if (first == end)
		return false;
	last = &s->snaps[end - 1];
	if (last->seq != end - first - 1)
		return false;
	if (last->whole == NOT_LOOKED_AT) {
		r = ends_well(s, last);
		if (r < 0)
			return false; /* next time there may be memory */
		last->whole = r ? WHOLE : TORN;
	}
	return last->whole == WHOLE;
}

uint32_t pt_snapshots_nr(const struct pt_trace *t)
{
	const struct pt_source *s = &t->priv->source;
	uint32_t nr = t->state.snaps_begun;

	if (s->snaps_nr && s->snaps[s->snaps_nr - 1].writer > nr)
		nr = s->snaps[s->snaps_nr - 1].writer;
	return nr < SNAPSHOTS_MAX ? nr : SNAPSHOTS_MAX;
}

bool pt_snapshot_whole(const struct pt_trace *t, uint32_t number)
{
	const struct pt_source *s = &t->priv->source;

	return number && number <= SNAPSHOTS_MAX &&
	       is_whole(s, pt_snap_first_chunk(s, number), pt_snap_first_chunk(s, (uint64_t)number + 1));
}

uint32_t pt_snapshot_last(const struct pt_trace *t)
{
	const struct pt_source *s = &t->priv->source;
	size_t end = s->snaps_nr;

	while (end) {
		uint32_t number = s->snaps[end - 1].writer;
		size_t first = pt_snap_first_chunk(s, number);

		if (number <= SNAPSHOTS_MAX && is_whole(s, first, end))
			return number;
		end = first;
	}
	return 0;
}
