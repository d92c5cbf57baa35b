// SPDX-License-Identifier: MIT
/*
 * fuzz_round.c - libFuzzer: any list of operations, written by the recorder's encoders into a trace, read back.
 *
 * The bytes choose the operations and their numbers, so that every kind of record meets every state of the
 * caches. What pt_trace_next() and pt_snapshot_edges() give back must be what went in, in the order of the
 * stamps. trace_builder.h writes with the inline encoders of format/codec.h and format/snap.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/trace/snapshot.h"
#include "../../analyzer/trace/trace.h"
#include "../unit/trace_builder.h"
#include "fuzz.h"

#define OPERATIONS_MAX 4000u
#define WRITERS 3u

struct input {
	const uint8_t *at, *end;
};

static uint8_t byte_of(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* Any number of up to 8 bytes; often one that was there before, or near it. */
static uint64_t number_of(struct input *in, uint64_t remembered[16])
{
	uint8_t how = byte_of(in);
	uint64_t v = remembered[how % 16];

	if (how & 0x80) {
		v = 0;
		for (unsigned int i = 0; i <= (how >> 4 & 7u); i++)
			v = v << 8 | byte_of(in);
	} else if (how & 0x40) {
		v += (uint64_t)(int64_t)(int8_t)byte_of(in) * (how & 0x20 ? 8 : 1);
	}
	remembered[how % 16] = v;
	return v;
}

struct world {
	struct tb *b;
	struct pt_event *want; /* kind, fn, thread = writer, time_ns, addr, size_bytes, stack: node of the writer, pool, shard */
	size_t nr;
	uint64_t now;
	uint64_t addrs[16], sizes[16], stacks[16], pools[16];
	uint32_t frames[WRITERS + 1];
	struct pt_snap_edge *edges;
	size_t edges_nr;
};

static void frame(struct world *w, struct input *in, uint32_t writer)
{
	uint32_t parent = byte_of(in);

	w->frames[writer] = tb_frame(w->b, writer, w->now, parent <= w->frames[writer] ? parent : 0,
				     4096 + number_of(in, w->addrs) % (1ull << 47));
}

static void allocation(struct world *w, struct input *in, uint32_t writer, struct pt_event *ev)
{
	static const enum pt_fn fns[] = { PT_API_MALLOC, PT_API_CALLOC, PT_API_MEMALIGN, PT_API_VALLOC, PT_API_MALLOCX };

	ev->kind = PT_EV_ALLOC;
	ev->fn = fns[byte_of(in) % 5];
	ev->addr = number_of(in, w->addrs) | 1; /* 0 is no address */
	ev->size_bytes = number_of(in, w->sizes);
	ev->stack = (uint32_t)number_of(in, w->stacks) % (w->frames[writer] + 1);
	tb_alloc_fn(w->b, writer, (enum pt_fn)ev->fn, w->now, ev->addr, ev->size_bytes, ev->stack);
}

static void freeing(struct world *w, struct input *in, uint32_t writer, struct pt_event *ev)
{
	static const enum pt_fn fns[] = { PT_API_FREE, PT_API_CFREE, PT_API_FREE_SIZED, PT_API_DALLOCX };

	ev->kind = PT_EV_FREE;
	ev->fn = fns[byte_of(in) % 4];
	ev->addr = number_of(in, w->addrs) | 1;
	tb_free_fn(w->b, writer, (enum pt_fn)ev->fn, w->now, ev->addr);
}

static void pooled(struct world *w, struct input *in, uint32_t writer, struct pt_event *ev, bool get)
{
	ev->kind = get ? PT_EV_POOL_GET : PT_EV_POOL_PUT;
	ev->addr = number_of(in, w->addrs);
	ev->size_bytes = get ? number_of(in, w->sizes) : 0;
	ev->stack = (uint32_t)number_of(in, w->stacks) % (w->frames[writer] + 1);
	ev->pool = number_of(in, w->pools) | 1;
	ev->shard = (uint32_t)number_of(in, w->stacks);
	if (get)
		tb_get(w->b, writer, w->now, ev->pool, ev->addr, ev->size_bytes, (uint32_t)ev->shard, ev->stack);
	else
		tb_put(w->b, writer, w->now, ev->pool, ev->addr, (uint32_t)ev->shard, ev->stack);
}

