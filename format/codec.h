/* SPDX-License-Identifier: MIT */
/*
 * codec.h - records in and out of bytes. No I/O, no malloc, no clock.
 *
 * Both sides keep one struct pt_codec per chunk and update it alike, so a chunk decodes alone.
 * The encoders are inline because they run inside malloc(): 3.6 bytes an event are worth
 * having because the page faults of the file, not the instructions, dominate (docs/design/).
 *
 * A prefix varint holds n = 1..9 bytes: the first byte ends in n-1 zero bits and a one
 * (n = 9: the byte is zero), the value stands above them, little-endian. So the length is
 * known from the first byte and there is no loop on either side.
 */
#ifndef PT_CODEC_H
#define PT_CODEC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "layout.h"

#define PT_VARINT_BYTES_MAX 9u
#define PT_CODEC_SLOTS 256u
#define PT_CODEC_POOLS 16u

/* A pool and one of its shards. */
struct pt_codec_pool {
	uint64_t pool; /* address; 0 = none yet */
	uint32_t shard;
	uint32_t pad;
};

struct pt_codec {
	uint64_t tick;	 /* of the last record */
	uint64_t addr;	 /* of the last event, rotated */
	uint64_t ip;	 /* of the last PT_EXT_FRAME */
	uint32_t stack;	 /* of the last PT_REC_ALLOC */
	uint32_t pad;
	uint64_t addrs[PT_CODEC_SLOTS];	    /* addresses seen, by hash; 0 = none */
	uint32_t next_stack[PT_CODEC_SLOTS]; /* stack that followed, by low bits of the one before */
	uint32_t sizes[PT_CODEC_SLOTS];	    /* size last asked for, by low bits of the stack */
	struct pt_codec_pool pools[PT_CODEC_POOLS]; /* seen, by hash */
};

/* One decoded record; for PT_REC_EXT only the first four and `payload`. */
struct pt_record {
	uint8_t kind; /* enum pt_rec */
	uint8_t fn;   /* enum pt_fn */
	uint8_t ext;  /* enum pt_ext, or unknown */
	uint64_t tick;
	uint64_t addr;
	uint64_t size_bytes;
	uint32_t stack; /* node of the writer's dictionary; 0 = none */
	const uint8_t *payload; /* EXT: fields after dt */
	uint32_t payload_bytes;
	uint64_t pool; /* GET, PUT: address, and the shard */
	uint32_t shard;
};

static inline void pt_codec_reset(struct pt_codec *c, uint64_t base_tick)
{
	memset(c, 0, sizeof(*c));
	c->tick = base_tick;
}

static inline uint64_t pt_zigzag(uint64_t delta)
{
	return (delta << 1) ^ (uint64_t)((int64_t)delta >> 63);
}

static inline uint64_t pt_unzigzag(uint64_t v)
{
	return (v >> 1) ^ (0 - (v & 1));
}

/* Slot of an address in pt_codec.addrs: the top byte of a Fibonacci hash (2^64 / golden ratio). */
static inline uint32_t pt_addr_slot(uint64_t addr)
{
	return (uint32_t)((addr * 0x9e3779b97f4a7c15ull) >> 56);
}

/* Heap addresses are multiples of 16 nearly always; rotating keeps the others exact too. */
static inline uint64_t pt_addr_fold(uint64_t addr)
{
	return addr >> 4 | addr << 60;
}

static inline uint64_t pt_addr_unfold(uint64_t folded)
{
	return folded << 4 | folded >> 60;
}

/* Write `v` at `p`: up to 9 bytes that count, 9 that may be touched (zeros above the value).
 * Returns the byte after. Whether one byte is enough is no branch here: for sizes and addresses it would be a coin's. */
static inline uint8_t *pt_varint_put_any(uint8_t *p, uint64_t v)
{
	unsigned int bits = 64u - (unsigned int)__builtin_clzll(v | 1), n;
	uint64_t word;

	n = (bits * 9 + 64) >> 6; /* ceil(bits / 7) for 1..56 */
	if (__builtin_expect(bits > 56, 0)) {
		p[0] = 0;
		memcpy(p + 1, &v, 8);
		return p + 9;
	}
	word = (v << 1 | 1) << (n - 1);
	memcpy(p, &word, 8);
	return p + n;
}

