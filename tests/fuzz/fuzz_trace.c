/* SPDX-License-Identifier: MIT */
/*
 * fuzz_trace.c - libFuzzer: any bytes, read as a trace to the end: in stamp order, in repaired
 * order, and through heap and passes into a report.
 *
 * Built and run for some seconds by fuzz.sh; for longer:
 *	tests/fuzz/fuzz.sh 3600
 * Without libFuzzer's main (-DSEEDS) it writes the traces to start from into a folder.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../analyzer/cmd/tour.h"
#include "../../analyzer/passes/analyse.h"
#include "../../analyzer/trace/snapshot.h"
#include "../../analyzer/trace/trace.h"

#ifdef SEEDS

#include "../unit/trace_builder.h"

#define X 0x7f0000001000u

static void save(struct tb *b, const char *folder, const char *name)
{
	char path[4096];
	const uint8_t *bytes;
	size_t nr;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	bytes = tb_bytes(b, &nr);
	if (!f || fwrite(bytes, nr, 1, f) != 1 || fclose(f)) {
		perror(path);
		exit(1);
	}
	tb_close(b);
}

static void every_kind(struct tb *b, uint32_t w, uint64_t t)
{
	uint32_t n;

	TB_EXT(b, w, PT_EXT_THREAD, t, w, 4000 + w);
	tb_text(b, w, PT_EXT_THREAD_NAME, t, "worker");
	tb_module(b, w, t, 0x400000, 0x10000, 0x400000, "\1\2\3\4", 4, "/usr/bin/built");
	n = tb_frame(b, w, t, 0, 0x400100);
	n = tb_frame(b, w, t, n, 0x400200);
	tb_alloc(b, w, t + 16, X * w, 100, n);
	tb_alloc_fn(b, w, PT_API_POSIX_MEMALIGN, t + 16, X * w + 128, 100, n);
	tb_free_fn(b, w, PT_API_REALLOC, t + 32, X * w);
	TB_EXT(b, w, PT_EXT_CPU, t + 32, 3);
	tb_alloc_fn(b, w, PT_API_REALLOC, t + 48, X * w + 256, 200, n);
	TB_EXT(b, w, PT_EXT_MMAP, t + 48, X << 8, 1u << 20, n, 0);
	TB_EXT(b, w, PT_EXT_MREMAP, t + 48, X << 8, 1u << 20, X << 9, 2u << 20, n);
	TB_EXT(b, w, PT_EXT_MUNMAP, t + 48, X << 9, 2u << 20);
	TB_EXT(b, w, PT_EXT_GONE, t + 48, X * w, 4096, PT_GONE_PROBE);
	TB_EXT(b, w, PT_EXT_USABLE, t + 48, 100, 104);
	TB_EXT(b, w, PT_EXT_RSS, t + 48, 5000, 4000, 0x555500000000);
	tb_free(b, w, t + 64, X * (w == 1 ? 2 : 1) + 256);
	tb_chunk(b, w, t + 80, 1);
	tb_alloc(b, w, t + 80, X * w, 100, n);
	TB_EXT(b, w, PT_EXT_STACK_RESET, t + 96);
	TB_EXT(b, w, PT_EXT_MODULE_GONE, t + 96, 0x400000, 0x10000);
	tb_text(b, w, PT_EXT_NOTE, t + 96, "a note");
	TB_EXT(b, w, PT_EXT_THREAD_EXIT, t + 112);
}

static void named(struct tb *b, uint32_t w, enum pt_ext kind, uint64_t t, const uint64_t *numbers, size_t nr)
{
	tb_ext(b, w, kind, t, numbers, nr, "a name", 6);
}

/* Two shards, hits, misses, a steal, a purge, every misuse, memory freed under an object. */
static void pool_life(struct tb *b, uint32_t w, uint64_t t)
{
	const uint64_t create[] = { X, 100, 2, 0 }, shard[] = { X, PT_SHARD_CODE(1) }, mark[] = { 0 };
	uint64_t a = X * w, c = X * w + 4096;

	named(b, w, PT_EXT_POOL_CREATE, t, create, 4);
	named(b, w, PT_EXT_SHARD_NAME, t, shard, 2);
	TB_EXT(b, w, PT_EXT_POOL_MISS, t, X, PT_SHARD_CODE(0));
	tb_alloc(b, w, t, a, 100, 0);
	tb_get(b, w, t, X, a, 100, 0, 0);
	tb_get(b, w, t + 16, X, a, 0, 0, 0);
	tb_put(b, w, t + 16, X, a, 0, 0);
	tb_put(b, w, t + 32, X, a, 1, 0);
	tb_get(b, w, t + 32, X, a, 0, 1, 0);
	TB_EXT(b, w, PT_EXT_POOL_RESIZE, t + 48, X, a, c, 5000, 0);
	tb_put(b, w, t + 48, X, c, PT_SHARD_THREAD, 0);
	TB_EXT(b, w, PT_EXT_POOL_STOCK, t + 48, X, a, 64, PT_SHARD_CODE(0), 0);
	TB_EXT(b, w, PT_EXT_POOL_MOVE, t + 48, X, a, PT_SHARD_CODE(9));
	named(b, w, PT_EXT_MARK, t + 48, mark, 1);
	tb_put(b, w, t + 64, X + 8, c, 3, 0);
	TB_EXT(b, w, PT_EXT_PAUSE, t + 64);
	TB_EXT(b, w, PT_EXT_RESUME, t + 80);
	TB_EXT(b, w, PT_EXT_POOL_PURGE, t + 80, X, PT_SHARD_CODE(PT_SHARD_ALL), 0);
	tb_get(b, w, t + 80, X, c, 100, 0, 0);
	TB_EXT(b, w, PT_EXT_POOL_DROP, t + 96, X, c, 0);
	tb_get(b, w, t + 96, X, a, 100, 0, 0);
	tb_free(b, w, t + 96, a);
	TB_EXT(b, w, PT_EXT_POOL_DESTROY, t + 112, X + 8 * (w % 2), 0);
}