/* One operation; time goes on a little or much, and stands still within one writer at most. */
static void operation(struct world *w, struct input *in)
{
	uint8_t what = byte_of(in);
	uint32_t writer = 1 + (what >> 4) % WRITERS;
	struct pt_event *ev = &w->want[w->nr];

	memset(ev, 0, sizeof(*ev));
	w->now += TB_TICK_NS * (1 + (what & 0x80 ? number_of(in, w->sizes) % 100000000 : 0));
	ev->time_ns = w->now;
	ev->thread = writer;
	switch (what % 8) {
	case 0:
		frame(w, in, writer);
		return;
	case 1:
	case 2:
		allocation(w, in, writer, ev);
		break;
	case 3:
	case 4:
		freeing(w, in, writer, ev);
		break;
	case 5:
	case 6:
		pooled(w, in, writer, ev, what % 8 == 5);
		break;
	default:
		tb_chunk(w->b, writer, w->now, 1 + byte_of(in) % 3u);
		return;
	}
	w->nr++;
}

/* Words that point, ascending; the bytes that are left over choose them. */
static void snapshot(struct world *w, struct input *in)
{
	uint64_t place = 0;

	tb_snapshot(w->b, 1);
	tb_snap_region(w->b, 4096, 1ull << 46, PT_REGION_ANON);
	while (in->at < in->end && w->edges_nr < OPERATIONS_MAX) {
		place += 8 * (1 + number_of(in, w->addrs) % (1u << 30));
		w->edges[w->edges_nr] = (struct pt_snap_edge){ place, number_of(in, w->addrs) };
		tb_snap_edge(w->b, place, w->edges[w->edges_nr].value);
		w->edges_nr++;
	}
	tb_snap_end(w->b, 0);
}

/* The frame's distance to the writer's first: stacks of the trace are numbered across writers. */
static bool stack_matches(const struct pt_event *want, const struct pt_event *got)
{
	return !want->stack == !got->stack;
}

static void expect(const struct pt_event *want, const struct pt_event *got, const struct pt_trace *t)
{
	bool pool = want->kind == PT_EV_POOL_GET || want->kind == PT_EV_POOL_PUT;

	if (got->kind != want->kind || got->time_ns != want->time_ns || got->addr != want->addr ||
	    got->size_bytes != want->size_bytes || !stack_matches(want, got))
		abort();
	if (pool ? got->pool != want->pool || got->shard != want->shard : got->fn != want->fn)
		abort();
	if (got->thread >= t->threads_nr || t->threads[got->thread].serial != want->thread)
		abort();
}

static void read_back(const struct world *w, struct pt_trace *t)
{
	struct pt_snap_edge edges[64];
	struct pt_snapshot *s;
	struct pt_event got;
	size_t nr = 0;
	int r;

	while ((r = pt_trace_next(t, &got)) > 0) {
		if (got.kind == PT_EV_THREAD_START || got.kind == PT_EV_CPU)
			continue;
		if (nr == w->nr)
			abort();
		expect(&w->want[nr++], &got, t);
	}
	if (r || nr != w->nr || t->state.corrupt_chunks)
		abort();
	if (pt_snapshot_open(&s, t, 1) || s->edges_nr != w->edges_nr)
		abort();
	for (nr = 0; (r = pt_snapshot_edges(s, edges, 64)) > 0; nr += (size_t)r) {
		if (nr + (size_t)r > w->edges_nr || memcmp(edges, &w->edges[nr], (size_t)r * sizeof(*edges)) != 0)
			abort();
	}
	if (r || nr != w->edges_nr)
		abort();
	pt_snapshot_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .b = tb_open(), .want = calloc(OPERATIONS_MAX + 1, sizeof(*w.want)),
			   .edges = calloc(OPERATIONS_MAX, sizeof(*w.edges)) };
	struct input in = { data, data + size };
	char path[FUZZ_PATH_BYTES];
	struct pt_trace *t;
	const uint8_t *bytes;
	size_t operations, nr;
	int fd;

	if (!w.want || !w.edges)
		abort();
	for (uint32_t i = 1; i <= WRITERS; i++)
		tb_writer(w.b, 0, i, 0);
	operations = byte_of(&in) << 4;
	for (size_t i = 0; i < operations && in.at < in.end && w.nr < OPERATIONS_MAX; i++)
		operation(&w, &in);
	snapshot(&w, &in);
	bytes = tb_bytes(w.b, &nr);
	fd = fuzz_file(bytes, nr, path);
	if (pt_trace_open(&t, path))
		abort();
	read_back(&w, t);
	pt_trace_close(t);
	close(fd);
	tb_close(w.b);
	free(w.want);
	free(w.edges);
	return 0;
}
