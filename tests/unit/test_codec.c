/* SPDX-License-Identifier: MIT */
/*
 * test_codec.c - what the recorder's half of codec.h writes, the reader's half reads back.
 *
 * Streams are random with a fixed seed. Every buffer is allocated at exactly its length, so that
 * a sanitised build sees each byte read outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../format/error.h"
#include "codec_records.h"

#define STREAM_NR 20000u

static void varints_of_every_length_survive(void **state)
{
	uint8_t bytes[2 * PT_VARINT_BYTES_MAX + 2], *end;
	unsigned int bit, nr;
	int d;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		for (d = -1; d <= 1; d++) {
			uint64_t v = (1ull << bit) + (uint64_t)(int64_t)d, got;

			memset(bytes, 0xff, sizeof(bytes));
			end = pt_varint_put(bytes, v);
			nr = (unsigned int)(end - bytes);
			assert_true(nr >= 1 && nr <= PT_VARINT_BYTES_MAX);
			assert_ptr_equal(pt_varint_get(bytes, end, &got), end);
			assert_int_equal(got, v);
			assert_ptr_equal(pt_varint_get(bytes, bytes + sizeof(bytes), &got), end);
			assert_int_equal(got, v);
			assert_null(pt_varint_get(bytes, end - 1, &got));
			assert_int_equal(bytes[sizeof(bytes) - 1], 0xff);
		}
	}
}

static void zigzag_and_folding_are_inverse(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		uint64_t v = draw_any();

		assert_int_equal(pt_unzigzag(pt_zigzag(v)), v);
		assert_int_equal(pt_unzigzag(pt_zigzag(0 - v)), 0 - v);
		assert_int_equal(pt_addr_unfold(pt_addr_fold(v)), v);
	}
	assert_int_equal(pt_zigzag(1), 2);
	assert_int_equal(pt_zigzag(0ull - 1), 1);
}

static void a_random_stream_survives(void **state)
{
	struct pt_record *want = calloc(STREAM_NR, sizeof(*want));
	uint8_t *payloads = malloc((size_t)STREAM_NR * PT_EXT_BYTES_MAX);
	uint8_t *bytes = calloc(STREAM_NR, PT_EXT_BYTES_MAX + 32), *end = bytes;
	uint8_t *at;
	struct pt_codec out, in;
	uint64_t base = draw() >> 16, tick = base;
	unsigned int i;

	(void)state;
	pt_codec_reset(&out, base);
	for (i = 0; i < STREAM_NR; i++) {
		want[i] = draw_record(&tick, payloads + (size_t)i * PT_EXT_BYTES_MAX);
		end = put_record(&out, end, &want[i]);
	}
	pt_codec_reset(&in, base);
	for (i = 0, at = bytes; i < STREAM_NR; i++) {
		struct pt_record got = { 0 };
		int n = pt_decode(&in, at, end, &got);

		assert_true(n > 0);
		assert_same(&got, &want[i]);
		at += n;
	}
	assert_ptr_equal(at, end);
	free(bytes);
	free(payloads);
	free(want);
}

/* The stack of the record before predicts this one's, and the stack predicts the size. */
static void repetition_costs_three_bytes(void **state)
{
	uint8_t bytes[4 * PT_RECORD_BYTES_MAX] = { 0 };
	struct pt_codec c;
	uint8_t head, *p = bytes;
	unsigned int i;

	(void)state;
	pt_codec_reset(&c, 1000);
	for (i = 0; i < 3; i++) {
		uint8_t *end = pt_put_alloc(&c, p, PT_API_MALLOC, 1001 + i, 0x7f0000001000, 48, 7, &head);

		p[0] = head;
		if (i == 2)
			assert_int_equal(end - p, 3);
		p = end;
	}
}

static void time_that_runs_backwards_is_held(void **state)
{
	uint8_t bytes[2 * PT_RECORD_BYTES_MAX] = { 0 };
	struct pt_record got;
	struct pt_codec c;
	uint8_t head, *end;

	(void)state;
	pt_codec_reset(&c, 1000);
	end = pt_put_free(&c, bytes, PT_API_FREE, 900, 0x1000, &head);
	bytes[0] = head;
	pt_codec_reset(&c, 1000);
	assert_int_equal(pt_decode(&c, bytes, end, &got), end - bytes);
	assert_int_equal(got.tick, 1000);
}

