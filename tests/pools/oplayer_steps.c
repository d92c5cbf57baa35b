/* SPDX-License-Identifier: MIT */
/*
 * oplayer_steps.c - what may happen in a play of oplayer, and how often.
 */
#include <stdio.h>
#include <stdlib.h>

#include "include/pooltrace.h"
#include "oplayer.h"

#define ARENA_BYTES (1u << 20)

static char arena[ARENA_BYTES] __attribute__((aligned(64)));
static bool paused;

static uint32_t some_shard(const struct play *p)
{
	return below(100) < p->thread_shards ? POOLTRACE_SHARD_THREAD : (uint32_t)below(p->shards_nr);
}

static size_t some_bytes(const struct play *p)
{
	static const size_t sizes[] = { 0, 1, 16, 64, 100, 1000, 1000, 4096, 20000 };

	if (p->bytes)
		return chance(100) ? 0 : p->bytes;
	return sizes[below(sizeof(sizes) / sizeof(sizes[0]))];
}

static struct object *some_object(struct play *p, enum belief belief, int instance)
{
	unsigned int from = (unsigned int)below(OBJECTS_MAX);

	for (unsigned int i = 0; i < OBJECTS_MAX; i++) {
		struct object *x = &p->objects[(from + i) % OBJECTS_MAX];

		if (x->belief == belief && (instance < 0 || x->instance == (unsigned int)instance))
			return x;
	}
	return NULL;
}

static const void *pool_of(const struct play *p, const struct object *x)
{
	return p->instances[x->instance];
}

/* Memory for an object: from malloc, inside a block of malloc's, or from the arena. */
static void make(struct object *x, size_t bytes)
{
	unsigned int how = (unsigned int)below(10);

	x->bytes = bytes;
	x->memory = NULL;
	if (how == 0 || paused) {
		x->at = arena + 32 * below(ARENA_BYTES / 32);
		return;
	}
	x->memory = malloc((chance(100) ? bytes / 2 : bytes) + 64);
	x->at = (char *)x->memory + (how == 1 ? 64 : 0);
}

static void release(struct object *x)
{
	if (!paused)
		free(x->memory);
	x->memory = NULL;
	x->belief = NO_OBJECT;
}

static void get_made(struct play *p, unsigned int instance, uint32_t shard)
{
	struct object *x = some_object(p, NO_OBJECT, -1);
	size_t bytes = some_bytes(p);

	if (!x)
		return;
	if (p->tells_misses && !chance(100))
		tell((struct call){ .op = MISS, .pool = p->instances[instance],
				    .shard = chance(100) ? some_shard(p) : shard });
	make(x, bytes ? bytes : p->bytes);
	x->instance = instance;
	x->belief = IN_USE;
	tell((struct call){ .op = GET, .pool = pool_of(p, x), .object = x->at, .bytes = bytes, .shard = shard });
}

static void step_get(struct play *p, unsigned int instance)
{
	struct object *x = chance(600) ? some_object(p, IDLE, (int)instance) : NULL;
	uint32_t shard = some_shard(p);

	if (!x) {
		get_made(p, instance, shard);
		return;
	}
	x->belief = IN_USE;
	tell((struct call){ .op = GET, .pool = pool_of(p, x), .object = x->at,
			    .bytes = chance(150) ? some_bytes(p) : x->bytes,
			    .shard = chance(400) ? x->shard : shard });
}

static void step_put(struct play *p, unsigned int instance)
{
	struct object *x = some_object(p, IN_USE, (int)instance);

	if (!x)
		return;
	x->belief = IDLE;
	x->shard = some_shard(p);
	tell((struct call){ .op = PUT, .pool = pool_of(p, x), .object = x->at, .shard = x->shard });
}

static void step_stock(struct play *p, unsigned int instance)
{
	struct object *x = some_object(p, NO_OBJECT, -1);
	size_t bytes = some_bytes(p);

	if (!x)
		return;
	make(x, bytes ? bytes : p->bytes);
	x->instance = instance;
	x->belief = IDLE;
	x->shard = some_shard(p);
	tell((struct call){ .op = STOCK, .pool = pool_of(p, x), .object = x->at, .bytes = bytes, .shard = x->shard });
}

/* Dropped and freed, freed alone, freed and then dropped, or dropped alone. */
static void step_leave(struct play *p, unsigned int instance)
{
	struct object *x = some_object(p, chance(800) ? IDLE : IN_USE, (int)instance);
	unsigned int how = (unsigned int)below(20);
	struct call c = { .op = DROP };

	if (!x)
		return;
	c.pool = pool_of(p, x);
	c.object = x->at;
	if (how > 3)
		tell(c);
	if (how > 0)
		release(x);
	else
		x->belief = NO_OBJECT, x->memory = NULL;
	if (how < 2)
		tell(c);
}

static void step_purge(struct play *p, unsigned int instance)
{
	uint32_t shard = chance(300) ? POOLTRACE_ALL_SHARDS : some_shard(p);

	tell((struct call){ .op = PURGE, .pool = p->instances[instance], .shard = shard });
	for (unsigned int i = 0; i < OBJECTS_MAX; i++) {
		struct object *x = &p->objects[i];

		if (x->belief == IDLE && x->instance == instance &&
		    (shard == POOLTRACE_ALL_SHARDS || x->shard == shard) && shard != POOLTRACE_SHARD_THREAD)
			release(x);
	}
}

