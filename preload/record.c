/* SPDX-License-Identifier: MIT */
/* record.c - chunks opened and rare records written. See record.h. */
#include "record.h"

#include <string.h>
#include <time.h>

#include "../format/error.h"
#include "local.h"
#include "process.h"
#include "segment.h"
#include "sys.h"

#define CHUNK_PAGES_FULL 64u /* 256 KiB: one burst of system calls per 60,000 events or so */

uint64_t pt_record_mono_ns(void)
{
	struct timespec ts = { 0, 0 };

	/* Not libc's: the program may have one of its own, with locks, and a snapshot's child asks too. */
	pt_sys3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&ts, 0);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

struct pt_file_header *pt_record_file(const struct pt_writer *w)
{
	return *(struct pt_file_header *volatile *)&w->process->file;
}

bool pt_record_stale(const struct pt_writer *w)
{
	return w->opened != w->process->opened;
}

static struct pt_chunk_header *claim(struct pt_writer *w, uint32_t *pages)
{
	if (pt_record_stale(w) || atomic_load_explicit(&pt_quiet, memory_order_relaxed))
		return NULL;
	return w->locals ? pt_ring_take(w, pages) : pt_segment_chunk(w->process, *pages);
}

/* Full, and a new one is there. */
static void leave(struct pt_writer *w, struct pt_chunk_header *ch)
{
	pt_segment_release(ch, ch->pages);
	pt_ring_close(w->process, ch);
}

/* In a ring each chunk says whose it is: what said so before may be gone. */
static int introduce(struct pt_writer *w)
{
	uint64_t fields[3] = { w->serial, w->tid, (uint64_t)__builtin_thread_pointer() };

	pt_local_turn(w);
	if (!w->announced)
		return 0;
	if (pt_record_small(w, PT_EXT_THREAD, w->codec.tick, fields, 3))
		return -PT_ENOSPC;
	return *w->name ? pt_record_large(w, PT_EXT_THREAD_NAME, NULL, 0, "", 0, w->name, strnlen(w->name, sizeof(w->name))) :
			  0;
}

/* Open the writer's next chunk. */
static int turn(struct pt_writer *w)
{
	uint32_t pages = w->next_pages;
	struct pt_chunk_header *ch;

	PT_POINT("turn");
	ch = claim(w, &pages);
	if (!ch) {
		w->pos = w->limit = NULL; /* the chunk's rest is of no use: every event asks, and is counted */
		return -PT_ENOSPC;
	}
	PT_POINT("chunk");
	if (w->chunk && w->chunk != ch)
		leave(w, w->chunk);
	ch->pages = pages;
	ch->writer = w->nr;
	ch->seq = w->seq++;
	ch->thread = w->serial;
	ch->mono_ns = pt_record_mono_ns();
	ch->tsc = __rdtsc();
	ch->base_tick = ch->tsc >> PT_TICK_SHIFT;
	ch->cpu = w->cpu;
	ch->frames = w->stacks.written_nr && !w->locals ? w->stacks.written_nr - 1 : 0;
	ch->stack_epoch = w->locals ? w->seq : w->epoch_written;
	ch->sample_bytes = w->sample_bytes;
	pt_codec_reset(&w->codec, ch->base_tick);
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&ch->magic = PT_CHUNK_MAGIC;
	atomic_signal_fence(memory_order_seq_cst);
	PT_POINT("chunk-made");
	w->chunk = ch;
	w->pos = (uint8_t *)(ch + 1);
	w->limit = (uint8_t *)ch + pages * PT_PAGE_BYTES - PT_RECORD_BYTES_MAX;
	w->next_pages = 2 * pages < CHUNK_PAGES_FULL ? 2 * pages : CHUNK_PAGES_FULL;
	return w->locals ? introduce(w) : 0;
}

int pt_record_room(struct pt_writer *w, size_t bytes)
{
	if (__builtin_expect(w->pos < w->limit && (size_t)(w->limit - w->pos) + PT_RECORD_BYTES_MAX > bytes, 1))
		return 0;
	return turn(w);
}

int pt_record_small(struct pt_writer *w, enum pt_ext ext, uint64_t tick, const uint64_t *fields,
		    unsigned int nr)
{
	uint8_t *p, *start;
	unsigned int i;

	if (pt_record_room(w, PT_RECORD_BYTES_MAX))
		return -PT_ENOSPC;
	p = w->pos;
	start = p + 3;
	p[1] = (uint8_t)ext;
	p = pt_put_time(&w->codec, start, tick);
	for (i = 0; i < nr; i++)
		p = pt_varint_put(p, fields[i]);
	w->pos[2] = (uint8_t)((p - start) << 1 | 1); /* one-byte varint: the payload is below 64 bytes */
	pt_record_commit(w, p, PT_REC_EXT);
	return 0;
}

int pt_record_large(struct pt_writer *w, enum pt_ext ext, const uint64_t *fields, unsigned int nr,
		    const void *lead, size_t lead_bytes, const char *text, size_t text_bytes)
{
	size_t max = PT_EXT_BYTES_MAX - PT_VARINT_BYTES_MAX * (nr + 1) - lead_bytes;
	uint8_t *p, *start;
	uint64_t length;
	unsigned int i;

	if (text_bytes > max) {
		text += text_bytes - max;
		text_bytes = max;
	}
	if (pt_record_room(w, lead_bytes + text_bytes + PT_VARINT_BYTES_MAX * (nr + 1) + 16))
		return -PT_ENOSPC;
	start = w->pos + 4;
	p = pt_put_time(&w->codec, start, pt_tick_now());
	for (i = 0; i < nr; i++)
		p = pt_varint_put(p, fields[i]);
	memcpy(p, lead, lead_bytes);
	memcpy(p + lead_bytes, text, text_bytes);
	p += lead_bytes + text_bytes;
	length = ((uint64_t)(p - start) << 1 | 1) << 1; /* a two-byte varint, whatever the value */
	w->pos[1] = (uint8_t)ext;
	w->pos[2] = (uint8_t)length;
	w->pos[3] = (uint8_t)(length >> 8);
	pt_record_commit(w, p, PT_REC_EXT);
	return 0;
}
