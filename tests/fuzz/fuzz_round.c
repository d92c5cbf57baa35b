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

/* A stack node as its writer numbers it. */
struct node {
	uint64_t ip;
	uint32_t parent;
};

struct world {
	struct tb *b;
	struct pt_event *want; /* kind, fn, thread = writer, time_ns, addr, size_bytes, stack: node of the writer, pool, shard */
	size_t nr;
	uint64_t now;
	uint64_t addrs[16], sizes[16], stacks[16], pools[16];
	uint32_t frames[WRITERS + 1];
	struct node *nodes[WRITERS + 1]; /* OPERATIONS_MAX + 1 each; [0] unused */
	struct pt_snap_edge *edges;
	size_t edges_nr;
};

static void frame(struct world *w, struct input *in, uint32_t writer)
{
	struct node n = { .parent = byte_of(in) };

	if (n.parent > w->frames[writer])
		n.parent = 0;
	n.ip = 4096 + number_of(in, w->addrs) % (1ull << 47);
	w->frames[writer] = tb_frame(w->b, writer, w->now, n.parent, n.ip);
	w->nodes[writer][w->frames[writer]] = n;
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
	uint64_t place = 4096;

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

/* The same frames outwards: the trace numbers the nodes of all writers together. */
static void expect_stack(const struct world *w, const struct pt_event *want, uint32_t stack, const struct pt_trace *t)
{
	const struct pt_stack_node *frames[32];
	size_t nr = pt_stack_frames(t, stack, frames, 32), i = 0;
	uint32_t id = want->stack;

	for (; id && i < 32; id = w->nodes[want->thread][id].parent, i++) {
		fuzz_promise(i < nr);
		fuzz_promise(frames[i]->ip == w->nodes[want->thread][id].ip);
	}
	fuzz_promise(i == nr);
}

static void expect(const struct world *w, const struct pt_event *want, const struct pt_event *got,
		   const struct pt_trace *t)
{
	fuzz_promise(got->kind == want->kind);
	fuzz_promise(got->time_ns == want->time_ns);
	fuzz_promise(got->addr == want->addr);
	fuzz_promise(got->size_bytes == want->size_bytes);
	expect_stack(w, want, got->stack, t);
	if (want->kind == PT_EV_POOL_GET || want->kind == PT_EV_POOL_PUT) {
		fuzz_promise(got->pool == want->pool);
		fuzz_promise(got->shard == want->shard);
	} else {
		fuzz_promise(got->fn == want->fn);
	}
	fuzz_promise(got->thread < t->threads_nr && t->threads[got->thread].serial == want->thread);
}

static void events_back(const struct world *w, struct pt_trace *t)
{
	struct pt_event got;
	size_t nr = 0;
	int r;

	while ((r = pt_trace_next(t, &got)) > 0) {
		if (got.kind == PT_EV_THREAD_START || got.kind == PT_EV_CPU)
			continue;
		fuzz_promise(nr < w->nr);
		expect(w, &w->want[nr++], &got, t);
	}
	fuzz_promise(!r && nr == w->nr);
	fuzz_promise(!t->state.corrupt_chunks && !t->state.missing_chunks);
}

static void edges_back(const struct world *w, struct pt_trace *t)
{
	struct pt_snap_edge edges[64];
	struct pt_snapshot *s;
	size_t nr = 0;
	int r;

	fuzz_promise(!pt_snapshot_open(&s, t, 1));
	fuzz_promise(s->edges_nr == w->edges_nr);
	while ((r = pt_snapshot_edges(s, edges, 64)) > 0) {
		fuzz_promise(nr + (size_t)r <= w->edges_nr);
		fuzz_promise(!memcmp(edges, &w->edges[nr], (size_t)r * sizeof(*edges)));
		nr += (size_t)r;
	}
	fuzz_promise(!r && nr == w->edges_nr);
	pt_snapshot_close(s);
}

static void build(struct world *w, struct input *in)
{
	size_t operations;

	w->b = tb_open();
	w->want = calloc(OPERATIONS_MAX + 1, sizeof(*w->want));
	w->edges = calloc(OPERATIONS_MAX, sizeof(*w->edges));
	for (uint32_t i = 1; i <= WRITERS; i++) {
		tb_writer(w->b, 0, i, 0);
		w->nodes[i] = calloc(OPERATIONS_MAX + 1, sizeof(*w->nodes[i]));
		if (!w->nodes[i])
			abort();
	}
	if (!w->want || !w->edges)
		abort();
	operations = (size_t)byte_of(in) << 3; /* below OPERATIONS_MAX */
	for (size_t i = 0; i < operations && in->at < in->end; i++)
		operation(w, in);
	snapshot(w, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct world w = { .now = 0 };
	char path[FUZZ_PATH_BYTES];
	struct pt_trace *t;
	const uint8_t *bytes;
	size_t nr;
	int fd;

	build(&w, &in);
	bytes = tb_bytes(w.b, &nr);
	fd = fuzz_file(bytes, nr, path);
	fuzz_promise(!pt_trace_open(&t, path));
	events_back(&w, t);
	edges_back(&w, t);
	pt_trace_close(t);
	close(fd);
	tb_close(w.b);
	for (uint32_t i = 1; i <= WRITERS; i++)
		free(w.nodes[i]);
	free(w.want);
	free(w.edges);
	return 0;
}
