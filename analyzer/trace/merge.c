/* SPDX-License-Identifier: MIT */
/*
 * merge.c - merges the writers.
 *
 * Every event of a trace comes through here, so the way of an allocation or a free is short:
 * the writer that is ahead keeps running without a look at the heap until its tick passes the
 * next one's.
 */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

static bool before(const struct pt_merge_entry *a, const struct pt_merge_entry *b)
{
	return a->tick != b->tick ? a->tick < b->tick : a->writer < b->writer;
}

/* Puts `e` in at `at`, where a smaller one was, and lets it sink to its place. */
static void sink(struct pt_merge *m, uint32_t at, struct pt_merge_entry e)
{
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= m->heap_nr)
			break;
		if (child + 1 < m->heap_nr && before(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (!before(&m->heap[child], &e))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = e;
}

int pt_merge_init(struct pt_merge *m, const struct pt_source *s, uint32_t writers_nr)
{
	uint32_t nr = 0;
	size_t i;

	memset(m, 0, sizeof(*m));
	m->writers = calloc(writers_nr ? writers_nr : 1, sizeof(*m->writers));
	m->heap = calloc(writers_nr ? writers_nr : 1, sizeof(*m->heap));
	if (!m->writers || !m->heap)
		return -PT_ENOMEM;
	for (i = 0; i < s->chunks_nr; i++) {
		if (!i || s->chunks[i].writer != s->chunks[i - 1].writer) {
			m->heap[nr] = (struct pt_merge_entry){ .tick = s->chunks[i].base_tick, .writer = nr };
			m->writers[nr++].chunks = i;
		}
		m->writers[nr - 1].chunks_end = i + 1;
	}
	m->heap_nr = nr;
	for (i = nr / 2; i-- > 0;)
		sink(m, (uint32_t)i, m->heap[i]);
	return 0;
}

void pt_merge_fini(struct pt_merge *m, uint32_t writers_nr)
{
	uint32_t i;

	for (i = 0; m->writers && i < writers_nr; i++)
		pt_writer_close(m->writers[i].open);
	free(m->writers);
	free(m->heap);
}

/* The top of the heap becomes the running writer; `e`, if any, goes back in its place. */
static void take_top(struct pt_merge *m, const struct pt_merge_entry *e)
{
	m->running = m->heap[0].writer;
	if (e) {
		sink(m, 0, *e);
	} else {
		struct pt_merge_entry last = m->heap[--m->heap_nr];

		if (m->heap_nr)
			sink(m, 0, last);
	}
	m->limit = m->heap_nr ? m->heap[0].tick : UINT64_MAX;
	m->current = m->writers[m->running].open;
}

/* The running writer is at its end: its memory goes now. */
static void end_running(struct pt_merge *m)
{
	struct pt_merge_writer *w = &m->writers[m->running];

	pt_writer_close(w->open);
	w->open = NULL;
	m->current = NULL;
}

/* The writer on top of the heap runs from here on. Returns it; NULL: there is no memory. */
static struct pt_writer *open_running(struct pt_merge *m, const struct pt_source *s)
{
	struct pt_merge_writer *w = &m->writers[m->running];

	w->open = pt_writer_open(s->chunks + w->chunks, s->chunks + w->chunks_end);
	return w->open;
}

int pt_merge_switch(struct pt_trace *t, int r, struct pt_writer **out)
{
	struct pt_merge *m = &t->priv->merge;
	const struct pt_source *s = &t->priv->source;

	for (;;) {
		struct pt_writer *w = m->current;

		if (r < 0)
			return r;
		if (r && w->rec.tick <= m->limit) {
			*out = w;
			return 1;
		}
		if (w && !r)
			end_running(m);
		if (r) {
			struct pt_merge_entry e = { .tick = w->rec.tick, .writer = m->running };

			take_top(m, &e);
		} else if (m->heap_nr) {
			take_top(m, NULL);
		} else {
			return 0;
		}
		if (m->current) { /* it waited with its record, and no other is earlier */
			*out = m->current;
			return 1;
		}
		m->current = open_running(m, s);
		if (!m->current)
			return -PT_ENOMEM;
		r = pt_writer_next(m->current, s, &t->state);
	}
}
