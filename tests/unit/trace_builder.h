/* SPDX-License-Identifier: MIT */
/*
 * trace_builder.h - traces made to order: a small second writer of the format, for tests.
 *
 * Aborts when it runs out of memory or is misused. Times are nanoseconds since the start of the
 * trace, multiples of TB_TICK_NS; what a trace built so says of its clock makes
 * pt_trace_next() give exactly these times back. Writers are numbered from 1 and are opened by
 * tb_writer(); a chunk that is full is followed by another.
 */
#ifndef PT_TRACE_BUILDER_H
#define PT_TRACE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../format/codec.h"
#include "../../format/layout.h"
#include "../../format/snap.h"

#define TB_TICK_NS 16u

struct tb;

/* tb_open() - an empty trace: pid 100, program "/usr/bin/built", cursor after the header page. */
struct tb *tb_open(void);
void tb_close(struct tb *b);

/* The header, to change what a test wants changed; cursor_pages is set by tb_bytes(). */
struct pt_file_header *tb_header(struct tb *b);

/* tb_start() - other clocks at the start of the trace; before the first writer. */
void tb_start(struct tb *b, uint64_t tsc, uint64_t mono_ns);

/* tb_writer() - a new writer; its first chunk opens at `time_ns`. serial 0: no thread yet. */
uint32_t tb_writer(struct tb *b, uint64_t time_ns, uint64_t serial, uint32_t cpu);

/* tb_chunk() - closes the writer's chunk and opens one of `pages`; later ones are as large. The
 * header may be changed through the pointer until the next call. */
struct pt_chunk_header *tb_chunk(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t pages);

/* tb_sample() - a new chunk, and all that follow it, are a sample with that mean distance; 0: no more. */
void tb_sample(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t sample_bytes);

/* tb_counts() - a block of counters, its number the next one: state LIVE, one thread. To be filled in before the next call. */
struct pt_count_block *tb_counts(struct tb *b, uint64_t serial, const char *name);

/* tb_count() - an allocation (nr of them) of `usable` bytes on a CPU; tb_uncount(): a free. */
void tb_count(struct pt_count_block *c, unsigned int cpu, uint64_t usable, uint64_t nr);
void tb_uncount(struct pt_count_block *c, unsigned int cpu, uint64_t usable, uint64_t nr);

/* tb_skip() - pages that are claimed and stay zero. */
void tb_skip(struct tb *b, uint32_t pages);

void tb_alloc(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t addr, uint64_t size, uint32_t stack);
void tb_free(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t addr);

/* The same with another function of the API: realloc's begin is a free, its end an allocation. */
void tb_alloc_fn(struct tb *b, uint32_t writer, enum pt_fn fn, uint64_t time_ns, uint64_t addr, uint64_t size,
		 uint32_t stack);
void tb_free_fn(struct tb *b, uint32_t writer, enum pt_fn fn, uint64_t time_ns, uint64_t addr);

/* The two frequent events of annotated pools; the others are TB_EXT() and tb_ext(). */
void tb_get(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t pool, uint64_t object, uint64_t size,
	    uint32_t shard, uint32_t stack);
void tb_put(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t pool, uint64_t object, uint32_t shard,
	    uint32_t stack);

/* tb_ext() - a PT_REC_EXT with `nr` varints and then `bytes_nr` bytes. */
void tb_ext(struct tb *b, uint32_t writer, enum pt_ext kind, uint64_t time_ns, const uint64_t *numbers, size_t nr,
	    const void *bytes, size_t bytes_nr);
#define TB_EXT(b, writer, kind, time_ns, ...)                                                                  \
	tb_ext(b, writer, kind, time_ns, (const uint64_t[]){ __VA_ARGS__ },                                    \
	       sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t), NULL, 0)

/* tb_frame() - defines the writer's next stack node; returns its number. */
uint32_t tb_frame(struct tb *b, uint32_t writer, uint64_t time_ns, uint32_t parent, uint64_t ip);
void tb_module(struct tb *b, uint32_t writer, uint64_t time_ns, uint64_t start, uint64_t bytes, uint64_t bias,
	       const void *build_id, size_t build_id_bytes, const char *path);
void tb_text(struct tb *b, uint32_t writer, enum pt_ext kind, uint64_t time_ns, const char *text);

/*
 * tb_snapshot() - the chunks of snapshot `number` begin; those of an older one are closed. Its records follow
 * through tb_snap_*(), the last is tb_snap_end(), which says how many edges there were and counts the snapshot
 * as begun and done in the header. The events of its cut are the test's own: TB_EXT(PT_EXT_SNAPSHOT).
 */
void tb_snapshot(struct tb *b, uint32_t number);

/* tb_snap_chunk() - another chunk of `pages` from here on; without it, one page each, when one is full. */
struct pt_chunk_header *tb_snap_chunk(struct tb *b, uint32_t pages);

void tb_snap_region(struct tb *b, uint64_t start, uint64_t bytes, enum pt_snap_region kind);
void tb_snap_static(struct tb *b, uint64_t start, uint64_t bytes, uint64_t bias, const char *path);
void tb_snap_thread(struct tb *b, uint32_t tid, uint64_t sp, uint32_t flags);
void tb_snap_register(struct tb *b, uint32_t tid, uint32_t number, uint64_t value);
void tb_snap_edge(struct tb *b, uint64_t place, uint64_t value); /* above the last one */
void tb_snap_end(struct tb *b, uint32_t flags);

/* tb_snap_record() - any kind with any numbers and then `bytes_nr` bytes, to be hostile. */
void tb_snap_record(struct tb *b, unsigned int kind, const uint64_t *numbers, size_t nr, const void *bytes,
		    size_t bytes_nr);
#define TB_SNAP(b, kind, ...)                                                                                  \
	tb_snap_record(b, kind, (const uint64_t[]){ __VA_ARGS__ },                                             \
		       sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t), NULL, 0)

/* tb_bytes() - the whole file; lives until the next call on `b`. */
const uint8_t *tb_bytes(struct tb *b, size_t *bytes);

/* tb_save() - writes the file to a new temporary path, which it returns; free() it. */
char *tb_save(struct tb *b);

/* tb_save_bytes() - the same for any bytes. */
char *tb_save_bytes(const void *bytes, size_t nr);

#endif
