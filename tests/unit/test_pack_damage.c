/* SPDX-License-Identifier: MIT */
/* test_pack_damage.c - packed traces that are cut, changed, or lie: no byte of them is trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "../../analyzer/trace/columns.h"
#include "../../analyzer/trace/packed_layout.h"
#include "../../format/error.h"
#include "pack_world.h"

/* One byte after the other: it opens or not, it is read to its end, and what unpacks is the truth. */
static void a_changed_byte_is_noticed(void **state)
{
	struct pw_packed p = pw_open(pw_everything());
	char *bad, *back;
	struct pt_trace_state st, good;
	int64_t truth = pw_digest(p.path, &good), got;
	size_t whole_nr, back_nr, unnoticed = 0;
	uint8_t *whole = pw_bytes(p.path, &whole_nr), *again;

	(void)state;
	for (size_t i = 0; i < p.nr; i += i < 200 || i > p.nr - 200 ? 1 : 61) {
		p.bytes[i] ^= (uint8_t)(1u << i % 8);
		bad = tb_save_bytes(p.bytes, p.nr);
		got = pw_digest(bad, &st);
		if (got == truth && pw_snapshots_read && !st.truncated && !st.corrupt_chunks)
			unnoticed++;
		if (got != truth && got != -1)
			assert_true(st.truncated || st.corrupt_chunks || st.missing_chunks || !pw_snapshots_read ||
				    i < sizeof(struct pt_packed_header));
		if (!pw_unpack(bad, &back)) {
			again = pw_bytes(back, &back_nr);
			assert_int_equal(back_nr, whole_nr);
			assert_memory_equal(again, whole, whole_nr);
			free(again);
		}
		pw_forget(back);
		pw_forget(bad);
		p.bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	/* Of the header: when it was p.packed, and how long the sparse file was. Of each group: what must be zero. */
	assert_in_range(unnoticed, 0, 64);
	free(whole);
	pw_close(&p);
}

static void a_packed_trace_cut_anywhere_is_read_up_to_the_cut(void **state)
{
	struct pw_packed p = pw_open(pw_everything());
	char *cut, *back;
	struct pt_trace_state st, good;
	uint64_t most = 0;

	(void)state;
	pw_digest(p.path, &good);
	for (size_t i = 0; i < p.nr; i += i < 300 ? 1 : 487) {
		cut = tb_save_bytes(p.bytes, i);
		if (pw_digest(cut, &st) != -1) {
			assert_true(st.truncated);
			assert_true(st.events_nr <= good.events_nr);
			most = st.events_nr > most ? st.events_nr : most;
		}
		assert_int_not_equal(pw_unpack(cut, &back), 0);
		pw_forget(back);
		pw_forget(cut);
	}
	assert_int_equal(most, good.events_nr); /* the end alone is missing, or the snapshot */
	pw_close(&p);
}

/* A small file whose groups say that they are large. */
static void promises_are_not_believed(void **state)
{
	struct pw_packed p = pw_open(pw_everything());
	char *bad;
	const size_t at = sizeof(struct pt_packed_header);
	struct pt_trace_state st;
	struct pt_packed_header *h;
	struct pt_group_header *g;

	(void)state;
	h = (struct pt_packed_header *)p.bytes;
	g = (struct pt_group_header *)(p.bytes + at + h->page_bytes);
	assert_int_equal(g->magic, PT_GROUP_MAGIC);
	g->unpacked_bytes = PT_GROUP_BYTES_MAX + 1;
	bad = tb_save_bytes(p.bytes, p.nr);
	assert_true(pw_digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	pw_forget(bad);
	g->unpacked_bytes = PT_GROUP_BYTES_MAX;
	g->columns_bytes = 40;
	bad = tb_save_bytes(p.bytes, p.nr);
	assert_true(pw_digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	pw_forget(bad);
	h->file_bytes = h->used_bytes = 1ull << 62; /* of nothing */
	bad = tb_save_bytes(p.bytes, p.nr);
	assert_true(pw_digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	pw_forget(bad);
	pw_close(&p);
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
	struct pw_packed p = pw_open(pw_everything());
	char *bad, *back;
	struct pt_trace_state st, good;

	(void)state;
	pw_digest(p.path, &good);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		bad = lying(p.bytes, p.nr, lies[i]);
		assert_int_not_equal(pw_digest(bad, &st), -1);
		assert_true(st.corrupt_chunks && st.events_nr < good.events_nr);
		assert_int_not_equal(pw_unpack(bad, &back), 0);
		pw_forget(back);
		pw_forget(bad);
	}
	pw_close(&p);
}

/* What would unpack to more than so many times its length is not tried. */
static void a_group_without_its_padding_is_none(void **state)
{
	struct tb *b = tb_open();
	struct pt_trace_state st;
	struct pw_packed p;
	char *bad;
	uint32_t w = tb_writer(b, 16, 1, 0);

	(void)state;
	tb_chunk(b, w, 16, 200); /* with the first chunk in one group */
	for (uint64_t i = 0; i < 100000; i++) {
		tb_alloc(b, w, 16 * i + 16, X, 8, 0);
		tb_free(b, w, 16 * i + 16, X);
	}
	p = pw_open(b);
	bad = lying(p.bytes, p.nr, no_padding);
	assert_true(pw_digest(p.packed, &st) != -1 && !st.truncated && st.events_nr == 200000);
	assert_true(pw_digest(bad, &st) != -1 && st.truncated && !st.events_nr);
	pw_forget(bad);
	pw_close(&p);
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
		cmocka_unit_test(a_changed_byte_is_noticed),
		cmocka_unit_test(a_packed_trace_cut_anywhere_is_read_up_to_the_cut),
		cmocka_unit_test(promises_are_not_believed),
		cmocka_unit_test(a_directory_that_lies_is_found_out),
		cmocka_unit_test(a_group_without_its_padding_is_none),
		cmocka_unit_test(columns_of_anything_join_to_no_more_than_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
