// SPDX-License-Identifier: MIT
/*
 * fuzz_codec.c - libFuzzer: any bytes, decoded as records of a chunk and as edges of a snapshot.
 *
 * The bytes are copied to the end of a buffer of their own, so that one byte too far is seen. Held against each
 * other: the decoder that checks every end, and the fast one for the middle of a window.
 */
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/trace/decode.h"
#include "../../format/snap.h"
#include "fuzz.h"

static void same(const struct pt_record *a, const struct pt_record *b)
{
	if (a->kind != b->kind || a->fn != b->fn || a->tick != b->tick || a->addr != b->addr)
		abort();
	if (a->kind == PT_REC_ALLOC && (a->size_bytes != b->size_bytes || a->stack != b->stack))
		abort();
}

/* pt_decode_far() at `p`, where pt_decode() said `n` and *slow. */
static void compare(const struct pt_codec *before, const struct pt_codec *after, const uint8_t *p, int n,
		    const struct pt_record *slow)
{
	struct pt_codec c = *before;
	struct pt_record far = { 0 };
	int m = pt_decode_far(&c, p, &far);

	if (!m) {
		if (memcmp(&c, before, sizeof(c)) != 0)
			abort(); /* it left that to pt_decode() */
		return;
	}
	if ((m < 0) != (n < 0))
		abort();
	if (m < 0)
		return;
	if (m != n || memcmp(&c, after, sizeof(c)) != 0)
		abort();
	same(slow, &far);
}

static void records(const uint8_t *p, const uint8_t *end)
{
	struct pt_codec c, before;
	struct pt_record rec;

	pt_codec_reset(&c, 1000);
	for (;;) {
		int n;

		before = c;
		memset(&rec, 0, sizeof(rec));
		n = pt_decode(&c, p, end, &rec);
		if (n > end - p || (n > 0 && rec.kind == PT_REC_EXT &&
				    (rec.payload < p || rec.payload + rec.payload_bytes > end)))
			abort();
		if (end - p >= (ptrdiff_t)PT_DECODE_BYTES)
			compare(&before, &c, p, n, &rec);
		if (n <= 0)
			return;
		p += n;
	}
}

static void edges(const uint8_t *p, const uint8_t *end)
{
	struct pt_snap_state s;

	pt_snap_reset(&s);
	while (p && p < end) {
		const uint8_t *next = pt_snap_get_edge(&s, p, end);

		if (next && (next <= p || next > end || s.place % 8))
			abort();
		p = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1);

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	records(bytes, bytes + size);
	edges(bytes, bytes + size);
	free(bytes);
	return 0;
}
