// SPDX-License-Identifier: MIT
/*
 * fuzz_packed.c - libFuzzer: any bytes, taken apart into columns and put together again; put together from columns
 * that they are not; read as a packed trace; and, when they are a trace, packed and read as the same events.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/trace/columns.h"
#include "../../analyzer/trace/pack.h"
#include "../../analyzer/trace/trace.h"
#include "fuzz.h"

static uint8_t *room(size_t bytes)
{
	uint8_t *p = malloc(bytes + PT_COLUMN_SLACK);

	if (!p)
		abort();
	return p;
}

/* Split and joined: the same bytes. */
static void there_and_back(const uint8_t *data, size_t size)
{
	uint8_t *columns[PT_COLUMN_NR], *in = room(size), *out = room(size);
	struct pt_columns c;
	size_t nr;

	memcpy(in, data, size);
	memset(in + size, 0, PT_COLUMN_SLACK);
	for (int i = 0; i < PT_COLUMN_NR; i++)
		c.at[i] = columns[i] = room(size);
	nr = pt_columns_split(&c, in, in + size);
	fuzz_promise(nr <= size);
	for (int i = 0; i < PT_COLUMN_NR; i++) {
		fuzz_promise((size_t)(c.at[i] - columns[i]) <= size);
		c.end[i] = c.at[i];
		c.at[i] = columns[i];
	}
	fuzz_promise(pt_columns_join(&c, out, nr));
	fuzz_promise(!memcmp(in, out, nr));
	for (int i = 0; i < PT_COLUMN_NR; i++)
		free(columns[i]);
	free(in);
	free(out);
}

/* Twenty pieces of the bytes as if they were columns, one behind the other as a group has them. */
static void joined(const uint8_t *data, size_t size)
{
	uint8_t *all = room(size), *out = room(4096);
	struct pt_columns c;

	memcpy(all, data, size);
	memset(all + size, 0, PT_COLUMN_SLACK);
	for (size_t i = 0; i < PT_COLUMN_NR; i++) {
		c.at[i] = all + size * i / PT_COLUMN_NR;
		c.end[i] = all + size * (i + 1) / PT_COLUMN_NR;
	}
	pt_columns_join(&c, out, size % 4096);
	free(all);
	free(out);
}

/* What a trace says: a number that differs when an event does. */
static uint64_t told(struct pt_trace *t)
{
	uint64_t hash = 0;
	struct pt_event ev;

	while (pt_trace_next(t, &ev) > 0) {
		hash = (hash ^ ev.kind) * 0x9e3779b97f4a7c15ull + ev.time_ns;
		hash = (hash ^ ev.addr) * 0x9e3779b97f4a7c15ull + ev.size_bytes + ev.thread;
	}
	return hash;
}

static void packed_and_read(struct pt_trace *t, const char *path)
{
	char packed_path[FUZZ_PATH_BYTES];
	struct pt_packing done;
	struct pt_trace *packed;
	char *bytes = NULL;
	size_t nr = 0;
	FILE *f = open_memstream(&bytes, &nr);
	uint64_t whole = told(t);
	int fd, r;

	if (!f)
		abort();
	r = pt_pack(path, f, 1, &done);
	if (fclose(f))
		abort();
	if (!r) {
		fd = fuzz_file((uint8_t *)bytes, nr, packed_path);
		fuzz_promise(!pt_trace_open(&packed, packed_path));
		fuzz_promise(told(packed) == whole);
		pt_trace_close(packed);
		close(fd);
	}
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_BYTES];
	struct pt_trace *t;
	int fd;

	there_and_back(data, size);
	joined(data, size);
	fd = fuzz_file(data, size, path);
	if (!pt_trace_open(&t, path)) {
		if (t->state.packed_bytes)
			told(t);
		else
			packed_and_read(t, path);
		pt_trace_close(t);
	}
	close(fd);
	return 0;
}
