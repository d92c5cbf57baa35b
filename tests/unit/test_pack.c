/* SPDX-License-Identifier: MIT */
/* test_pack.c - packed traces: the same bytes come back, and the same events are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/trace/pack.h"
#include "../../analyzer/trace/packed_layout.h"
#include "../../format/error.h"
#include "pack_world.h"

/* What is at `path`: packed and unpacked it is the same, and packed it reads the same. */
static void round_trip(const char *path)
{
	struct pt_trace_state plain = { 0 }, small = { 0 };
	char *packed = pw_pack(path, 1), *back;
	size_t nr, back_nr;
	uint8_t *bytes = pw_bytes(path, &nr), *again;

	assert_int_equal(pw_unpack(packed, &back), 0);
	again = pw_bytes(back, &back_nr);
	assert_int_equal(pw_digest(path, &plain), pw_digest(packed, &small));
	assert_int_equal(back_nr, plain.used_bytes);
	assert_true(back_nr <= nr);
	assert_memory_equal(again, bytes, back_nr);
	assert_int_equal(pt_pack_same(path, packed), 1);
	assert_true(small.packed_bytes);
	small.packed_bytes = 0;
	assert_memory_equal(&plain, &small, sizeof(plain));
	free(bytes);
	free(again);
	pw_forget(packed);
	pw_forget(back);
}

static void round_trip_bytes(const void *bytes, size_t nr)
{
	char *path = tb_save_bytes(bytes, nr);

	round_trip(path);
	pw_forget(path);
}

static void every_kind_of_record_comes_back_and_reads_the_same(void **state)
{
	struct tb *b = pw_everything();
	size_t nr;
	const uint8_t *bytes = tb_bytes(b, &nr);

	(void)state;
	round_trip_bytes(bytes, nr);
	tb_close(b);
}

static void a_trace_cut_anywhere_comes_back_up_to_the_cut(void **state)
{
	struct tb *b = pw_everything();
	size_t nr, cut;
	const uint8_t *bytes = tb_bytes(b, &nr);

	(void)state;
	for (cut = PT_PAGE_BYTES; cut < nr; cut += cut < 3 * PT_PAGE_BYTES ? 97 : 9973)
		round_trip_bytes(bytes, cut);
	tb_close(b);
}

static void bytes_that_belong_to_no_chunk_come_back_too(void **state)
{
	struct tb *b = pw_everything();
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
	packed = pw_pack(path, 1);
	assert_int_equal(pw_digest(path, &plain), pw_digest(packed, &small));
	assert_int_equal(small.events_nr, 20 * 500000);
	free(pw_bytes(packed, &nr));
	/* Three bytes an event pack to nearly nothing, and are padded. */
	assert_in_range(nr, 3 * small.events_nr / PT_PACKED_RATIO_MAX, 4 * small.events_nr / PT_PACKED_RATIO_MAX);
	pw_forget(path);
	pw_forget(packed);
	tb_close(b);
}

static void what_is_packed_is_not_packed_again(void **state)
{
	struct pw_packed p = pw_open(pw_everything());
	char *back;
	struct pt_packing done;
	FILE *out = tmpfile();

	(void)state;
	assert_int_equal(pt_pack(p.packed, out, 1, &done), -PT_EINVAL);
	assert_int_equal(pw_unpack(p.path, &back), -PT_EINVAL);
	fclose(out);
	pw_forget(back);
	pw_close(&p);
}

static void what_differs_is_not_the_same(void **state)
{
	struct pw_packed p = pw_open(pw_everything());
	char *other;
	size_t nr;
	uint8_t *bytes = pw_bytes(p.path, &nr);
	static const size_t places[] = { 600, PT_PAGE_BYTES + 70, 9 * PT_PAGE_BYTES + 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bytes[places[i]] ^= 1;
		other = tb_save_bytes(bytes, nr);
		assert_int_equal(pt_pack_same(other, p.packed), 0);
		pw_forget(other);
		bytes[places[i]] ^= 1;
	}
	free(bytes);
	pw_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_record_comes_back_and_reads_the_same),
		cmocka_unit_test(a_trace_cut_anywhere_comes_back_up_to_the_cut),
		cmocka_unit_test(bytes_that_belong_to_no_chunk_come_back_too),
		cmocka_unit_test(random_records_come_back),
		cmocka_unit_test(more_writers_than_groups_are_kept_read_the_same),
		cmocka_unit_test(what_is_packed_is_not_packed_again),
		cmocka_unit_test(what_differs_is_not_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
