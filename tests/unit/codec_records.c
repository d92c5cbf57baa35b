/* SPDX-License-Identifier: MIT */
/*
 * codec_records.c - see codec_records.h.
 */
#include "codec_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 88172645463325252ull;

uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

uint64_t draw_any(void)
{
	unsigned int bits = (unsigned int)(draw() % 65);

	return bits ? draw() >> (64 - bits) : 0;
}

static const enum pt_fn alloc_fns[] = { PT_API_MALLOC, PT_API_CALLOC, PT_API_REALLOC, PT_API_REALLOCARRAY,
					PT_API_MEMALIGN, PT_API_POSIX_MEMALIGN, PT_API_MALLOCX };
static const enum pt_fn free_fns[] = { PT_API_FREE, PT_API_REALLOC, PT_API_CFREE, PT_API_FREE_SIZED,
				       PT_API_DALLOCX };

struct pt_record draw_record(uint64_t *tick, uint8_t *payload)
{
	struct pt_record r = { 0 };
	size_t i;

	*tick += draw() % 3 ? draw() % 64 : draw_any() >> 24;
	r.tick = *tick;
	switch (draw() % 10) {
	case 0:
		r.kind = PT_REC_EXT;
		r.ext = (uint8_t)(1 + draw() % 30);
		r.payload_bytes = (uint32_t)(draw() % 3 ? draw() % 20 : draw() % (PT_EXT_BYTES_MAX - 9));
		r.payload = payload;
		for (i = 0; payload && i < r.payload_bytes; i++)
			payload[i] = (uint8_t)draw();
		break;
	case 1:
	case 2:
	case 3:
		r.kind = PT_REC_FREE;
		r.fn = (uint8_t)free_fns[draw() % (sizeof(free_fns) / sizeof(*free_fns))];
		break;
	case 4:
	case 5:
		r.kind = PT_REC_PUT;
		break;
	case 6:
		r.kind = PT_REC_GET;
		r.size_bytes = draw() % 4 ? 16 * (draw() % 4) : draw_any();
		break;
	default:
		r.kind = PT_REC_ALLOC;
		r.fn = (uint8_t)alloc_fns[draw() % (sizeof(alloc_fns) / sizeof(*alloc_fns))];
		r.size_bytes = draw() % 4 ? 16 * (draw() % 4) : draw_any();
	}
	if (r.kind == PT_REC_ALLOC || r.kind == PT_REC_GET || r.kind == PT_REC_PUT)
		r.stack = (uint32_t)(draw() % 4 ? draw() % 8 : draw_any());
	if (r.kind == PT_REC_GET || r.kind == PT_REC_PUT) {
		r.pool = draw() % 4 ? 0x7f0000001000 + 64 * (draw() % 3) : draw_any();
		r.shard = (uint32_t)(draw() % 4 ? draw() % 8 - 3 : draw_any());
	}
	if (r.kind != PT_REC_EXT)
		r.addr = draw() % 4 ? 0x7f0000001000 + 16 * (draw() % 64) : draw_any() | 1;
	return r;
}

uint8_t *put_record(struct pt_codec *c, uint8_t *p, const struct pt_record *r)
{
	uint8_t payload[PT_EXT_BYTES_MAX + 16], *end, head;

	switch (r->kind) {
	case PT_REC_ALLOC:
		end = pt_put_alloc(c, p, (enum pt_fn)r->fn, r->tick, r->addr, r->size_bytes, r->stack, &head);
		break;
	case PT_REC_FREE:
		end = pt_put_free(c, p, (enum pt_fn)r->fn, r->tick, r->addr, &head);
		break;
	case PT_REC_GET:
		end = pt_put_get(c, p, r->tick, r->addr, r->size_bytes, r->stack, r->pool, r->shard, &head);
		break;
	case PT_REC_PUT:
		end = pt_put_put(c, p, r->tick, r->addr, r->stack, r->pool, r->shard, &head);
		break;
	default:
		head = PT_REC_EXT;
		p[1] = r->ext;
		end = pt_put_time(c, payload, r->tick);
		memcpy(end, r->payload, r->payload_bytes);
		end += r->payload_bytes;
		{
			size_t nr = (size_t)(end - payload);
			uint8_t *fields = pt_varint_put(p + 2, nr);

			memcpy(fields, payload, nr);
			end = fields + nr;
		}
	}
	assert_int_equal(p[0], 0);
	assert_int_not_equal(head, 0);
	if (r->kind != PT_REC_EXT)
		assert_true((size_t)(end - p) <= PT_RECORD_BYTES_MAX - 8);
	p[0] = head;
	return end;
}

void assert_same(const struct pt_record *got, const struct pt_record *want)
{
	assert_int_equal(got->kind, want->kind);
	assert_int_equal(got->tick, want->tick);
	if (want->kind == PT_REC_EXT) {
		assert_int_equal(got->ext, want->ext);
		assert_int_equal(got->payload_bytes, want->payload_bytes);
		assert_memory_equal(got->payload, want->payload, want->payload_bytes);
		return;
	}
	assert_int_equal(got->addr, want->addr);
	if (want->kind == PT_REC_ALLOC || want->kind == PT_REC_GET)
		assert_int_equal(got->size_bytes, want->size_bytes);
	if (want->kind != PT_REC_FREE)
		assert_int_equal(got->stack, want->stack);
	if (want->kind == PT_REC_ALLOC || want->kind == PT_REC_FREE) {
		assert_int_equal(got->fn, want->fn);
	} else {
		assert_int_equal(got->pool, want->pool);
		assert_int_equal(got->shard, want->shard);
	}
}

size_t decode_all(const uint8_t *bytes, size_t nr, uint64_t base, struct pt_record *out, size_t max,
			 int *last)
{
	uint8_t *exact = malloc(nr ? nr : 1);
	struct pt_codec c;
	size_t at = 0, got = 0;

	memcpy(exact, bytes, nr);
	pt_codec_reset(&c, base);
	while (got < max) {
		*last = pt_decode(&c, exact + at, exact + nr, &out[got]);
		if (*last <= 0)
			break;
		at += (size_t)*last;
		out[got].payload = NULL;
		got++;
	}
	free(exact);
	return got;
}
