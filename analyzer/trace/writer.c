/* SPDX-License-Identifier: MIT */
/*
 * writer.c - reads a writer's chunks through a small window and decodes them.
 *
 * A record that does not decode ends its chunk: what follows cannot be found again, because
 * each record is relative to the one before. The next chunk decodes alone.
 */
#include "writer.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "ring.h"

#define WINDOW_BYTES_MIN 4096u
#define WINDOW_BYTES_MAX 65536u
/* A record may be this much later than the start of the writer's next chunk (1.6 s). */
#define TICK_SLACK (1ull << 27)

struct pt_writer *pt_writer_open(const struct pt_chunk *chunks, const struct pt_chunk *end)
{
	struct pt_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->chunks = chunks;
	w->chunks_end = end;
	w->thread = PT_THREAD_NONE;
	return w;
}

void pt_writer_close(struct pt_writer *w)
{
	if (!w)
		return;
	free(w->window);
	free(w->nodes);
	free(w->runs);
	free(w);
}

/* Moves what is left to the front and reads on. The window doubles each time it was full, so it
 * never holds more than twice what the chunk has. */
static int fill_window(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state)
{
	size_t left = (size_t)(w->end - w->at);
	size_t want;
	int64_t n;

	if (w->unread_bytes && w->window_bytes < WINDOW_BYTES_MAX) {
		uint32_t bytes = w->window_bytes ? w->window_bytes * 2 : WINDOW_BYTES_MIN;
		size_t at = w->window ? (size_t)(w->at - w->window) : 0;
		uint8_t *window = realloc(w->window, bytes);

		if (!window)
			return -PT_ENOMEM;
		w->window = window;
		w->window_bytes = bytes;
		w->at = window + at;
	}
	if (left)
		memmove(w->window, w->at, left);
	want = w->window_bytes - left;
	if (want > w->unread_bytes)
		want = (size_t)w->unread_bytes;
	n = want ? pt_source_read(s, w->window + left, want, w->unread_at) : 0;
	if (n < 0)
		return (int)n;
	w->unread_at += (uint64_t)n;
	w->unread_bytes = n < (int64_t)want ? 0 : w->unread_bytes - (uint64_t)n;
	w->at = w->window;
	w->end = w->window + left + (size_t)n;
	if (__builtin_expect(s->ring && pt_ring_overtaken(s, w->chunk), 0)) { /* perhaps before this was read */
		state->missing_chunks++;
		w->end = w->at;
		w->unread_bytes = 0;
		w->dropped = true;
	}
	return 0;
}

static int stack_run_start(struct pt_writer *w, uint32_t first_id)
{
	if (w->runs_nr && w->runs[w->runs_nr - 1].first == w->nodes_nr)
		w->runs_nr--;
	if (w->runs_nr == w->runs_size) {
		size_t size = w->runs_size + w->runs_size / 2 + 1;
		struct pt_stack_run *runs = realloc(w->runs, size * sizeof(*runs));

		if (!runs)
			return -PT_ENOMEM;
		w->runs = runs;
		w->runs_size = size;
	}
	w->runs[w->runs_nr++] = (struct pt_stack_run){ first_id, (uint32_t)w->nodes_nr };
	return 0;
}

void pt_writer_stack_reset(struct pt_writer *w)
{
	w->nodes_nr = 0;
	w->runs_nr = 0;
	w->stack_epoch++;
}

/* The number that the next definition would get, were nothing lost. */
static uint64_t stack_next_id(const struct pt_writer *w)
{
	const struct pt_stack_run *run = w->runs_nr ? &w->runs[w->runs_nr - 1] : NULL;

	return run ? (uint64_t)run->first_id + (w->nodes_nr - run->first) : 1;
}

/*
 * Without a gap before this chunk all definitions and resets were seen, and one reset may stand
 * for several epochs. After a gap the header's word is taken for how many nodes there are by
 * now; those we missed stay unknown.
 */
static int stack_resume(struct pt_writer *w, const struct pt_chunk_header *h)
{
	uint64_t next = (uint64_t)h->frames + 1;
	bool gap = w->lost_before || w->dropped;

	if ((gap && h->stack_epoch != w->stack_epoch) || stack_next_id(w) > next)
		pt_writer_stack_reset(w);
	w->stack_epoch = h->stack_epoch;
	return stack_next_id(w) == next ? 0 : stack_run_start(w, (uint32_t)next);
}

int pt_writer_stack_define(struct pt_writer *w, uint32_t node)
{
	if (!w->runs_nr) {
		int err = stack_run_start(w, 1);

		if (err)
			return err;
	}
	if (w->nodes_nr == w->nodes_size) {
		size_t size = w->nodes_size + w->nodes_size / 4 + 64;
		uint32_t *nodes = realloc(w->nodes, size * sizeof(*nodes));

		if (!nodes)
			return -PT_ENOMEM;
		w->nodes = nodes;
		w->nodes_size = size;
	}
	w->nodes[w->nodes_nr++] = node;
	return 0;
}

