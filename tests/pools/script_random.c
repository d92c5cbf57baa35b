/* SPDX-License-Identifier: MIT */
/*
 * script_random.c - scripts by chance: what programs do with pools, and what they ought not to do.
 *
 * How many objects are wanted changes every twenty operations or so, so that there are bursts and
 * ebbs; threads have a shard of their own, and now and then use another.
 */
#include <string.h>

#include "market.h"
#include "script.h"

#define WANTED_MAX 16u

struct author {
	struct script *s;
	uint64_t random;
	bool used[SCRIPT_OBJECTS], foreign[SCRIPT_OBJECTS];
	unsigned int used_nr, wanted;
	bool sizes_vary, stranger_used;
};

static uint32_t any(struct author *a, uint32_t below)
{
	return market_random(&a->random) % below;
}

static uint32_t some_bytes(struct author *a)
{
	uint32_t classes = any(a, 4) ? 6 : TRUTH_CLASSES - 3;

	return TRUTH_CLASS_BYTES * (2 + any(a, classes));
}

static uint32_t some_shard(struct author *a, uint32_t thread)
{
	return any(a, 3) ? thread % a->s->shards : any(a, a->s->shards);
}

/* One of the objects of whom `which` says `want`, or SCRIPT_OBJECTS. */
static uint32_t some_object(struct author *a, const bool *which, bool want)
{
	uint32_t first = any(a, SCRIPT_OBJECTS);

	for (uint32_t i = 0; i < SCRIPT_OBJECTS; i++) {
		uint32_t o = (first + i) % SCRIPT_OBJECTS;

		if (which[o] == want && (which == a->foreign || !a->foreign[o]))
			return o;
	}
	return SCRIPT_OBJECTS;
}

static void get_or_put(struct author *a, struct script_op *op)
{
	bool want_get = any(a, 8) ? a->used_nr < a->wanted : any(a, 2);
	uint32_t o = some_object(a, a->used, !want_get);

	if (o == SCRIPT_OBJECTS || (want_get && a->used_nr == 2 * WANTED_MAX))
		return;
	op->kind = want_get ? OP_GET : OP_PUT;
	op->object = (uint8_t)o;
	op->number = some_bytes(a);
	a->used[o] = want_get;
	a->used_nr += want_get ? 1 : -1u;
}

static void rare(struct author *a, struct script_op *op)
{
	static const uint8_t kinds[] = { OP_GC, OP_DROP, OP_DROP, OP_MOVE, OP_MOVE, OP_PURGE, OP_MARK,
					 OP_WAIT, OP_RESIZE, OP_RESIZE, OP_RESIZE };
	uint32_t o = some_object(a, a->used, true);

	op->kind = kinds[any(a, sizeof(kinds))];
	op->shard = any(a, a->s->shards);
	op->to = any(a, a->s->shards);
	op->number = some_bytes(a);
	if (op->kind == OP_PURGE && any(a, 4) == 0)
		op->shard = SCRIPT_ALL;
	if (op->kind == OP_WAIT)
		op->number = 1 + any(a, 300);
	if (op->kind == OP_MARK)
		strcpy(op->text, "phase");
	if (op->kind == OP_RESIZE) {
		if (!a->sizes_vary || o == SCRIPT_OBJECTS)
			op->kind = OP_KINDS;
		op->object = (uint8_t)(o % SCRIPT_OBJECTS);
	}
}

static void misuse(struct author *a, struct script_op *op)
{
	static const uint8_t kinds[] = { OP_REPUT, OP_REGET, OP_FOREIGN, OP_STRANGER, OP_FORGET, OP_VANISH };
	uint32_t o;

	op->kind = kinds[any(a, sizeof(kinds))];
	if (op->kind == OP_REPUT)
		return;
	if (op->kind == OP_STRANGER && a->stranger_used)
		op->kind = OP_FOREIGN;
	if (op->kind == OP_REGET)
		o = some_object(a, a->used, true);
	else if (op->kind == OP_FOREIGN || op->kind == OP_STRANGER)
		o = some_object(a, a->used, false);
	else
		o = some_object(a, a->foreign, true);
	if (o == SCRIPT_OBJECTS) {
		op->kind = OP_KINDS;
		return;
	}
	op->object = (uint8_t)o;
	if (op->kind == OP_STRANGER)
		a->stranger_used = true;
	if (op->kind != OP_REGET)
		a->foreign[o] = op->kind == OP_FOREIGN || op->kind == OP_STRANGER;
}

void script_random(struct script *s, const struct mempool_ops *pool, uint64_t seed, unsigned int ops,
		   bool with_misuse)
{
	struct author a = { .s = s, .random = seed * 2654435761u + 12345, .wanted = WANTED_MAX / 2 };

	any(&a, 2); /* the first numbers of near seeds are near */
	s->pool = pool;
	s->threads = 1 + any(&a, SCRIPT_THREADS);
	s->shards = 1 + any(&a, 8);
	s->bytes = any(&a, 2) ? some_bytes(&a) : 0;
	s->capacity = 1 + any(&a, 24);
	a.sizes_vary = s->bytes == 0 || any(&a, 3) == 0; /* made alike, but they may grow */
	script_clear(s);
	while (s->ops_nr < ops) {
		struct script_op op = { .kind = OP_KINDS, .thread = (uint8_t)any(&a, s->threads) };
		uint32_t what = any(&a, 100);

		op.shard = some_shard(&a, op.thread);
		if (any(&a, 20) == 0)
			a.wanted = any(&a, WANTED_MAX + 1);
		if (what < 12)
			rare(&a, &op);
		else if (what < 18 && with_misuse)
			misuse(&a, &op);
		else
			get_or_put(&a, &op);
		if (op.kind != OP_KINDS)
			script_add(s, &op);
	}
	if (any(&a, 8) == 0)
		script_add(s, &(struct script_op){ .kind = OP_DESTROY, .thread = (uint8_t)any(&a, s->threads) });
}
