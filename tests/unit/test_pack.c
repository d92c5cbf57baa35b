/* SPDX-License-Identifier: MIT */
/*
 * test_pack.c - packed traces: the same bytes come back, the same events are read, and no byte is trusted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "../../analyzer/trace/columns.h"
#include "../../analyzer/trace/pack.h"
#include "../../analyzer/trace/packed_layout.h"
#include "../../analyzer/trace/snapshot.h"
#include "../../analyzer/trace/trace.h"
#include "../../format/error.h"
#include "trace_builder.h"

#define X 0x7f0000001000u

/* Bytes of a file, owned by the caller. */
static uint8_t *file_bytes(const char *path, size_t *nr)
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

/* Packs `path` into a new file, whose name it returns. */
static char *pack(const char *path, int level)
{
	struct pt_packing done;
	char *to = tb_save_bytes("", 0);
	FILE *out = fopen(to, "w");
	size_t nr;

	assert_non_null(out);
	assert_int_equal(pt_pack(path, out, level, &done), 0);
	assert_int_equal(fclose(out), 0);
	free(file_bytes(to, &nr));
	assert_int_equal(done.packed_bytes, nr);
	return to;
}

static int unpack(const char *path, char **to)
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

static void forget(char *path)
{
	unlink(path);
	free(path);
}

static int snapshots_read; /* by digest() */

/* A number that all events and what they say have a part in; -1 if it does not open. */
static int64_t digest(const char *path, struct pt_trace_state *st)
{
	struct pt_snap_edge edges[64];
	struct pt_snapshot *s;
	struct pt_trace *t;
	struct pt_event ev;
	uint64_t sum = 1;
	int nr;

	snapshots_read = 0;
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
		snapshots_read++;
		pt_snapshot_close(s);
	}
	*st = t->state;
	pt_trace_close(t);
	return (int64_t)(sum >> 1);
}

/* What is at `path`: packed and unpacked it is the same, and packed it reads the same. */
static void round_trip(const char *path)
{
	struct pt_trace_state plain = { 0 }, small = { 0 };
	char *packed = pack(path, 1), *back;
	size_t nr, back_nr;
	uint8_t *bytes = file_bytes(path, &nr), *again;

	assert_int_equal(unpack(packed, &back), 0);
	again = file_bytes(back, &back_nr);
	assert_int_equal(digest(path, &plain), digest(packed, &small));
	assert_int_equal(back_nr, plain.used_bytes);
	assert_true(back_nr <= nr);
	assert_memory_equal(again, bytes, back_nr);
	assert_int_equal(pt_pack_same(path, packed), 1);
	assert_true(small.packed_bytes);
	small.packed_bytes = 0;
	assert_memory_equal(&plain, &small, sizeof(plain));
	free(bytes);
	free(again);
	forget(packed);
	forget(back);
}

static void round_trip_bytes(const void *bytes, size_t nr)
{
	char *path = tb_save_bytes(bytes, nr);

	round_trip(path);
	forget(path);
}

/* Every kind of record, twice over in two writers, and a snapshot. */
static struct tb *everything(void)
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

static void every_kind_of_record_comes_back_and_reads_the_same(void **state)
{
	struct tb *b = everything();
	size_t nr;
	const uint8_t *bytes = tb_bytes(b, &nr);

	(void)state;
	round_trip_bytes(bytes, nr);
	tb_close(b);
}

static void a_trace_cut_anywhere_comes_back_up_to_the_cut(void **state)
{
	struct tb *b = everything();
	size_t nr, cut;
	const uint8_t *bytes = tb_bytes(b, &nr);

	(void)state;
	for (cut = PT_PAGE_BYTES; cut < nr; cut += cut < 3 * PT_PAGE_BYTES ? 97 : 9973)
		round_trip_bytes(bytes, cut);
	tb_close(b);
}

