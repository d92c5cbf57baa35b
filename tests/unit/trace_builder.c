/* SPDX-License-Identifier: MIT */
/* trace_builder.c - see trace_builder.h. Plain and slow on purpose. */
#include "trace_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 2 GHz: a tick of 32 cycles is TB_TICK_NS. */
#define CYCLES_PER_NS 2u
#define START_TSC (1ull << 40)
#define START_MONO_NS 5000000000ull
#define SAMPLE_AFTER_NS 1000000000ull

struct tb_writer {
	uint32_t page; /* of the open chunk's header */
	uint32_t pages, used; /* of the open chunk; bytes used in it */
	uint32_t seq, frames, epoch, cpu;
	uint32_t sample_bytes; /* of its chunks */
	uint64_t serial, last_ns;
	struct pt_codec codec;
};

struct tb_snapshot {
	uint32_t number, seq;
	uint32_t page, pages, used; /* as of a writer; pages = 0: no chunk is open */
	uint64_t edges_nr;
	struct pt_snap_state state;
};

struct tb {
	uint8_t *bytes;
	uint32_t pages, pages_size;
	struct tb_writer *writers;
	uint32_t writers_nr;
	uint32_t counts_nr;
	struct tb_snapshot snap;
};

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "trace_builder: %s\n", what);
	abort();
}

static uint64_t tick(struct tb *b, uint64_t time_ns)
{
	need(time_ns % TB_TICK_NS == 0, "a time that is not a multiple of TB_TICK_NS");
	return (tb_header(b)->start_tsc >> PT_TICK_SHIFT) + time_ns / TB_TICK_NS;
}

static uint32_t add_pages(struct tb *b, uint32_t nr)
{
	if (b->pages + nr > b->pages_size) {
		uint32_t size = 2 * (b->pages + nr);
		uint8_t *bytes = aligned_alloc(PT_PAGE_BYTES, (size_t)size * PT_PAGE_BYTES);

		need(bytes, "no memory");
		if (b->pages)
			memcpy(bytes, b->bytes, (size_t)b->pages * PT_PAGE_BYTES);
		free(b->bytes);
		b->bytes = bytes;
		b->pages_size = size;
	}
	memset(b->bytes + (size_t)b->pages * PT_PAGE_BYTES, 0, (size_t)nr * PT_PAGE_BYTES);
	b->pages += nr;
	return b->pages - nr;
}

struct tb *tb_open(void)
{
	struct tb *b = calloc(1, sizeof(*b));
	struct pt_file_header *h;
	unsigned int i;

	need(b, "no memory");
	add_pages(b, PT_HEADER_PAGES);
	h = tb_header(b);
	memcpy(h->magic, PT_MAGIC, sizeof(h->magic));
	h->version = PT_VERSION;
	h->header_bytes = PT_HEADER_PAGES * PT_PAGE_BYTES;
	h->page_bytes = PT_PAGE_BYTES;
	h->tick_shift = PT_TICK_SHIFT;
	h->limit_pages = 1u << 20;
	for (i = 0; i < sizeof(h->trace_id); i++)
		h->trace_id[i] = (uint8_t)(i + 1);
	h->pid = 100;
	h->ppid = 99;
	h->start_tsc = START_TSC;
	h->start_mono_ns = START_MONO_NS;
	h->start_real_ns = 1700000000000000000ull;
	h->stack_depth = 64;
	strcpy(h->program, "/usr/bin/built");
	return b;
}

void tb_close(struct tb *b)
{
	free(b->bytes);
	free(b->writers);
	free(b);
}

struct pt_file_header *tb_header(struct tb *b)
{
	return (struct pt_file_header *)(void *)b->bytes;
}

void tb_start(struct tb *b, uint64_t tsc, uint64_t mono_ns)
{
	need(!b->writers_nr, "tb_start() after the first writer");
	tb_header(b)->start_tsc = tsc;
	tb_header(b)->start_mono_ns = mono_ns;
}

static struct tb_writer *writer_of(struct tb *b, uint32_t writer)
{
	need(writer && writer <= b->writers_nr, "no such writer");
	return &b->writers[writer - 1];
}

struct pt_chunk_header *tb_chunk(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t pages)
{
	struct tb_writer *w = writer_of(b, writer);
	uint64_t sample_ns = SAMPLE_AFTER_NS + time_ns;
	struct pt_chunk_header *h;

