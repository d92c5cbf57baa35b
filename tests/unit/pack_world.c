/* SPDX-License-Identifier: MIT */
/* pack_world.c - see pack_world.h. */
#include "pack_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../analyzer/trace/pack.h"
#include "../../analyzer/trace/snapshot.h"

uint8_t *pw_bytes(const char *path, size_t *nr)
{
	FILE *f = fopen(path, "r");
	uint8_t *bytes;
	long end;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	end = ftell(f);
	rewind(f);
	bytes = malloc((size_t)end + 1);
	assert_int_equal(fread(bytes, 1, (size_t)end, f), end);
	fclose(f);
	*nr = (size_t)end;
	return bytes;
}

char *pw_pack(const char *path, int level)
{
	struct pt_packing done;
	char *to = tb_save_bytes("", 0);
	FILE *out = fopen(to, "w");
	size_t nr;

	assert_non_null(out);
	assert_int_equal(pt_pack(path, out, level, &done), 0);
	assert_int_equal(fclose(out), 0);
	free(pw_bytes(to, &nr));
	assert_int_equal(done.packed_bytes, nr);
	return to;
}

int pw_unpack(const char *path, char **to)
{
	struct pt_packing done;
	FILE *out;
	int err;

	*to = tb_save_bytes("", 0);
	out = fopen(*to, "r+");
	err = pt_unpack(path, fileno(out), &done);
	fclose(out);
	return err;
}

void pw_forget(char *path)
{
	unlink(path);
	free(path);
}

int pw_snapshots_read;

int64_t pw_digest(const char *path, struct pt_trace_state *st)
{
	struct pt_snap_edge edges[64];
	struct pt_snapshot *s;
	struct pt_trace *t;
	struct pt_event ev;
	uint64_t sum = 1;
	int nr;

	pw_snapshots_read = 0;
	if (pt_trace_open(&t, path))
		return -1;
	while ((nr = pt_trace_next(t, &ev)) > 0) {
		bool text = ev.kind != PT_EV_POOL_RESIZE && ev.kind != PT_EV_THREAD_START && ev.text;

		for (const char *c = text ? ev.text : ""; *c; c++)
			sum = sum * 31 + (uint8_t)*c;
		if (text)
			ev.text = NULL;
		for (size_t i = 0; i < sizeof(ev) / sizeof(uint64_t); i++)
			sum = sum * 31 + ((uint64_t *)&ev)[i];
	}
	assert_int_equal(nr, 0);
	for (uint32_t i = 1; i <= pt_snapshots_nr(t) && i < 9; i++) {
		if (pt_snapshot_open(&s, t, i))
			continue;
		while ((nr = pt_snapshot_edges(s, edges, 64)) > 0)
			for (int j = 0; j < nr; j++)
				sum = sum * 31 + edges[j].place + edges[j].value;
		pw_snapshots_read++;
		pt_snapshot_close(s);
	}
	*st = t->state;
	pt_trace_close(t);
	return (int64_t)(sum >> 1);
}

struct tb *pw_everything(void)
{
	struct tb *b = tb_open();

	for (uint32_t w = 1; w <= 2; w++) {
		uint32_t node, k = tb_writer(b, 16 * w, w, w);
		uint64_t t = 64;

		tb_chunk(b, k, t, 3);
		tb_text(b, k, PT_EXT_THREAD_NAME, t, "worker");
		tb_module(b, k, t, 0x400000, 0x10000, 0x400000, "\1\2\3\4", 4, "/usr/bin/built");
		node = tb_frame(b, k, t, tb_frame(b, k, t, 0, 0x400100), 0x400200);
		for (uint64_t i = 0; i < 3000; i++, t += i % 7 ? 16 : 1600) {
			tb_alloc(b, k, t, X * w + i * i * 16, i % 90 * 13, i % 3 ? node : node - 1);
			tb_get(b, k, t, X, X * w + i * 64, i % 50 ? 0 : i, i % 5 ? 1 : PT_SHARD_THREAD, node);
			tb_free_fn(b, k, i % 11 ? PT_API_FREE : PT_API_FREE_SIZED, t, X * w + i * i * 16);
			tb_put(b, k, t, X, X * w + i * 64, 1, i % 2 ? node : 0);
			tb_alloc_fn(b, k, PT_API_POSIX_MEMALIGN, t, (X << 20) + i, 1ull << (i % 60), 0);
			TB_EXT(b, k, PT_EXT_CPU, t, i % 4);
		}
		tb_skip(b, w);
	}
	TB_EXT(b, 1, PT_EXT_SNAPSHOT, 1u << 30, 1, PT_SNAP_CALL);
	tb_snapshot(b, 1);
	tb_snap_region(b, X & ~0xfffull, 0x4000000, PT_REGION_ANON);
	for (uint64_t i = 0; i < 5000; i++)
		tb_snap_edge(b, X + 8 * i, X + 64 * (i % 100));
	tb_snap_end(b, 0);
	return b;
}

struct pw_packed pw_open(struct tb *b)
{
	struct pw_packed p = { .b = b, .path = tb_save(b) };

	p.packed = pw_pack(p.path, 1);
	p.bytes = pw_bytes(p.packed, &p.nr);
	return p;
}

void pw_close(struct pw_packed *p)
{
	free(p->bytes);
	pw_forget(p->path);
	pw_forget(p->packed);
	tb_close(p->b);
}