static void bytes_that_belong_to_no_chunk_come_back_too(void **state)
{
	struct tb *b = everything();
	uint8_t *bytes;
	size_t nr;

	(void)state;
	tb_skip(b, 3);
	bytes = (uint8_t *)tb_bytes(b, &nr);
	memset(bytes + nr - 2 * PT_PAGE_BYTES + 100, 0xa5, PT_PAGE_BYTES + 7);
	memset(((struct pt_file_header *)bytes)->program, 'p', PT_PROGRAM_BYTES); /* a name without an end */
	round_trip_bytes(bytes, nr);
	tb_close(b);
}

/* Random bytes, more or less like records, in chunks whose headers are right. */
static void random_records_come_back(void **state)
{
	(void)state;
	for (unsigned int seed = 0; seed < 300; seed++) {
		struct tb *b = tb_open();
		uint8_t *bytes;
		size_t nr;

		srand(seed);
		for (uint32_t w = 1; w <= 3; w++)
			tb_chunk(b, tb_writer(b, 16, w, 0), 16, 1 + (uint32_t)rand() % 4);
		bytes = (uint8_t *)tb_bytes(b, &nr);
		for (size_t i = PT_PAGE_BYTES; i < nr; i++)
			if (i % PT_PAGE_BYTES >= sizeof(struct pt_chunk_header) && (unsigned int)rand() % 500 >= seed / 100)
				bytes[i] = seed % 3 == 0 ? (uint8_t)rand() : (uint8_t)(rand() % 5 ? rand() | 1 : rand() % 8);
		round_trip_bytes(bytes, nr);
		tb_close(b);
	}
}