	w->page = add_pages(b, pages);
	w->pages = pages;
	w->used = sizeof(*h);
	h = (struct pt_chunk_header *)(void *)(b->bytes + (size_t)w->page * PT_PAGE_BYTES);
	*h = (struct pt_chunk_header){ .magic = PT_CHUNK_MAGIC, .pages = pages, .writer = writer,
				       .seq = w->seq++, .thread = w->serial, .base_tick = tick(b, time_ns),
				       .tsc = tb_header(b)->start_tsc + sample_ns * CYCLES_PER_NS,
				       .mono_ns = tb_header(b)->start_mono_ns + sample_ns, .cpu = w->cpu,
				       .frames = w->frames, .stack_epoch = w->epoch,
				       .sample_bytes = w->sample_bytes };
	pt_codec_reset(&w->codec, h->base_tick);
	return h;
}

uint32_t tb_writer(struct tb *b, uint64_t time_ns, uint64_t serial, uint32_t cpu)
{
	b->writers = realloc(b->writers, (b->writers_nr + 1) * sizeof(*b->writers));
	need(b->writers, "no memory");
	memset(&b->writers[b->writers_nr], 0, sizeof(*b->writers));
	b->writers[b->writers_nr].serial = serial;
	b->writers[b->writers_nr].cpu = cpu;
	tb_chunk(b, ++b->writers_nr, time_ns, 1);
	return b->writers_nr;
}

void tb_sample(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t sample_bytes)
{
	struct tb_writer *w = writer_of(b, writer);

	w->sample_bytes = sample_bytes;
	tb_chunk(b, writer, time_ns, w->pages);
}

struct pt_count_block *tb_counts(struct tb *b, uint64_t serial, const char *name)
{
	uint32_t page = add_pages(b, PT_COUNT_PAGES);
	struct pt_count_block *c = (struct pt_count_block *)(void *)(b->bytes + (size_t)page * PT_PAGE_BYTES);

	c->header = (struct pt_chunk_header){ .magic = PT_COUNT_MAGIC, .pages = PT_COUNT_PAGES, .writer = ++b->counts_nr,
					      .thread = serial };
	c->state = PT_COUNT_LIVE;
	c->tid = 100 + (uint32_t)serial;
	c->threads = 1;
	strncpy(c->name, name, sizeof(c->name) - 1);
	return c;
}

static struct pt_count *count_of(struct pt_count_block *c, unsigned int cpu)
{
	unsigned int i = 0;

	while (i + 1 < PT_COUNT_CPUS && c->cpus[i].cpu && c->cpus[i].cpu != cpu + 1)
		i++;
	c->cpus[i].cpu = cpu + 1;
	return &c->cpus[i].count;
}

/* A reader is given either of what the recorder may have: to the byte, or by class. */
void tb_count(struct pt_count_block *c, unsigned int cpu, uint64_t usable, uint64_t nr)
{
	struct pt_count *of_cpu = count_of(c, cpu), *of_class = &c->classes[pt_count_class(usable)];

	of_cpu->allocs += nr;
	of_cpu->alloc_bytes += nr * usable;
	if (usable % PT_COUNT_SMALL_STEP == 0 && usable / PT_COUNT_SMALL_STEP < PT_COUNT_SMALL) {
		c->small[usable / PT_COUNT_SMALL_STEP].allocs += nr;
		return;
	}
	of_class->allocs += nr;
	of_class->alloc_bytes += nr * usable;
}

void tb_uncount(struct pt_count_block *c, unsigned int cpu, uint64_t usable, uint64_t nr)
{
	struct pt_count *of_cpu = count_of(c, cpu), *of_class = &c->classes[pt_count_class(usable)];

	of_cpu->frees += nr;
	of_cpu->free_bytes += nr * usable;
	if (usable % PT_COUNT_SMALL_STEP == 0 && usable / PT_COUNT_SMALL_STEP < PT_COUNT_SMALL) {
		c->small[usable / PT_COUNT_SMALL_STEP].frees += nr;
		return;
	}
	of_class->frees += nr;
	of_class->free_bytes += nr * usable;
}

void tb_skip(struct tb *b, uint32_t pages)
{
	add_pages(b, pages);
}

/* Room for one record of at most `bytes`; another chunk when there is none. */
static uint8_t *room(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t bytes)
{
	struct tb_writer *w = writer_of(b, writer);

	need(time_ns >= w->last_ns, "time of a writer runs backwards");
	w->last_ns = time_ns;
	if (w->used + bytes > w->pages * PT_PAGE_BYTES)
		tb_chunk(b, writer, time_ns, w->pages);
	return b->bytes + (size_t)w->page * PT_PAGE_BYTES + w->used;
}

static void commit(struct tb_writer *w, uint8_t *p, uint8_t *end, uint8_t head)
{
	p[0] = head;
	w->used += (uint32_t)(end - p);
}