static void step_move(struct play *p, unsigned int instance)
{
	struct object *x = some_object(p, IDLE, (int)instance);

	if (!x)
		return;
	x->shard = some_shard(p);
	tell((struct call){ .op = MOVE, .pool = pool_of(p, x), .object = x->at, .shard = x->shard });
}

/* In place; by realloc; or by hand, told before the old memory is freed. */
static void step_resize(struct play *p, unsigned int instance)
{
	struct object *x = some_object(p, chance(700) ? IN_USE : IDLE, (int)instance);
	struct call c = { .op = RESIZE };
	unsigned int how = (unsigned int)below(4);
	char *was;

	if (!x)
		return;
	c.bytes = chance(100) ? 0 : chance(300) ? x->bytes / 2 : 2 * x->bytes + 8;
	c.pool = pool_of(p, x);
	was = x->at;
	c.object = was;
	if (x->memory && x->at == x->memory && how && !paused) {
		char *old = x->memory;

		x->memory = how == 1 ? realloc(old, c.bytes + 64) : malloc(c.bytes + 64);
		x->at = x->memory;
		c.now = x->at;
		tell(c);
		if (how != 1)
			free(old);
	} else {
		c.now = was;
		tell(c);
	}
	x->bytes = c.bytes ? c.bytes : x->bytes;
}

/* Many short holds: enough for a p99.9. */
static void step_burst(struct play *p, unsigned int instance)
{
	struct object *x = chance(25) ? some_object(p, IDLE, (int)instance) : NULL;

	for (unsigned int i = 0; x && i < 300; i++) {
		struct call c = { .op = GET, .pool = pool_of(p, x), .object = x->at, .bytes = x->bytes, .shard = x->shard };

		tell(c);
		c.op = PUT;
		tell(c);
	}
}

static void begin(struct play *p, unsigned int instance)
{
	p->alive[instance] = true;
	if (p->created)
		tell((struct call){ .op = CREATE, .pool = p->instances[instance], .name = p->name,
				    .bytes = p->bytes, .shard = p->shards_nr });
}

static void step_end(struct play *p, unsigned int instance)
{
	tell((struct call){ .op = DESTROY, .pool = p->instances[instance] });
	for (unsigned int i = 0; i < OBJECTS_MAX; i++)
		if (p->objects[i].instance == instance && p->objects[i].belief != NO_OBJECT)
			release(&p->objects[i]);
	p->alive[instance] = false;
	if (chance(700))
		begin(p, instance);
}

/* Calls that ought not to be made. */
static void step_odd(struct play *p, unsigned int instance)
{
	struct play *other = &plays[below(plays_nr)];
	struct object *x = some_object(other, chance(500) ? IDLE : IN_USE, -1);
	struct call c = { .pool = p->instances[instance], .shard = some_shard(p), .bytes = some_bytes(p) };
	static const enum op ops[] = { GET, PUT, PUT, GET, DROP, MOVE, RESIZE, STOCK, PUT };

	c.op = ops[below(sizeof(ops) / sizeof(ops[0]))];
	if (chance(300))
		x = some_object(p, IN_USE, (int)instance);
	else if (chance(300))
		x = some_object(p, IDLE, (int)instance);
	c.object = x ? x->at : arena + 32 * below(ARENA_BYTES / 32);
	c.now = c.object;
	if (c.op == RESIZE && chance(500))
		c.now = arena + 32 * below(ARENA_BYTES / 32);
	if (c.op == STOCK && chance(950))
		c.op = PUT;
	tell(c);
}

static void step_rare(struct play *p, unsigned int instance)
{
	static const char *const marks[] = { "load done", "a quiet phase", "it \"ends\"" };
	char name[100];

	switch (below(10)) {
	case 0:
	case 1:
		step_end(p, instance);
		break;
	case 2:
		pooltrace_mark(marks[below(3)]);
		break;
	case 3:
	case 4:
		snprintf(name, sizeof(name), "ring %u of a pool whose shards have names that are longer than what is kept",
			 (unsigned int)below(1000));
		tell((struct call){ .op = SHARD_NAME, .pool = p->instances[instance], .shard = some_shard(p),
				    .name = name + (chance(500) ? 0 : 40) });
		break;
	case 5:
		if (p->created && chance(300)) /* again, where one lives */
			begin(p, instance);
		break;
	case 6:
		if (chance(200) && !paused) {
			pooltrace_pause();
			paused = true;
		}
		break;
	default:
		if (p->created && !p->bytes && chance(100)) {
			p->bytes = 4096; /* sizes that were one are no longer */
			begin(p, instance);
		}
	}
	if (paused && chance(300)) {
		paused = false;
		pooltrace_resume();
	}
}

void step(void)
{
	struct play *p = &plays[below(plays_nr)];
	unsigned int instance = (unsigned int)below(p->instances_nr), what = (unsigned int)below(1000);

	if (!p->alive[instance] && !chance(30))
		begin(p, instance);
	if (p->busy)
		step_burst(p, instance);
	if (chance(p->odd))
		step_odd(p, instance);
	else if (what < 360)
		step_get(p, instance);
	else if (what < 720)
		step_put(p, instance);
	else if (what < 760)
		step_stock(p, instance);
	else if (what < 840)
		step_leave(p, instance);
	else if (what < 850)
		step_purge(p, instance);
	else if (what < 890)
		step_move(p, instance);
	else if (what < 970)
		step_resize(p, instance);
	else
		step_rare(p, instance);
}