/* The same, for values that nearly always are below 128: where the next one goes is predicted and not computed. */
static inline uint8_t *pt_varint_put(uint8_t *p, uint64_t v)
{
	if (__builtin_expect(v >= 128, 0))
		return pt_varint_put_any(p, v);
	*p = (uint8_t)(v << 1 | 1);
	return p + 1;
}

/* Read one varint from [p, end). Returns the byte after, or NULL when it does not fit. */
static inline const uint8_t *pt_varint_get(const uint8_t *p, const uint8_t *end, uint64_t *v)
{
	unsigned int n;
	uint64_t word = 0;

	if (p >= end)
		return NULL;
	if (!p[0]) {
		if (end - p < 9)
			return NULL;
		memcpy(v, p + 1, 8);
		return p + 9;
	}
	n = (unsigned int)__builtin_ctz(p[0]) + 1;
	if (end - p < (int)n)
		return NULL;
	if (__builtin_expect(end - p >= 8, 1)) {
		memcpy(&word, p, 8);
		if (n < 8)
			word &= (1ull << (8 * n)) - 1;
	} else {
		memcpy(&word, p, n);
	}
	*v = word >> n;
	return p + n;
}

/* dt; time never runs backwards inside one writer. */
static inline __attribute__((always_inline)) uint8_t *pt_put_time(struct pt_codec *c, uint8_t *p, uint64_t tick)
{
	uint64_t dt = tick > c->tick ? tick - c->tick : 0;

	c->tick += dt;
	return pt_varint_put(p, dt);
}

/* The address, by slot or as a distance. Sets PT_REC_ADDR_HIT in *head. */
static inline uint8_t *pt_put_addr(struct pt_codec *c, uint8_t *p, uint64_t addr, uint8_t *head)
{
	uint32_t slot = pt_addr_slot(addr);
	uint64_t folded = pt_addr_fold(addr);

	if (c->addrs[slot] == addr) {
		*p++ = (uint8_t)slot;
		*head |= PT_REC_ADDR_HIT;
	} else {
		p = pt_varint_put_any(p, pt_zigzag(folded - c->addr));
		c->addrs[slot] = addr;
	}
	c->addr = folded;
	return p;
}

/* The two function bits for a pt_fn, PT_FN_BYTE when it needs its byte. */
static inline enum pt_rec_fn pt_fn_bits(enum pt_fn fn)
{
	switch (fn) {
	case PT_API_MALLOC:
	case PT_API_FREE:
		return PT_FN_PLAIN;
	case PT_API_CALLOC:
		return PT_FN_CALLOC;
	case PT_API_REALLOC:
		return PT_FN_REALLOC;
	default:
		return PT_FN_BYTE;
	}
}

static inline uint8_t *pt_put_fn(uint8_t *p, enum pt_fn fn, uint8_t *head)
{
	enum pt_rec_fn bits = pt_fn_bits(fn);

	*head |= (uint8_t)((unsigned int)bits << PT_REC_FN_SHIFT);
	if (bits == PT_FN_BYTE)
		*p++ = (uint8_t)fn;
	return p;
}

/* The stack, unless it is the one that followed last time. */
static inline uint8_t *pt_put_stack(struct pt_codec *c, uint8_t *p, uint32_t stack, uint8_t *head)
{
	uint32_t *next = &c->next_stack[c->stack % PT_CODEC_SLOTS];

	c->stack = stack;
	if (*next == stack) {
		*head |= PT_REC_STACK_SAME;
		return p;
	}
	*next = stack;
	return pt_varint_put(p, stack);
}

/* The size, unless it is the one last asked for at this stack. */
static inline uint8_t *pt_put_size(struct pt_codec *c, uint8_t *p, uint32_t stack, uint64_t size_bytes,
				   uint8_t *head)
{
	uint32_t *size = &c->sizes[stack % PT_CODEC_SLOTS];

	if (*size == size_bytes) {
		*head |= PT_REC_SIZE_SAME;
		return p;
	}
	*size = size_bytes <= UINT32_MAX ? (uint32_t)size_bytes : 0;
	return pt_varint_put_any(p, size_bytes);
}

