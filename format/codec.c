/* SPDX-License-Identifier: MIT */
/* codec.c - the reader's half of codec.h. Trusts no byte; reads nothing outside the chunk. */
#include "codec.h"

#include "error.h"

static const uint8_t *get_time(struct pt_codec *c, const uint8_t *p, const uint8_t *end, uint64_t *tick)
{
	uint64_t dt;

	p = pt_varint_get(p, end, &dt);
	if (p)
		*tick = c->tick += dt;
	return p;
}

static const uint8_t *get_addr(struct pt_codec *c, const uint8_t *p, const uint8_t *end, uint8_t head,
			       uint64_t *addr)
{
	uint64_t v;

	if (head & PT_REC_ADDR_HIT) {
		if (p >= end)
			return NULL;
		*addr = c->addrs[*p];
		c->addr = pt_addr_fold(*addr);
		return p + 1;
	}
	p = pt_varint_get(p, end, &v);
	if (!p)
		return NULL;
	c->addr += pt_unzigzag(v);
	*addr = pt_addr_unfold(c->addr);
	c->addrs[pt_addr_slot(*addr)] = *addr;
	return p;
}

static const uint8_t *get_fn(const uint8_t *p, const uint8_t *end, uint8_t head, struct pt_record *out)
{
	static const uint8_t plain[2][3] = {
		{ PT_API_MALLOC, PT_API_CALLOC, PT_API_REALLOC },
		{ PT_API_FREE, PT_API_NR, PT_API_REALLOC },
	};
	unsigned int bits = head >> PT_REC_FN_SHIFT;

	if (bits != PT_FN_BYTE) {
		out->fn = plain[out->kind == PT_REC_FREE][bits];
	} else {
		if (p >= end)
			return NULL;
		out->fn = *p++;
	}
	return out->fn < PT_API_NR ? p : NULL;
}

static const uint8_t *get_stack(struct pt_codec *c, const uint8_t *p, const uint8_t *end, uint8_t head,
				struct pt_record *out)
{
	uint32_t *next = &c->next_stack[c->stack % PT_CODEC_SLOTS];
	uint64_t v;

	if (head & PT_REC_STACK_SAME) {
		out->stack = *next;
	} else {
		p = pt_varint_get(p, end, &v);
		if (!p || v > UINT32_MAX)
			return NULL;
		*next = out->stack = (uint32_t)v;
	}
	c->stack = out->stack;
	return p;
}

static const uint8_t *get_size(struct pt_codec *c, const uint8_t *p, const uint8_t *end, uint8_t head,
			       struct pt_record *out)
{
	uint32_t *size = &c->sizes[out->stack % PT_CODEC_SLOTS];
	uint64_t v;

	if (head & PT_REC_SIZE_SAME) {
		out->size_bytes = *size;
		return p;
	}
	p = pt_varint_get(p, end, &v);
	if (!p)
		return NULL;
	out->size_bytes = v;
	*size = v <= UINT32_MAX ? (uint32_t)v : 0;
	return p;
}

static const uint8_t *get_pool(struct pt_codec *c, const uint8_t *p, const uint8_t *end, uint8_t head,
			       struct pt_record *out)
{
	struct pt_codec_pool *at;
	uint64_t code;

	if (head & PT_REC_POOL_HIT) {
		if (p >= end || *p >= PT_CODEC_POOLS)
			return NULL;
		at = &c->pools[*p++];
	} else {
		p = pt_varint_get(p, end, &out->pool);
		p = p ? pt_varint_get(p, end, &code) : NULL;
		if (!p || code > UINT32_MAX)
			return NULL;
		at = &c->pools[pt_pool_slot(out->pool, PT_SHARD_OF(code))];
		at->pool = out->pool;
		at->shard = PT_SHARD_OF(code);
	}
	out->pool = at->pool;
	out->shard = at->shard;
	return p;
}

static const uint8_t *get_ext(struct pt_codec *c, const uint8_t *p, const uint8_t *end,
			      struct pt_record *out)
{
	uint64_t bytes;

	if (p >= end)
		return NULL;
	out->ext = *p++;
	p = pt_varint_get(p, end, &bytes);
	if (!p || bytes > PT_EXT_BYTES_MAX || bytes > (uint64_t)(end - p))
		return NULL;
	end = p + bytes;
	p = get_time(c, p, end, &out->tick);
	if (!p)
		return NULL;
	out->payload = p;
	out->payload_bytes = (uint32_t)(end - p);
	return end;
}

int pt_decode(struct pt_codec *c, const uint8_t *p, const uint8_t *end, struct pt_record *out)
{
	const uint8_t *start = p;
	uint8_t head;

	if (p >= end || !*p)
		return 0;
	head = *p++;
	out->kind = head & PT_REC_KIND_MASK;
	switch (out->kind) {
	case PT_REC_ALLOC:
		p = get_time(c, p, end, &out->tick);
		p = p ? get_addr(c, p, end, head, &out->addr) : NULL;
		p = p ? get_stack(c, p, end, head, out) : NULL;
		p = p ? get_size(c, p, end, head, out) : NULL;
		p = p ? get_fn(p, end, head, out) : NULL;
		break;
	case PT_REC_FREE:
		p = get_time(c, p, end, &out->tick);
		p = p ? get_addr(c, p, end, head, &out->addr) : NULL;
		p = p ? get_fn(p, end, head, out) : NULL;
		break;
	case PT_REC_GET:
	case PT_REC_PUT:
		p = get_time(c, p, end, &out->tick);
		p = p ? get_addr(c, p, end, head, &out->addr) : NULL;
		p = p ? get_stack(c, p, end, head, out) : NULL;
		if (out->kind == PT_REC_GET)
			p = p ? get_size(c, p, end, head, out) : NULL;
		p = p ? get_pool(c, p, end, head, out) : NULL;
		break;
	case PT_REC_EXT:
		p = get_ext(c, p, end, out);
		break;
	default:
		p = NULL;
	}
	return p ? (int)(p - start) : -PT_ECORRUPT;
}
