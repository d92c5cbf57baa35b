/* SPDX-License-Identifier: MIT */
/*
 * count_read.c TRACE - the counters in a trace (docs/format.md, "Counters"), summed by a reader of its own.
 *
 * "lost ALLOCS FREES", "total ALLOCS BYTES FREES BYTES REQUESTED REALLOCS THREADS", the same sums over CPUs, then a line for each
 * thread or name, class of sizes, CPU and pool that there is. Exit status 1: classes and CPUs do not agree, or a block
 * makes no sense.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/layout.h"

#define BLOCKS_MAX 4096

static struct pt_count_block *blocks[BLOCKS_MAX];
static unsigned int blocks_nr;
static bool bad;

static void add(struct pt_count *to, const struct pt_count *from)
{
	to->allocs += from->allocs;
	to->alloc_bytes += from->alloc_bytes;
	to->frees += from->frees;
	to->free_bytes += from->free_bytes;
}

static struct pt_count sum_classes(const struct pt_count_block *b)
{
	struct pt_count sum = { 0 };

	for (unsigned int i = 0; i < PT_COUNT_CLASSES; i++)
		add(&sum, &b->classes[i]);
	return sum;
}

/* Blocks whose sizes are known to the byte go to those of their classes, and the present CPU gets what the others leave of all. */
static void settle(struct pt_count_block *b)
{
	struct pt_count all, others = { 0 };
	struct pt_count_cpu *now = NULL;
	const uint32_t cpu = (uint32_t)b->cpu_now;

	for (unsigned int i = 0; i < PT_COUNT_SMALL; i++) {
		const struct pt_count_small *s = &b->small[i];
		const struct pt_count c = { s->allocs, s->allocs * i * 8, s->frees, s->frees * i * 8 };

		add(&b->classes[pt_count_class(i * 8)], &c);
		b->requested_bytes += s->requested_bytes;
	}
	all = sum_classes(b);
	for (unsigned int i = 0; i < PT_COUNT_CPUS && cpu; i++)
		if (b->cpus[i].cpu == (cpu == UINT32_MAX ? UINT64_MAX : cpu))
			now = &b->cpus[i];
		else
			add(&others, &b->cpus[i].count);
	if (!now) {
		bad |= cpu != 0;
		return;
	}
	bad |= others.allocs > all.allocs || others.alloc_bytes > all.alloc_bytes || others.frees > all.frees ||
	       others.free_bytes > all.free_bytes;
	now->count = (struct pt_count){ all.allocs - others.allocs, all.alloc_bytes - others.alloc_bytes,
					all.frees - others.frees, all.free_bytes - others.free_bytes };
}

static struct pt_count sum_cpus(const struct pt_count_block *b)
{
	struct pt_count sum = { 0 };

	for (unsigned int i = 0; i < PT_COUNT_CPUS; i++)
		if (b->cpus[i].cpu)
			add(&sum, &b->cpus[i].count);
	return sum;
}

static void say(const struct pt_count *c, const char *end)
{
	printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "%s", c->allocs, c->alloc_bytes, c->frees, c->free_bytes, end);
}

/* All blocks of the file that hold counts, none twice. */
static void read_blocks(FILE *f, const struct pt_file_header *h)
{
	struct pt_chunk_header ch;
	uint64_t page = PT_HEADER_PAGES;
	bool *held = calloc(1u << 20, 1);

	while (page < h->cursor_pages && !fseek(f, (long)(page * PT_PAGE_BYTES), SEEK_SET) && fread(&ch, sizeof(ch), 1, f)) {
		bool counts = ch.magic == PT_COUNT_MAGIC, chunk = ch.magic == PT_CHUNK_MAGIC || ch.magic == PT_SNAP_MAGIC;

		if (counts && blocks_nr < BLOCKS_MAX) {
			struct pt_count_block *b = aligned_alloc(PT_PAGE_BYTES, sizeof(*b));

			memcpy(b, &ch, sizeof(ch));
			if (fread((char *)b + sizeof(ch), sizeof(*b) - sizeof(ch), 1, f) != 1)
				memset(b, 0, sizeof(*b));
			bad |= b->state < PT_COUNT_LIVE || b->state > PT_COUNT_FREE || ch.pages != PT_COUNT_PAGES;
			for (int i = 0; i < 2; i++)
				if (b->state == PT_COUNT_ENDED)
					held[b->holds[i] % (1u << 20)] = true;
			blocks[blocks_nr++] = b;
		}
		page += counts || chunk ? ch.pages : 1;
	}
	for (unsigned int i = 0; i < blocks_nr; i++) {
		if (held[blocks[i]->header.writer])
			blocks[i]->state = PT_COUNT_FREE;
		if (blocks[i]->state != PT_COUNT_FREE)
			settle(blocks[i]);
	}
	free(held);
}

