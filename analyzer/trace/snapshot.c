/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - reads snapshots: their chunks in order, every record checked.
 *
 * Trusts nothing. Opening reads all chunks once and keeps what is not an edge; the edges, of which
 * there may be hundreds of millions, are only counted then and decoded again as they are asked for.
 * Memory is bounded by the bytes of the records that are kept; a chunk's buffer is 1 MiB at most.
 */
#include "snapshot.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "merge.h"
#include "snap_reader.h"

struct pt_snapshot_private {
	const struct pt_source *source;
	const struct pt_chunk *chunks; /* of this snapshot, by seq; owned by the source */
	uint32_t chunks_nr, next_chunk;
	struct pt_snap_reader reader;
	uint64_t last_place; /* of all edges handed out */
	uint64_t told_nr;
	uint32_t area; /* that last_place is in, or one before it */
	uint32_t areas_max, statics_max, threads_max, registers_max;
	bool ended;
};

/* `array` with room for one more than `nr`; NULL: no memory, the array is as it was. */
static void *grown(void *array, uint32_t nr, uint32_t *max, size_t item_bytes)
{
	uint32_t size;
	void *more;

	if (nr < *max)
		return array;
	if (nr > UINT32_MAX / 2 - 16)
		return NULL;
	size = nr + nr / 2 + 16;
	more = realloc(array, size * item_bytes);
	if (more)
		*max = size;
	return more;
}

static int take_area(struct pt_snapshot *s, const uint64_t *f)
{
	const uint64_t pages_max = UINT64_MAX / PT_PAGE_BYTES; /* so that no end wraps to 0 */
	struct pt_snap_area *areas;

	if (f[0] >= pages_max || !f[1] || f[1] > pages_max - f[0] || f[2] > PT_REGION_OWN)
		return -PT_ECORRUPT;
	if (s->areas_nr && f[0] * PT_PAGE_BYTES < s->areas[s->areas_nr - 1].end)
		return -PT_ECORRUPT;
	areas = grown(s->areas, s->areas_nr, &s->priv->areas_max, sizeof(*areas));
	if (!areas)
		return -PT_ENOMEM;
	s->areas = areas;
	areas[s->areas_nr++] = (struct pt_snap_area){ .start = f[0] * PT_PAGE_BYTES,
						      .end = (f[0] + f[1]) * PT_PAGE_BYTES,
						      .kind = (uint32_t)f[2] };
	return 0;
}

static int take_static(struct pt_snapshot *s, const struct pt_snap_record *rec)
{
	const uint64_t *f = rec->field;
	struct pt_snap_static *statics;
	char *path;

	if (f[1] > UINT64_MAX - f[0] || (s->statics_nr && f[0] < s->statics[s->statics_nr - 1].end))
		return -PT_ECORRUPT;
	statics = grown(s->statics, s->statics_nr, &s->priv->statics_max, sizeof(*statics));
	if (!statics)
		return -PT_ENOMEM;
	s->statics = statics;
	path = strndup(rec->path, f[3]);
	if (!path)
		return -PT_ENOMEM;
	statics[s->statics_nr++] =
		(struct pt_snap_static){ .start = f[0], .end = f[0] + f[1], .bias = f[2], .path = path };
	return 0;
}

static int take_thread(struct pt_snapshot *s, const uint64_t *f)
{
	struct pt_snap_thread *threads;

	if (f[0] > UINT32_MAX || f[2] > UINT32_MAX)
		return -PT_ECORRUPT;
	threads = grown(s->threads, s->threads_nr, &s->priv->threads_max, sizeof(*threads));
	if (!threads)
		return -PT_ENOMEM;
	s->threads = threads;
	threads[s->threads_nr++] =
		(struct pt_snap_thread){ .tid = (uint32_t)f[0], .sp = f[1], .flags = (uint32_t)f[2] };
	return 0;
}

static int take_register(struct pt_snapshot *s, const uint64_t *f)
{
	struct pt_snap_register *registers;

	if (f[0] > UINT32_MAX || f[1] > UINT32_MAX)
		return -PT_ECORRUPT;
	registers = grown(s->registers, s->registers_nr, &s->priv->registers_max, sizeof(*registers));
	if (!registers)
		return -PT_ENOMEM;
	s->registers = registers;
	registers[s->registers_nr++] =
		(struct pt_snap_register){ .tid = (uint32_t)f[0], .number = (uint32_t)f[1], .value = f[2] };
	return 0;
}

static void take_end(struct pt_snapshot *s, const uint64_t *f)
{
	s->edges_nr = f[0];
	s->scanned_bytes = f[1];
	s->child_ns = f[2];
	s->stall_ns = f[3];
	s->registers_asked = f[4] & PT_SNAP_END_REGISTERS;
	s->unknown_threads = f[4] & PT_SNAP_END_UNKNOWN_THREADS;
	s->priv->ended = true;
}

static int take_record(struct pt_snapshot *s, const struct pt_snap_record *rec)
{
	switch (rec->kind) {
	case PT_SNAP_REGION:
		return take_area(s, rec->field);
	case PT_SNAP_STATIC:
		return take_static(s, rec);
	case PT_SNAP_THREAD:
		return take_thread(s, rec->field);
	case PT_SNAP_REGISTER:
		return take_register(s, rec->field);
	case PT_SNAP_END:
		take_end(s, rec->field);
		return 0;
	default: /* PT_SNAP_PLACE */
		return 0;
	}
}