/* One byte after the other: it opens or not, it is read to its end, and what unpacks is the truth. */
static void a_changed_byte_is_noticed(void **state)
{
	struct tb *b = everything();
	char *path = tb_save(b), *packed = pack(path, 1), *bad, *back;
	struct pt_trace_state st, good;
	int64_t truth = digest(path, &good), got;
	size_t nr, whole_nr, back_nr, unnoticed = 0;
	uint8_t *bytes = file_bytes(packed, &nr), *whole = file_bytes(path, &whole_nr), *again;

	(void)state;
	for (size_t i = 0; i < nr; i += i < 200 || i > nr - 200 ? 1 : 61) {
		bytes[i] ^= (uint8_t)(1u << i % 8);
		bad = tb_save_bytes(bytes, nr);
		got = digest(bad, &st);
		if (got == truth && snapshots_read && !st.truncated && !st.corrupt_chunks)
			unnoticed++;
		if (got != truth && got != -1)
			assert_true(st.truncated || st.corrupt_chunks || st.missing_chunks || !snapshots_read ||
				    i < sizeof(struct pt_packed_header));
		if (!unpack(bad, &back)) {
			again = file_bytes(back, &back_nr);
			assert_int_equal(back_nr, whole_nr);
			assert_memory_equal(again, whole, whole_nr);
			free(again);
		}
		forget(back);
		forget(bad);
		bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	/* Of the header: when it was packed, and how long the sparse file was. Of each group: what must be zero. */
	assert_in_range(unnoticed, 0, 64);
	free(bytes);
	free(whole);
	forget(path);
	forget(packed);
	tb_close(b);
}

static void a_packed_trace_cut_anywhere_is_read_up_to_the_cut(void **state)
{
	struct tb *b = everything();
	char *path = tb_save(b), *packed = pack(path, 1), *cut, *back;
	struct pt_trace_state st, good;
	uint64_t most = 0;
	size_t nr;
	uint8_t *bytes = file_bytes(packed, &nr);

	(void)state;
	digest(path, &good);
	for (size_t i = 0; i < nr; i += i < 300 ? 1 : 487) {
		cut = tb_save_bytes(bytes, i);
		if (digest(cut, &st) != -1) {
			assert_true(st.truncated);
			assert_true(st.events_nr <= good.events_nr);
			most = st.events_nr > most ? st.events_nr : most;
		}
		assert_int_not_equal(unpack(cut, &back), 0);
		forget(back);
		forget(cut);
	}
	assert_int_equal(most, good.events_nr); /* the end alone is missing, or the snapshot */
	free(bytes);
	forget(path);
	forget(packed);
	tb_close(b);
}

/* Many writers of long chunks that pack to nearly nothing: more groups than are kept unpacked. */
static void more_writers_than_groups_are_kept_read_the_same(void **state)
{
	struct tb *b = tb_open();
	struct pt_trace_state plain, small;
	char *path, *packed;
	size_t nr;

	(void)state;
	for (uint32_t w = 1; w <= 20; w++) {
		uint32_t k = tb_writer(b, 16, w, 0);

		tb_chunk(b, k, 16, PT_CHUNK_PAGES_MAX);
		for (uint64_t i = 0; i < 250000; i++) {
			tb_alloc(b, k, 16 * i + 16, X * w, 8, 0);
			tb_free(b, k, 16 * i + 16, X * w);
		}
	}
	path = tb_save(b);
	packed = pack(path, 1);
	assert_int_equal(digest(path, &plain), digest(packed, &small));
	assert_int_equal(small.events_nr, 20 * 500000);
	free(file_bytes(packed, &nr));
	/* Three bytes an event pack to nearly nothing, and are padded. */
	assert_in_range(nr, 3 * small.events_nr / PT_PACKED_RATIO_MAX, 4 * small.events_nr / PT_PACKED_RATIO_MAX);
	forget(path);
	forget(packed);
	tb_close(b);
}

/* A small file whose groups say that they are large. */
static void promises_are_not_believed(void **state)
{
	struct tb *b = everything();
	char *path = tb_save(b), *packed = pack(path, 1), *bad;
	const size_t at = sizeof(struct pt_packed_header);
	struct pt_trace_state st;
	struct pt_packed_header *h;
	struct pt_group_header *g;
	size_t nr;
	uint8_t *bytes = file_bytes(packed, &nr);

	(void)state;
	h = (struct pt_packed_header *)bytes;
	g = (struct pt_group_header *)(bytes + at + h->page_bytes);
	assert_int_equal(g->magic, PT_GROUP_MAGIC);
	g->unpacked_bytes = PT_GROUP_BYTES_MAX + 1;
	bad = tb_save_bytes(bytes, nr);
	assert_true(digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	forget(bad);
	g->unpacked_bytes = PT_GROUP_BYTES_MAX;
	g->columns_bytes = 40;
	bad = tb_save_bytes(bytes, nr);
	assert_true(digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	forget(bad);
	h->file_bytes = h->used_bytes = 1ull << 62; /* of nothing */
	bad = tb_save_bytes(bytes, nr);
	assert_true(digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	forget(bad);
	free(bytes);
	forget(path);
	forget(packed);
	tb_close(b);
}

/* The first group's directory, to be changed by `lie` and put back, with checksums as they should be. */
struct directory {
	uint32_t columns[PT_COLUMN_NR];
	struct pt_group_entry entries[PT_GROUP_ENTRIES_MAX];
};
typedef void lie_fn(struct pt_group_header *g, struct directory *d);

static void too_long_a_column(struct pt_group_header *g, struct directory *d)
{
	(void)g;
	d->columns[PT_COLUMN_HEAD] += 100000;
}

/* What one column has more another has less: the sums are right. */
static void columns_that_shift(struct pt_group_header *g, struct directory *d)
{
	(void)g;
	d->columns[PT_COLUMN_HEAD] -= 10;
	d->columns[PT_COLUMN_TIME_OUT] += 10;
}

static void columns_that_wrap(struct pt_group_header *g, struct directory *d)
{
	(void)g;
	d->columns[PT_COLUMN_HEAD] += UINT32_MAX - 4;
	d->columns[PT_COLUMN_TIME_OUT] += 5;
}

static void an_entry_of_other_length(struct pt_group_header *g, struct directory *d)
{
	(void)g;
	d->entries[0].split_bytes += 1000;
}

static void entries_that_wrap(struct pt_group_header *g, struct directory *d)
{
	(void)g;
	d->entries[0].split_bytes += 1u << 31;
	d->entries[0].rest_bytes += 1u << 31;
}

static void rest_that_is_not_there(struct pt_group_header *g, struct directory *d)
{
	(void)g;
	d->entries[0].split_bytes -= 1000;
	d->entries[0].rest_bytes += 1000;
}

static void a_chunk_beyond_the_end(struct pt_group_header *g, struct directory *d)
{
	d->entries[g->entries_nr - 1].page = UINT64_MAX / PT_PAGE_BYTES;
}

static void a_chunk_over_another(struct pt_group_header *g, struct directory *d)
{
	d->entries[g->entries_nr - 1].page = d->entries[0].page;
}

static void no_padding(struct pt_group_header *g, struct directory *d)
{
	(void)d;
	g->padding_bytes = 0;
}

/* A packed file of one group that says what is not so; returns its path. */
static char *lying(const uint8_t *bytes, size_t nr, lie_fn *lie)
{
	const struct pt_packed_header *h = (const void *)bytes;
	const size_t at = sizeof(*h) + h->page_bytes;
	struct pt_group_header g;
	struct directory *d = calloc(1, sizeof(*d));
	uint8_t *out = malloc(2 * nr + 65536);
	const uint8_t *columns;
	size_t left, to = at + sizeof(g), bytes_nr;
	char *path;

	memcpy(&g, bytes + at, sizeof(g));
	memcpy(out, bytes, at);
	bytes_nr = ZSTD_decompress(d, sizeof(*d), bytes + at + sizeof(g), g.directory_bytes);
	assert_false(ZSTD_isError(bytes_nr));
	columns = bytes + at + sizeof(g) + g.directory_bytes;
	left = nr - at - sizeof(g) - g.directory_bytes - g.columns_bytes - g.padding_bytes;
	lie(&g, d);
	g.directory_bytes = (uint32_t)ZSTD_compress(out + to, 65536, d, bytes_nr, 1);
	to += g.directory_bytes;
	memcpy(out + at, &g, sizeof(g));
	memcpy(out + to, columns, g.columns_bytes);
	to += g.columns_bytes;
	memset(out + to, 0, g.padding_bytes);
	to += g.padding_bytes;
	memcpy(out + to, bytes + nr - left, left);
	path = tb_save_bytes(out, to + left);
	free(out);
	free(d);
	return path;
}

static void a_directory_that_lies_is_found_out(void **state)
{
	static lie_fn *const lies[] = { too_long_a_column, columns_that_shift, columns_that_wrap,
					an_entry_of_other_length, entries_that_wrap, rest_that_is_not_there,
					a_chunk_beyond_the_end, a_chunk_over_another };
	struct tb *b = everything();
	char *path = tb_save(b), *packed = pack(path, 1), *bad, *back;
	struct pt_trace_state st, good;
	size_t nr;
	uint8_t *bytes = file_bytes(packed, &nr);

	(void)state;
	digest(path, &good);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		bad = lying(bytes, nr, lies[i]);
		assert_int_not_equal(digest(bad, &st), -1);
		assert_true(st.corrupt_chunks && st.events_nr < good.events_nr);
		assert_int_not_equal(unpack(bad, &back), 0);
		forget(back);
		forget(bad);
	}
	free(bytes);
	forget(path);
	forget(packed);
	tb_close(b);
}

/* What would unpack to more than so many times its length is not tried. */
static void a_group_without_its_padding_is_none(void **state)
{
	struct tb *b = tb_open();
	struct pt_trace_state st;
	char *path, *packed, *bad;
	uint32_t w = tb_writer(b, 16, 1, 0);
	uint8_t *bytes;
	size_t nr;

	(void)state;
	tb_chunk(b, w, 16, 200); /* with the first chunk in one group */
	for (uint64_t i = 0; i < 100000; i++) {
		tb_alloc(b, w, 16 * i + 16, X, 8, 0);
		tb_free(b, w, 16 * i + 16, X);
	}
	path = tb_save(b);
	packed = pack(path, 1);
	bytes = file_bytes(packed, &nr);
	bad = lying(bytes, nr, no_padding);
	assert_true(digest(packed, &st) != -1 && !st.truncated && st.events_nr == 200000);
	assert_true(digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	free(bytes);
	forget(bad);
	forget(path);
	forget(packed);
	tb_close(b);
}

static void what_is_packed_is_not_packed_again(void **state)
{
	struct tb *b = everything();
	char *path = tb_save(b), *packed = pack(path, 1), *back;
	struct pt_packing done;
	FILE *out = tmpfile();

	(void)state;
	assert_int_equal(pt_pack(packed, out, 1, &done), -PT_EINVAL);
	assert_int_equal(unpack(path, &back), -PT_EINVAL);
	fclose(out);
	forget(back);
	forget(path);
	forget(packed);
	tb_close(b);
}

static void what_differs_is_not_the_same(void **state)
{
	struct tb *b = everything();
	char *path = tb_save(b), *packed = pack(path, 1), *other;
	size_t nr;
	uint8_t *bytes = file_bytes(path, &nr);
	static const size_t places[] = { 600, PT_PAGE_BYTES + 70, 9 * PT_PAGE_BYTES + 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bytes[places[i]] ^= 1;
		other = tb_save_bytes(bytes, nr);
		assert_int_equal(pt_pack_same(other, packed), 0);
		forget(other);
		bytes[places[i]] ^= 1;
	}
	free(bytes);
	forget(path);
	forget(packed);
	tb_close(b);
}

/* Columns that were packed by somebody else: no byte is read or written outside (ASan looks on). */
static void columns_of_anything_join_to_no_more_than_asked_for(void **state)
{
	uint8_t columns[4000 + PT_COLUMN_SLACK], *out = malloc(3000 + PT_COLUMN_SLACK);

	(void)state;
	for (unsigned int seed = 0; seed < 20000; seed++) {
		struct pt_columns c;
		size_t at = 0;

		srand(seed);
		for (size_t i = 0; i < sizeof(columns); i++)
			columns[i] = seed % 2 ? (uint8_t)rand() : (uint8_t)(rand() % 4 ? rand() | 1 : rand());
		for (unsigned int i = 0; i < PT_COLUMN_NR; i++) {
			c.at[i] = columns + at;
			at += (size_t)rand() % ((4000 - at) / 4 + 1);
			c.end[i] = columns + at;
		}
		pt_columns_join(&c, out, (size_t)rand() % 3000);
		for (unsigned int i = 0; i < PT_COLUMN_NR; i++)
			assert_true(c.at[i] <= c.end[i]);
	}
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_record_comes_back_and_reads_the_same),
		cmocka_unit_test(a_trace_cut_anywhere_comes_back_up_to_the_cut),
		cmocka_unit_test(bytes_that_belong_to_no_chunk_come_back_too),
		cmocka_unit_test(random_records_come_back),
		cmocka_unit_test(a_changed_byte_is_noticed),
		cmocka_unit_test(a_packed_trace_cut_anywhere_is_read_up_to_the_cut),
		cmocka_unit_test(more_writers_than_groups_are_kept_read_the_same),
		cmocka_unit_test(promises_are_not_believed),
		cmocka_unit_test(a_directory_that_lies_is_found_out),
		cmocka_unit_test(a_group_without_its_padding_is_none),
		cmocka_unit_test(what_is_packed_is_not_packed_again),
		cmocka_unit_test(what_differs_is_not_the_same),
		cmocka_unit_test(columns_of_anything_join_to_no_more_than_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
