// SPDX-License-Identifier: MIT
/*
 * live_table.c TRACE - the table of live blocks alone: nanoseconds an event, and memory.
 *
 * What the heap asks of it for each event of a real trace: find the block at an address, make one when there is
 * none, store four numbers in it. Blocks stay when they are freed, for they lie idle. Compared are uthash, one
 * large table with open addressing, and the one that is used: a small table for each 16 KiB of addresses, without and
 * with its lines asked for a group of events ahead. Each in a process of its own, in turn, three times.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#include "../../analyzer/model/index.h"
#include "../../analyzer/trace/trace.h"

#define EVENTS_MAX 20000000u
#define GROUP	   32u

static struct {
	uint64_t addr;
	uint64_t size_bytes; /* 0 = a free */
} *events;
static size_t events_nr;

struct hashed {
	struct pt_block block;
	UT_hash_handle hh;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void touch(struct pt_block *b, size_t i, uint64_t size_bytes)
{
	pt_block_enter(b, size_bytes ? PT_BLOCK_IN_USE : PT_BLOCK_IDLE, i);
	b->thread = (uint32_t)i;
	b->site = (uint32_t)size_bytes;
}

static void by_uthash(void)
{
	struct hashed *all = NULL, *h;

	for (size_t i = 0; i < events_nr; i++) {
		HASH_FIND(hh, all, &events[i].addr, sizeof(uint64_t), h);
		if (!h) {
			h = calloc(1, sizeof(*h));
			if (!h)
				abort();
			h->block.addr = events[i].addr;
			HASH_ADD(hh, all, block.addr, sizeof(uint64_t), h);
		}
		touch(&h->block, i, events[i].size_bytes);
	}
}

static struct pt_block *open_slot(struct pt_block *slots, size_t slots_nr, uint64_t addr)
{
	size_t i = (size_t)(addr * 0x9e3779b97f4a7c15ull >> 20) & (slots_nr - 1);

	while (slots[i].addr && slots[i].addr != addr)
		i = (i + 1) & (slots_nr - 1);
	return &slots[i];
}

static void by_open_addressing(void)
{
	size_t slots_nr = 1024, used_nr = 0;
	struct pt_block *slots = calloc(slots_nr, sizeof(*slots));

	for (size_t i = 0; i < events_nr && slots; i++) {
		struct pt_block *b = open_slot(slots, slots_nr, events[i].addr);

		if (!b->addr && 2 * ++used_nr > slots_nr) {
			struct pt_block *more = calloc(2 * slots_nr, sizeof(*more));

			for (size_t k = 0; k < slots_nr && more; k++)
				if (slots[k].addr)
					*open_slot(more, 2 * slots_nr, slots[k].addr) = slots[k];
			free(slots);
			slots = more;
			slots_nr *= 2;
			if (!slots)
				abort();
			b = open_slot(slots, slots_nr, events[i].addr);
		}
		b->addr = events[i].addr;
		touch(b, i, events[i].size_bytes);
	}
}

static void by_spans(bool ahead)
{
	struct pt_index ix;

	if (pt_index_init(&ix))
		abort();
	for (size_t from = 0; from < events_nr; from += GROUP) {
		size_t end = from + GROUP < events_nr ? from + GROUP : events_nr;

		for (size_t i = end; ahead && i < end + GROUP && i < events_nr; i++)
			pt_index_prefetch_span(&ix, events[i].addr);
		for (size_t i = from; ahead && i < end; i++)
			pt_index_prefetch(&ix, events[i].addr);
		for (size_t i = from; i < end; i++) {
			struct pt_block *b = pt_index_find(&ix, events[i].addr);

			if (!b)
				b = pt_index_add(&ix, events[i].addr, 8);
			if (!b)
				abort();
			touch(b, i, events[i].size_bytes);
		}
	}
}

static void by_spans_only(void)
{
	by_spans(false);
}

static void by_spans_ahead(void)
{
	by_spans(true);
}

static int read_events(const char *path)
{
	struct pt_trace *t;
	struct pt_event ev;

	events = malloc(EVENTS_MAX * sizeof(*events));
	if (!events || pt_trace_open(&t, path))
		return -1;
	while (events_nr < EVENTS_MAX && pt_trace_next(t, &ev) > 0) {
		if (ev.kind > PT_EV_REALLOC_END || !ev.addr)
			continue;
		events[events_nr].addr = ev.addr;
		events[events_nr++].size_bytes =
			ev.kind == PT_EV_FREE || ev.kind == PT_EV_REALLOC_BEGIN ? 0 : ev.size_bytes + 1;
	}
	pt_trace_close(t);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tables[] = { { "uthash", by_uthash },
		       { "open addressing", by_open_addressing },
		       { "spans", by_spans_only },
		       { "spans, asked ahead", by_spans_ahead } };

	if (argc != 2 || read_events(argv[1]))
		return 2;
	printf("%zu events\n", events_nr);
	for (size_t k = 0; k < 3 * sizeof(tables) / sizeof(tables[0]); k++) {
		size_t i = k % (sizeof(tables) / sizeof(tables[0]));
		struct rusage before, after;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (!child) {
			double begin = now_s();

			getrusage(RUSAGE_SELF, &before);
			tables[i].run();
			getrusage(RUSAGE_SELF, &after);
			printf("%-20s %6.1f ns an event  %6.1f MiB\n", tables[i].name,
			       (now_s() - begin) * 1e9 / (double)events_nr,
			       (double)(after.ru_maxrss - before.ru_maxrss) / 1024);
			fflush(stdout);
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) < 0)
			return 1;
	}
	return 0;
}