/* Cut anywhere: all whole records before the cut, and no byte beyond it is looked at. */
static void a_stream_cut_at_any_byte_gives_its_prefix(void **state)
{
	enum { NR = 60 };
	struct pt_record want[NR], got[NR];
	size_t ends[NR];
	uint8_t *bytes = calloc(NR, PT_EXT_BYTES_MAX + 32), *end = bytes;
	uint8_t payloads[NR][PT_EXT_BYTES_MAX];
	struct pt_codec out;
	uint64_t tick = 5000;
	size_t cut, i;

	(void)state;
	pt_codec_reset(&out, tick);
	for (i = 0; i < NR; i++) {
		want[i] = draw_record(&tick, payloads[i]);
		if (want[i].kind == PT_REC_EXT && want[i].payload_bytes > 40)
			want[i].payload_bytes = 40;
		end = put_record(&out, end, &want[i]);
		ends[i] = (size_t)(end - bytes);
	}
	for (cut = 0; cut <= ends[NR - 1]; cut++) {
		int last = 0;
		size_t nr = decode_all(bytes, cut, 5000, got, NR, &last), whole = 0;

		while (whole < NR && ends[whole] <= cut)
			whole++;
		assert_int_equal(nr, whole);
		for (i = 0; i < nr; i++)
			if (want[i].kind != PT_REC_EXT)
				assert_same(&got[i], &want[i]);
		if (cut < ends[NR - 1])
			assert_int_equal(last, !whole ? (cut ? -PT_ECORRUPT : 0) :
					 ends[whole - 1] == cut ? 0 : -PT_ECORRUPT);
	}
	free(bytes);
}

static void random_bytes_never_lead_outside(void **state)
{
	struct pt_record got[64];
	uint8_t bytes[200];
	unsigned int round;
	int last;

	(void)state;
	for (round = 0; round < 20000; round++) {
		size_t nr = draw() % sizeof(bytes), i;

		for (i = 0; i < nr; i++)
			bytes[i] = (uint8_t)(draw() % 4 ? draw() : draw() & 0x0f);
		decode_all(bytes, nr, draw(), got, 64, &last);
		assert_true(last >= -PT_ECORRUPT);
	}
}

/* The reader's two decoders agree on anything, and leave the same state behind. */
static void the_fast_decoder_agrees(void **state)
{
	enum { NR = 512 };
	uint8_t *bytes = malloc(NR);
	struct pt_codec slow, fast;
	unsigned int round, agreed = 0;

	(void)state;
	for (round = 0; round < 5000; round++) {
		uint64_t base = draw() >> 20, tick = base;
		size_t at = 0, i;

		memset(bytes, 0, NR);
		pt_codec_reset(&slow, base);
		for (i = 0; i < NR - 2 * PT_RECORD_BYTES_MAX && round % 2;) {
			struct pt_record r = draw_record(&tick, NULL);

			if (r.kind != PT_REC_EXT)
				i = (size_t)(put_record(&slow, bytes + i, &r) - bytes);
		}
		for (i = 0; i < NR && !(round % 2); i++)
			bytes[i] = (uint8_t)draw();
		pt_codec_reset(&slow, base);
		pt_codec_reset(&fast, base);
		while (at + PT_DECODE_BYTES <= NR) {
			struct pt_record want = { 0 }, got = { 0 };
			int m = pt_decode_far(&fast, bytes + at, &got);
			int n = pt_decode(&slow, bytes + at, bytes + NR, &want);

			if (n <= 0) {
				assert_true(!m || n == m);
				break;
			}
			at += (size_t)n;
			if (!m) { /* left to the slow one */
				fast = slow;
				continue;
			}
			assert_int_equal(m, n);
			assert_same(&got, &want);
			assert_memory_equal(&fast, &slow, sizeof(fast));
			agreed++;
		}
	}
	assert_true(agreed > 10000);
	free(bytes);
}

static void bytes_that_no_recorder_writes_are_refused(void **state)
{
	static const uint8_t unknown_kind[] = { 3, 3, 3, 3 };
	static const uint8_t calloc_that_frees[] = { PT_REC_FREE | PT_FN_CALLOC << PT_REC_FN_SHIFT, 3, 3, 3 };
	static const uint8_t fn_out_of_range[] = { PT_REC_FREE | PT_FN_BYTE << PT_REC_FN_SHIFT, 3, 3, PT_API_NR };
	static const uint8_t ext_too_long[] = { PT_REC_EXT, PT_EXT_NOTE, 0x0e, 0xff, 0xff, 1 };
	static const uint8_t end[] = { 0, 9, 9 };
	struct pt_record got;
	struct pt_codec c;

	(void)state;
	pt_codec_reset(&c, 0);
	assert_int_equal(pt_decode(&c, unknown_kind, unknown_kind + 4, &got), -PT_ECORRUPT);
	assert_int_equal(pt_decode(&c, calloc_that_frees, calloc_that_frees + 4, &got), -PT_ECORRUPT);
	assert_int_equal(pt_decode(&c, fn_out_of_range, fn_out_of_range + 4, &got), -PT_ECORRUPT);
	assert_int_equal(pt_decode(&c, ext_too_long, ext_too_long + 6, &got), -PT_ECORRUPT);
	assert_int_equal(pt_decode(&c, end, end + 3, &got), 0);
	assert_int_equal(pt_decode(&c, end, end, &got), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints_of_every_length_survive),
		cmocka_unit_test(zigzag_and_folding_are_inverse),
		cmocka_unit_test(a_random_stream_survives),
		cmocka_unit_test(repetition_costs_three_bytes),
		cmocka_unit_test(time_that_runs_backwards_is_held),
		cmocka_unit_test(a_stream_cut_at_any_byte_gives_its_prefix),
		cmocka_unit_test(random_bytes_never_lead_outside),
		cmocka_unit_test(the_fast_decoder_agrees),
		cmocka_unit_test(bytes_that_no_recorder_writes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