static void say_totals(void)
{
	struct pt_count classes = { 0 }, cpus = { 0 };
	uint64_t requested = 0, reallocs = 0, threads = 0;

	for (unsigned int i = 0; i < blocks_nr; i++) {
		const struct pt_count_block *b = blocks[i];
		struct pt_count one = sum_classes(b), other = sum_cpus(b);

		if (b->state == PT_COUNT_FREE)
			continue;
		add(&classes, &one);
		add(&cpus, &other);
		requested += b->requested_bytes;
		reallocs += b->reallocs;
		threads += b->threads;
	}
	printf("total");
	say(&classes, "");
	printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 "\ncpus", requested, reallocs, threads);
	say(&cpus, "\n");
	bad |= memcmp(&classes, &cpus, sizeof(cpus)) != 0;
}

static void say_pools(const struct pt_count_block *b)
{
	for (unsigned int i = 0; i < PT_COUNT_POOLS; i++) {
		const struct pt_count_pool *p = &b->pools[i];

		if (p->used == 1)
			printf("pool %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			       p->shard_code, p->gets, p->get_bytes, p->misses, p->puts, p->stocked, p->stocked_bytes, p->drops,
			       p->purges);
	}
}

static void say_lost(const struct pt_file_header *h)
{
	uint64_t allocs = 0, frees = 0;

	for (unsigned int i = 0; i < PT_LOST_SHARDS; i++) {
		for (unsigned int k = 0; k < PT_LOST_NR; k++) {
			allocs += h->lost[i].allocs[k];
			frees += h->lost[i].frees[k];
		}
	}
	printf("lost %" PRIu64 " %" PRIu64 "\n", allocs, frees);
}

/* "thread TID STATE THREADS NAME counts requested", and what it consists of. */
static void say_block(const struct pt_count_block *b)
{
	struct pt_count sum = sum_classes(b);

	printf("thread %u %u %" PRIu64 " %.16s", b->tid, b->state, b->threads, b->name);
	say(&sum, "");
	printf(" %" PRIu64 "\n", b->requested_bytes);
	for (unsigned int i = 0; i < PT_COUNT_CLASSES; i++) {
		if (!b->classes[i].allocs && !b->classes[i].frees)
			continue;
		printf("class %u", i);
		say(&b->classes[i], "\n");
	}
	for (unsigned int i = 0; i < PT_COUNT_CPUS; i++) {
		if (!b->cpus[i].count.allocs && !b->cpus[i].count.frees)
			continue;
		printf("cpu %" PRId64, (int64_t)b->cpus[i].cpu - 1);
		say(&b->cpus[i].count, "\n");
	}
	say_pools(b);
}

int main(int argc, char **argv)
{
	struct pt_file_header h;
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!f || fread(&h, sizeof(h), 1, f) != 1 || memcmp(h.magic, PT_MAGIC, sizeof(h.magic)) != 0) {
		fprintf(stderr, "count_read: no trace\n");
		return 2;
	}
	read_blocks(f, &h);
	say_lost(&h);
	say_totals();
	for (unsigned int i = 0; i < blocks_nr; i++)
		if (blocks[i]->state != PT_COUNT_FREE)
			say_block(blocks[i]);
	return bad;
}