void tb_alloc_fn(struct tb *b, uint32_t writer, enum pt_fn fn, uint64_t time_ns, uint64_t addr, uint64_t size,
		 uint32_t stack)
{
	uint8_t *p = room(b, writer, time_ns, PT_RECORD_BYTES_MAX), head;
	struct tb_writer *w = writer_of(b, writer);
	uint8_t *end = pt_put_alloc(&w->codec, p, fn, tick(b, time_ns), addr, size, stack, &head);

	commit(w, p, end, head);
}

void tb_free_fn(struct tb *b, uint32_t writer, enum pt_fn fn, uint64_t time_ns, uint64_t addr)
{
	uint8_t *p = room(b, writer, time_ns, PT_RECORD_BYTES_MAX), head;
	struct tb_writer *w = writer_of(b, writer);
	uint8_t *end = pt_put_free(&w->codec, p, fn, tick(b, time_ns), addr, &head);

	commit(w, p, end, head);
}

void tb_alloc(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t addr, uint64_t size, uint32_t stack)
{
	tb_alloc_fn(b, writer, PT_API_MALLOC, time_ns, addr, size, stack);
}

void tb_free(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t addr)
{
	tb_free_fn(b, writer, PT_API_FREE, time_ns, addr);
}

void tb_get(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t pool, uint64_t object, uint64_t size,
	    uint32_t shard, uint32_t stack)
{
	uint8_t *p = room(b, writer, time_ns, PT_RECORD_BYTES_MAX), head;
	struct tb_writer *w = writer_of(b, writer);
	uint8_t *end = pt_put_get(&w->codec, p, tick(b, time_ns), object, size, stack, pool, shard, &head);

	commit(w, p, end, head);
}

void tb_put(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t pool, uint64_t object, uint32_t shard,
	    uint32_t stack)
{
	uint8_t *p = room(b, writer, time_ns, PT_RECORD_BYTES_MAX), head;
	struct tb_writer *w = writer_of(b, writer);
	uint8_t *end = pt_put_put(&w->codec, p, tick(b, time_ns), object, stack, pool, shard, &head);

	commit(w, p, end, head);
}

void tb_ext(struct tb *b, uint32_t writer, enum pt_ext kind, uint64_t time_ns, const uint64_t *numbers, size_t nr,
	    const void *bytes, size_t bytes_nr)
{
	uint8_t payload[PT_EXT_BYTES_MAX + 16], *to = payload, *fields;
	uint8_t *p = room(b, writer, time_ns, PT_EXT_BYTES_MAX + 32);
	struct tb_writer *w = writer_of(b, writer);
	size_t i;

	to = pt_put_time(&w->codec, to, tick(b, time_ns));
	for (i = 0; i < nr; i++)
		to = pt_varint_put(to, numbers[i]);
	need((size_t)(to - payload) + bytes_nr <= PT_EXT_BYTES_MAX, "a record that is too long");
	if (bytes_nr)
		memcpy(to, bytes, bytes_nr);
	to += bytes_nr;
	p[1] = (uint8_t)kind;
	fields = pt_varint_put(p + 2, (uint64_t)(to - payload));
	memcpy(fields, payload, (size_t)(to - payload));
	commit(w, p, fields + (to - payload), PT_REC_EXT);
	if (kind == PT_EXT_STACK_RESET) {
		w->frames = 0;
		w->epoch++;
	}
}

uint32_t tb_frame(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t parent, uint64_t ip)
{
	struct tb_writer *w;
	uint64_t numbers[2] = { parent };

	room(b, writer, time_ns, PT_EXT_BYTES_MAX + 32); /* a new chunk forgets the last ip */
	w = writer_of(b, writer);
	numbers[1] = pt_zigzag(ip - w->codec.ip);
	w->codec.ip = ip;
	tb_ext(b, writer, PT_EXT_FRAME, time_ns, numbers, 2, NULL, 0);
	return ++w->frames;
}

void tb_module(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t start, uint64_t bytes, uint64_t bias,
	       const void *build_id, size_t build_id_bytes, const char *path)
{
	const uint64_t numbers[4] = { start, bytes, bias, build_id_bytes };
	char rest[PT_EXT_BYTES_MAX];
	size_t nr = strlen(path);

	need(build_id_bytes + nr <= sizeof(rest) - 64, "a module that is too long");
	if (build_id_bytes)
		memcpy(rest, build_id, build_id_bytes);
	memcpy(rest + build_id_bytes, path, nr);
	tb_ext(b, writer, PT_EXT_MODULE, time_ns, numbers, 4, rest, build_id_bytes + nr);
}

void tb_text(struct tb *b, uint32_t writer, enum pt_ext kind, uint64_t time_ns, const char *text)
{
	tb_ext(b, writer, kind, time_ns, NULL, 0, text, strlen(text));
}

void tb_snapshot(struct tb *b, uint32_t number)
{
	memset(&b->snap, 0, sizeof(b->snap));
	b->snap.number = number;
	tb_snap_chunk(b, 1);
}