/* The events of a cut after `t`, and what was seen at it. */
static void snapshot(struct tb *b, uint32_t w, uint64_t t)
{
	TB_EXT(b, w, PT_EXT_SNAPSHOT, t, 1, PT_SNAP_CALL);
	TB_EXT(b, w, PT_EXT_SNAPSHOT_COPIED, t + 16, 1, 0);
	tb_snapshot(b, 1);
	tb_snap_region(b, 0x400000, 0x2000, PT_REGION_FILE);
	tb_snap_region(b, X & ~0xfffull, 0x4000, PT_REGION_ANON);
	tb_snap_static(b, 0x400000, 0x1800, 0x400000, "/usr/bin/built");
	tb_snap_thread(b, 4001, 0, PT_SNAP_THREAD_CALLER);
	tb_snap_register(b, 4001, 3, X + 128);
	tb_snap_edge(b, 0x400010, X);
	tb_snap_chunk(b, 1);
	tb_snap_edge(b, 0x401010, X + 128);
	tb_snap_edge(b, X, X + 256);
	tb_snap_end(b, PT_SNAP_END_REGISTERS);
}

int main(int argc, char **argv)
{
	struct tb *b = tb_open();

	if (argc != 2)
		return 2;
	save(b, argv[1], "empty");
	b = tb_open();
	every_kind(b, tb_writer(b, 0, 0, 0), 0);
	save(b, argv[1], "one");
	b = tb_open();
	every_kind(b, tb_writer(b, 0, 0, 0), 0);
	tb_skip(b, 1);
	every_kind(b, tb_writer(b, 16, 2, 1), 16);
	save(b, argv[1], "two");
	b = tb_open();
	pool_life(b, tb_writer(b, 0, 0, 0), 0);
	pool_life(b, tb_writer(b, 16, 2, 1), 16);
	save(b, argv[1], "pools");
	b = tb_open();
	every_kind(b, tb_writer(b, 0, 0, 0), 0);
	snapshot(b, 1, 128);
	save(b, argv[1], "snapshot");
	return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t seen; /* so that no field is optimised away */

static int look(void *arg, const struct pt_event *ev)
{
	const struct pt_stack_node *frames[8];
	const struct pt_trace *t = arg;
	size_t i, nr = pt_stack_frames(t, ev->stack, frames, 8);

	for (i = 0; i < nr; i++)
		seen += frames[i]->ip + (frames[i]->module < t->modules_nr ? t->modules[frames[i]->module].bias : 0);
	seen += t->threads[ev->thread].serial + ev->addr;
	if (ev->kind != PT_EV_POOL_RESIZE && ev->kind != PT_EV_THREAD_START && ev->text)
		seen += strlen(ev->text);
	return 0;
}

/* Only the first few: each is read twice. */
static void look_at_snapshots(struct pt_trace *t)
{
	struct pt_snap_edge edges[32];
	struct pt_snapshot *s;
	int nr;

	for (uint32_t i = 1; i <= 4 && i <= pt_snapshots_nr(t); i++) {
		if (pt_snapshot_open(&s, t, i))
			continue;
		for (uint32_t j = 0; j < s->statics_nr; j++)
			seen += strlen(s->statics[j].path);
		while ((nr = pt_snapshot_edges(s, edges, 32)) > 0)
			seen += edges[nr - 1].value;
		pt_snapshot_close(s);
	}
	seen += pt_snapshot_last(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	static struct pt_report report; /* too large for a stack under ASan */
	struct pt_trace *t;
	struct pt_event ev;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!pt_trace_open(&t, path)) {
		while (pt_trace_next(t, &ev) > 0)
			look(t, &ev);
		look_at_snapshots(t);
		pt_trace_close(t);
		if (pt_trace_open(&t, path) || pt_tour(t, look, t, NULL))
			abort(); /* read once, it can be read again */
		pt_trace_close(t);
		if (pt_trace_open(&t, path) || pt_analyse(t, NULL, NULL, NULL, &report))
			abort();
		pt_report_fini(&report);
		pt_trace_close(t);
	}
	close(fd);
	return 0;
}

#endif