/* Slot of a pool and shard in pt_codec.pools: the top bits of a Fibonacci hash. */
static inline uint32_t pt_pool_slot(uint64_t pool, uint32_t shard)
{
	return (uint32_t)(((pool + shard) * 0x9e3779b97f4a7c15ull) >> 60);
}
_Static_assert(PT_CODEC_POOLS == 16, "pt_pool_slot() has 4 bits");

static inline uint8_t *pt_put_pool(struct pt_codec *c, uint8_t *p, uint64_t pool, uint32_t shard, uint8_t *head)
{
	uint32_t slot = pt_pool_slot(pool, shard);
	struct pt_codec_pool *at = &c->pools[slot];

	if (at->pool == pool && at->shard == shard) {
		*p++ = (uint8_t)slot;
		*head |= PT_REC_POOL_HIT;
		return p;
	}
	at->pool = pool;
	at->shard = shard;
	p = pt_varint_put(p, pool);
	return pt_varint_put(p, PT_SHARD_CODE(shard));
}

/*
 * pt_put_alloc() - all of one PT_REC_ALLOC but its first byte.
 *
 * p: PT_RECORD_BYTES_MAX writable bytes. *head: the byte that commits the record when the
 * caller stores it at p[0], after everything else. Returns the byte after the record.
 */
static inline __attribute__((always_inline)) uint8_t *pt_put_alloc(struct pt_codec *c, uint8_t *p, enum pt_fn fn, uint64_t tick,
				    uint64_t addr, uint64_t size_bytes, uint32_t stack, uint8_t *head)
{
	*head = PT_REC_ALLOC;
	p = pt_put_time(c, p + 1, tick);
	p = pt_put_addr(c, p, addr, head);
	p = pt_put_stack(c, p, stack, head);
	p = pt_put_size(c, p, stack, size_bytes, head);
	return pt_put_fn(p, fn, head);
}

/* pt_put_free() - all of one PT_REC_FREE but its first byte; as pt_put_alloc(). */
static inline uint8_t *pt_put_free(struct pt_codec *c, uint8_t *p, enum pt_fn fn, uint64_t tick,
				   uint64_t addr, uint8_t *head)
{
	*head = PT_REC_FREE;
	p = pt_put_time(c, p + 1, tick);
	p = pt_put_addr(c, p, addr, head);
	return pt_put_fn(p, fn, head);
}

/* pt_put_get() - all of one PT_REC_GET but its first byte; as pt_put_alloc(). */
static inline uint8_t *pt_put_get(struct pt_codec *c, uint8_t *p, uint64_t tick, uint64_t object,
				  uint64_t size_bytes, uint32_t stack, uint64_t pool, uint32_t shard, uint8_t *head)
{
	*head = PT_REC_GET;
	p = pt_put_time(c, p + 1, tick);
	p = pt_put_addr(c, p, object, head);
	p = pt_put_stack(c, p, stack, head);
	p = pt_put_size(c, p, stack, size_bytes, head);
	return pt_put_pool(c, p, pool, shard, head);
}

/* pt_put_put() - all of one PT_REC_PUT but its first byte; as pt_put_alloc(). */
static inline uint8_t *pt_put_put(struct pt_codec *c, uint8_t *p, uint64_t tick, uint64_t object, uint32_t stack,
				  uint64_t pool, uint32_t shard, uint8_t *head)
{
	*head = PT_REC_PUT;
	p = pt_put_time(c, p + 1, tick);
	p = pt_put_addr(c, p, object, head);
	p = pt_put_stack(c, p, stack, head);
	return pt_put_pool(c, p, pool, shard, head);
}

/*
 * pt_decode() - one record at [p, end).
 *
 * Returns its length in bytes, 0 when there is nothing more here, -PT_ECORRUPT for bytes that
 * no writer writes. Never reads outside [p, end).
 */
int pt_decode(struct pt_codec *c, const uint8_t *p, const uint8_t *end, struct pt_record *out);

#endif