struct pt_chunk_header *tb_snap_chunk(struct tb *b, uint32_t pages)
{
	struct tb_snapshot *s = &b->snap;
	struct pt_chunk_header *h;

	s->page = add_pages(b, pages);
	s->pages = pages;
	s->used = sizeof(*h);
	h = (struct pt_chunk_header *)(void *)(b->bytes + (size_t)s->page * PT_PAGE_BYTES);
	/* Clocks that would disturb every time, should somebody take them. */
	*h = (struct pt_chunk_header){ .magic = PT_SNAP_MAGIC, .pages = pages, .writer = s->number,
				       .seq = s->seq++, .tsc = UINT64_MAX / 2, .mono_ns = 1 };
	pt_snap_reset(&s->state);
	return h;
}

/* Room for one record of at most `bytes`. */
static uint8_t *snap_room(struct tb *b, uint32_t bytes)
{
	struct tb_snapshot *s = &b->snap;

	need(s->pages, "a record of no snapshot");
	if (s->used + bytes > s->pages * PT_PAGE_BYTES)
		tb_snap_chunk(b, s->pages);
	return b->bytes + (size_t)s->page * PT_PAGE_BYTES + s->used;
}

void tb_snap_record(struct tb *b, unsigned int kind, const uint64_t *numbers, size_t nr, const void *bytes,
		    size_t bytes_nr)
{
	uint8_t *start = snap_room(b, (uint32_t)(PT_SNAP_RECORD_BYTES_MAX + bytes_nr)), *p = start;

	*p++ = (uint8_t)(kind << 1);
	for (size_t i = 0; i < nr; i++)
		p = pt_varint_put(p, numbers[i]);
	if (bytes_nr)
		memcpy(p, bytes, bytes_nr);
	b->snap.used += (uint32_t)(p + bytes_nr - start);
}

void tb_snap_region(struct tb *b, uint64_t start, uint64_t bytes, enum pt_snap_region kind)
{
	need(start % PT_PAGE_BYTES == 0 && bytes % PT_PAGE_BYTES == 0, "a region that is not of whole pages");
	TB_SNAP(b, PT_SNAP_REGION, start / PT_PAGE_BYTES, bytes / PT_PAGE_BYTES, kind);
}

void tb_snap_static(struct tb *b, uint64_t start, uint64_t bytes, uint64_t bias, const char *path)
{
	const uint64_t numbers[4] = { start, bytes, bias, strlen(path) };

	tb_snap_record(b, PT_SNAP_STATIC, numbers, 4, path, strlen(path));
}

void tb_snap_thread(struct tb *b, uint32_t tid, uint64_t sp, uint32_t flags)
{
	TB_SNAP(b, PT_SNAP_THREAD, tid, sp, flags);
}

void tb_snap_register(struct tb *b, uint32_t tid, uint32_t number, uint64_t value)
{
	TB_SNAP(b, PT_SNAP_REGISTER, tid, number, value);
}

void tb_snap_edge(struct tb *b, uint64_t place, uint64_t value)
{
	uint8_t *p = snap_room(b, PT_SNAP_RECORD_BYTES_MAX);
	struct tb_snapshot *s = &b->snap;
	uint8_t *end = pt_snap_put_edge(&s->state, p, place, value);

	s->used += (uint32_t)(end - p);
	s->edges_nr++;
}

void tb_snap_end(struct tb *b, uint32_t flags)
{
	struct pt_file_header *h;

	TB_SNAP(b, PT_SNAP_END, b->snap.edges_nr, 1u << 20, 5000000, 70000, flags);
	h = tb_header(b);
	h->snaps_begun = b->snap.number > h->snaps_begun ? b->snap.number : h->snaps_begun;
	h->snaps_done++;
}

const uint8_t *tb_bytes(struct tb *b, size_t *bytes)
{
	tb_header(b)->cursor_pages = b->pages;
	*bytes = (size_t)b->pages * PT_PAGE_BYTES;
	return b->bytes;
}

char *tb_save_bytes(const void *bytes, size_t nr)
{
	const char *dir = getenv("TMPDIR");
	char *path;
	ssize_t n;
	int fd;

	need(asprintf(&path, "%s/pooltrace-test-XXXXXX", dir ? dir : "/tmp") > 0, "no memory");
	fd = mkstemp(path);
	need(fd >= 0, "no temporary file");
	n = write(fd, bytes, nr);
	need(n == (ssize_t)nr && !close(fd), "cannot write a temporary file");
	return path;
}

char *tb_save(struct tb *b)
{
	size_t nr;
	const uint8_t *bytes = tb_bytes(b, &nr);

	return tb_save_bytes(bytes, nr);
}