/* All records of the chunk that is loaded; its edges are added to *edges_nr. */
static int take_chunk(struct pt_snapshot *s, uint64_t *edges_nr)
{
	struct pt_snap_reader *r = &s->priv->reader;
	struct pt_snap_record rec;
	int err;

	for (;;) {
		if (s->priv->ended && r->at < r->end && *r->at)
			return -PT_ECORRUPT; /* the end was not the last record */
		if (pt_snap_edge_next(r)) {
			if (!pt_snap_edge_read(r))
				return -PT_ECORRUPT;
			++*edges_nr;
			continue;
		}
		err = pt_snap_record_read(r, &rec);
		if (err <= 0)
			return err;
		err = take_record(s, &rec);
		if (err)
			return err;
	}
}

static int take_all(struct pt_snapshot *s)
{
	struct pt_snapshot_private *priv = s->priv;
	uint64_t edges_nr = 0;
	uint32_t i;
	int err = pt_snap_reader_init(&priv->reader, priv->chunks, priv->chunks_nr);

	for (i = 0; !err && i < priv->chunks_nr; i++) {
		s->stored_bytes += (uint64_t)priv->chunks[i].pages * PT_PAGE_BYTES;
		err = pt_snap_reader_load(&priv->reader, priv->source, &priv->chunks[i]);
		if (!err)
			err = take_chunk(s, &edges_nr);
	}
	if (!err && (!priv->ended || edges_nr != s->edges_nr))
		err = -PT_ECORRUPT;
	priv->reader.at = priv->reader.end = NULL; /* the edges start again */
	return err;
}

int pt_snapshot_open(struct pt_snapshot **out, struct pt_trace *t, uint32_t number)
{
	const struct pt_source *source = &t->priv->source;
	struct pt_snapshot *s;
	size_t first;
	int err = -PT_ENOMEM;

	if (!pt_snapshot_whole(t, number))
		return -PT_EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -PT_ENOMEM;
	s->priv = calloc(1, sizeof(*s->priv));
	if (!s->priv)
		goto fail;
	s->number = number;
	first = pt_snap_first_chunk(source, number);
	s->priv->source = source;
	s->priv->chunks = source->snaps + first;
	s->priv->chunks_nr = (uint32_t)(pt_snap_first_chunk(source, (uint64_t)number + 1) - first);
	err = take_all(s);
	if (err)
		goto fail;
	*out = s;
	return 0;
fail:
	pt_snapshot_close(s);
	return err;
}

void pt_snapshot_close(struct pt_snapshot *s)
{
	uint32_t i;

	if (!s)
		return;
	for (i = 0; i < s->statics_nr; i++)
		free(s->statics[i].path);
	free(s->areas);
	free(s->statics);
	free(s->threads);
	free(s->registers);
	if (s->priv)
		free(s->priv->reader.buffer);
	free(s->priv);
	free(s);
}

/* Is `place` above the last one, and in memory that was looked at? */
static bool place_is_right(const struct pt_snapshot *s, uint64_t place)
{
	struct pt_snapshot_private *priv = s->priv;
	const struct pt_snap_area *a;

	if (place <= priv->last_place)
		return false;
	while (priv->area < s->areas_nr && s->areas[priv->area].end <= place)
		priv->area++;
	if (priv->area == s->areas_nr)
		return false;
	a = &s->areas[priv->area];
	priv->last_place = place;
	return place >= a->start && a->kind <= PT_REGION_SHARED; /* ends are multiples of 8, so all of the word is in */
}

/* The reader has come to what is no edge: goes to the next edge. 1, 0 after the last chunk, negative. */
static int next_edge(struct pt_snapshot_private *priv)
{
	struct pt_snap_record rec;
	int r = 0;

	for (;;) {
		if (pt_snap_edge_next(&priv->reader))
			return 1;
		if (priv->reader.at)
			r = pt_snap_record_read(&priv->reader, &rec);
		if (r < 0)
			return r;
		if (r)
			continue;
		if (priv->next_chunk == priv->chunks_nr)
			return 0;
		r = pt_snap_reader_load(&priv->reader, priv->source, &priv->chunks[priv->next_chunk++]);
		if (r)
			return r;
	}
}

int pt_snapshot_edges(struct pt_snapshot *s, struct pt_snap_edge *out, uint32_t max)
{
	struct pt_snapshot_private *priv = s->priv;
	struct pt_snap_reader *r = &priv->reader;
	uint32_t nr = 0;
	int more;

	max = max < INT_MAX ? max : INT_MAX;
	while (nr < max) {
		if (!pt_snap_edge_next(r)) {
			more = next_edge(priv);
			if (more < 0)
				return more;
			if (!more)
				break;
		}
		/* Not as opening found it, if the file was written to since. */
		if (!pt_snap_edge_read(r) || !place_is_right(s, r->state.place)) {
			r->at = r->end = r->buffer;
			priv->next_chunk = priv->chunks_nr;
			priv->told_nr = UINT64_MAX; /* once wrong, always wrong */
			return -PT_ECORRUPT;
		}
		out[nr++] = (struct pt_snap_edge){ r->state.place, r->state.value };
	}
	if (priv->told_nr == UINT64_MAX)
		return -PT_ECORRUPT;
	priv->told_nr += nr;
	return nr || !max || priv->told_nr == s->edges_nr ? (int)nr : -PT_ECORRUPT;
}