uint32_t pt_writer_stack_find(const struct pt_writer *w, uint32_t id)
{
	size_t low = 0, high = w->runs_nr, next;
	const struct pt_stack_run *run;

	/* The last run that starts at or below `id`; runs ascend in both numbers. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (w->runs[middle].first_id <= id)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return 0;
	run = &w->runs[low - 1];
	next = low < w->runs_nr ? w->runs[low].first : w->nodes_nr;
	return id - run->first_id < next - run->first ? w->nodes[run->first + (id - run->first_id)] : 0;
}

/* The next chunk of this writer whose header is what it was when chunks were looked for; NULL when there is none. The others
 * are counted: of a packed trace, where they were not unpacked then. 0, negative. */
static int find_chunk(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state,
		      struct pt_chunk_header *h, const struct pt_chunk **out)
{
	const struct pt_chunk *c = w->chunk ? w->chunk + 1 : w->chunks;
	int64_t n = 0;

	for (; c < w->chunks_end; c++) {
		n = pt_source_read(s, h, sizeof(*h), c->page * PT_PAGE_BYTES);
		if (s->ring && n == (int64_t)sizeof(*h) &&
		    (h->magic != PT_CHUNK_MAGIC || h->writer != c->writer || h->seq != c->seq)) {
			state->missing_chunks++; /* overwritten since we looked */
			continue;
		}
		if (n < (int64_t)sizeof(*h) ? n != -PT_ECORRUPT : h->writer == c->writer && h->seq == c->seq)
			break;
		state->corrupt_chunks++;
		state->corrupt_bytes += (uint64_t)c->pages * PT_PAGE_BYTES;
		state->read_bytes += (uint64_t)c->pages * PT_PAGE_BYTES;
		n = 0;
	}
	/* Fewer bytes than a header: the file was cut since we looked. */
	*out = c < w->chunks_end && n == (int64_t)sizeof(*h) ? c : NULL;
	return n < 0 ? (int)n : 0;
}

/* Goes to the next chunk of this writer. 1, 0 when there is none, negative. */
static int next_chunk(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state)
{
	const struct pt_chunk *c;
	struct pt_chunk_header h;
	int err = find_chunk(w, s, state, &h, &c);

	if (err || !c)
		return err;
	w->lost_before = w->chunk ? c->seq != w->chunk->seq + 1 : c->seq != 0;
	w->chunk = c;
	state->read_bytes += (uint64_t)c->pages * PT_PAGE_BYTES;
	w->chunk_opened = true;
	w->thread_serial = h.thread;
	w->sample_bytes = h.sample_bytes;
	w->cpu = h.cpu < PT_CPU_MAX ? h.cpu : PT_CPU_MAX;
	w->tick_limit = c + 1 < w->chunks_end ? c[1].base_tick + TICK_SLACK : UINT64_MAX >> 1;
	w->past_cut = w->tick_limit > s->cut_tick;
	if (w->past_cut)
		w->tick_limit = s->cut_tick;
	w->unread_at = c->page * PT_PAGE_BYTES + sizeof(h);
	w->unread_bytes = (uint64_t)c->pages * PT_PAGE_BYTES - sizeof(h);
	w->at = w->end = w->window;
	pt_codec_reset(&w->codec, c->base_tick);
	if (stack_resume(w, &h))
		return -PT_ENOMEM;
	w->dropped = false;
	return 1;
}

void pt_writer_drop(struct pt_writer *w, struct pt_trace_state *state)
{
	w->dropped = true;
	state->corrupt_chunks++;
	state->corrupt_bytes += (uint64_t)(w->end - w->at) + w->unread_bytes;
	w->at = w->end;
	w->unread_bytes = 0;
}

/* One record into w->rec: pt_decode()'s answer, or what pt_decode_far() has found out before. */
static int decode(struct pt_writer *w)
{
	int n = w->decoded;

	w->decoded = 0;
	return n ? n : pt_decode(&w->codec, w->at, w->end, &w->rec);
}

int pt_writer_next_slow(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state)
{
	for (;;) {
		int n;

		if (w->end - w->at < (ptrdiff_t)PT_WRITER_FAR_BYTES && w->unread_bytes) {
			n = fill_window(w, s, state);
			if (n == -PT_ECORRUPT) /* of a packed trace */
				pt_writer_drop(w, state);
			else if (n)
				return n;
		}
		n = decode(w);
		if (n > 0 && w->rec.tick <= w->tick_limit) {
			w->at += n;
			/* The writer holds its clock; a damaged one does not. */
			if (w->rec.tick < w->tick_reached)
				w->rec.tick = w->tick_reached;
			w->tick_reached = w->rec.tick;
			return 1;
		}
		if (n > 0 && w->past_cut) {
			state->live = true;
			return 0;
		}
		if (n) /* time that jumps is as wrong as a kind that does not exist */
			pt_writer_drop(w, state);
		n = next_chunk(w, s, state);
		if (n <= 0)
			return n;
	}
}
