/* SPDX-License-Identifier: MIT */
/*
 * market_play.c - plays scripts: real threads, of whom exactly one runs at a time, so the truth is exact.
 *
 * The baton is a semaphore for each thread: who has done the last of its operations in a row wakes
 * the thread of the next one. Threads stay for all scripts. Misuse is told to the recorder and to
 * the truth alone; the pool's own code never gets to see it.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "include/pooltrace.h"
#include "market.h"
#include "script.h"

struct foreign {
	void *block;
	uint32_t shard;
	bool own; /* a stranger is not ours to free */
};

struct play {
	const struct script *s;
	struct mempool *pool; /* NULL: destroyed */
	struct mempool_object *objects[SCRIPT_OBJECTS];
	struct foreign foreign[SCRIPT_OBJECTS];
	void *stranger; /* in use in the pool before */
	size_t at;
	bool over;
	sem_t turns[SCRIPT_THREADS], done;
	pthread_t threads[SCRIPT_THREADS];
};

static void tell_foreign(struct play *p, const struct script_op *op, uint32_t shard)
{
	struct foreign *f = &p->foreign[op->object];

	if (f->block || p->objects[op->object])
		return;
	f->own = op->kind == OP_FOREIGN || !p->stranger;
	f->block = f->own ? malloc(200) : p->stranger;
	f->shard = shard;
	if (!f->own)
		p->stranger = NULL; /* once a pool, or the second put would be one of an idle object */
	pooltrace_put(p->pool, f->block, shard);
	truth_foreign_put(&p->pool->truth, shard, p->pool->config.object_bytes);
}

static void forget_foreign(struct play *p, const struct script_op *op)
{
	struct foreign *f = &p->foreign[op->object];
	bool dropped = op->kind == OP_FORGET || !f->own;

	if (!f->block)
		return;
	if (dropped)
		pooltrace_drop(p->pool, f->block);
	truth_foreign_gone(&p->pool->truth, f->shard, p->pool->config.object_bytes, dropped);
	if (f->own)
		free(f->block);
	f->block = NULL;
}

static void misuse(struct play *p, const struct script_op *op, uint32_t shard)
{
	struct truth *t = &p->pool->truth;
	struct mempool_object *o = p->objects[op->object];

	switch (op->kind) {
	case OP_REPUT:
		if (!t->idle)
			return;
		pooltrace_put(p->pool, t->idle, shard);
		truth_reput(t, shard);
		break;
	case OP_REGET:
		if (!o)
			return;
		pooltrace_get(p->pool, o, o->bytes, shard);
		truth_reget(t, shard, o);
		break;
	case OP_FOREIGN:
	case OP_STRANGER:
		tell_foreign(p, op, shard);
		break;
	default:
		forget_foreign(p, op);
	}
}

/* A purge ends what is idle in the trace: foreign objects as well. */
static void purge(struct play *p, uint32_t shard)
{
	struct truth *t = &p->pool->truth;

	mempool_purge(p->pool, shard == SCRIPT_ALL ? POOLTRACE_ALL_SHARDS : shard);
	for (uint32_t i = 0; i < SCRIPT_OBJECTS; i++) {
		struct foreign *f = &p->foreign[i];

		if (!f->block || (shard != SCRIPT_ALL && shard != f->shard))
			continue;
		truth_foreign_purged(t, f->shard, p->pool->config.object_bytes);
		if (f->own)
			free(f->block);
		f->block = NULL;
	}
}

static void destroy(struct play *p)
{
	market_truth(p->pool, true);
	mempool_close(p->pool);
	p->pool = NULL;
}

static void wait_us(uint32_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

static void apply(struct play *p, const struct script_op *op)
{
	struct mempool *pool = p->pool;
	struct mempool_object **o = &p->objects[op->object];
	uint32_t shard;

	if (!pool)
		return;
	shard = op->shard == SCRIPT_ALL ? SCRIPT_ALL : mempool_shard(pool, op->shard);

	switch (op->kind) {
	case OP_GET:
		if (!*o && !p->foreign[op->object].block)
			*o = pool->ops->get(pool, shard, op->number);
		break;
	case OP_PUT:
		if (*o)
			pool->ops->put(pool, shard, *o);
		*o = NULL;
		break;
	case OP_GC:
		if (pool->ops->gc)
			pool->ops->gc(pool);
		break;
	case OP_DROP:
		mempool_trim(pool, shard);
		break;
	case OP_MOVE:
		mempool_move(pool, shard, mempool_shard(pool, op->to));
		break;
	case OP_PURGE:
		purge(p, shard);
		break;
	case OP_RESIZE:
		if (*o)
			*o = mempool_resize(pool, *o, op->number);
		break;
	case OP_DESTROY:
		destroy(p);
		break;
	case OP_MARK:
		pooltrace_mark(op->text);
		break;
	case OP_WAIT:
		wait_us(op->number);
		break;
	default:
		misuse(p, op, shard);
	}
}

struct player {
	struct play *play;
	uint32_t nth;
};

static void wait_for(sem_t *turn)
{
	while (sem_wait(turn) && errno == EINTR)
		;
}

static void *player(void *arg)
{
	struct player *me = arg;
	struct play *p = me->play;
	char name[16];

	snprintf(name, sizeof(name), "script-%u", me->nth);
	pthread_setname_np(pthread_self(), name);
	for (;;) {
		wait_for(&p->turns[me->nth]);
		if (p->over)
			return NULL;
		while (p->at < p->s->ops_nr && p->s->ops[p->at].thread == me->nth)
			apply(p, &p->s->ops[p->at++]);
		sem_post(p->at < p->s->ops_nr ? &p->turns[p->s->ops[p->at].thread] : &p->done);
	}
}

/* The pool stays as the script left it; an object in use of it is the next one's stranger. */
static int play(struct play *p, const struct script *s)
{
	struct mempool_config config = {
		.name = s->name,
		.processors = s->shards,
		.object_bytes = s->bytes,
		.capacity = s->capacity,
		.never_wait = true,
		.keep_list = true,
	};

	memset(p->objects, 0, sizeof(p->objects));
	memset(p->foreign, 0, sizeof(p->foreign));
	p->s = s;
	p->at = 0;
	p->pool = mempool_open(s->pool, &config);
	if (!p->pool)
		return -1;
	if (s->ops_nr) {
		sem_post(&p->turns[s->ops[0].thread]);
		wait_for(&p->done);
	}
	p->stranger = NULL;
	for (uint32_t i = 0; i < SCRIPT_OBJECTS && p->pool; i++)
		if (p->objects[i])
			p->stranger = p->objects[i];
	if (p->pool)
		market_truth(p->pool, false);
	return 0;
}

static int one(struct play *p, const struct market *m, const struct script *s, bool *first)
{
	if (m->print_script) {
		script_print(s, stdout);
		return 0;
	}
	printf("%s", *first ? "{\"pools\":[\n" : ",\n");
	*first = false;
	return play(p, s);
}

static int play_file(struct play *p, const struct market *m, struct script *s, bool *first)
{
	FILE *f = strcmp(m->script, "-") == 0 ? stdin : fopen(m->script, "r");
	unsigned int line = 0;
	int r;

	if (!f) {
		fprintf(stderr, "marketdata: %s: %s\n", m->script, strerror(errno));
		return -1;
	}
	while ((r = script_read(s, f, &line)) == 1)
		if (one(p, m, s, first))
			break;
	if (r < 0)
		fprintf(stderr, "marketdata: %s:%u: not understood; see marketdata --help\n", m->script, line);
	if (f != stdin)
		fclose(f);
	return r ? -1 : 0;
}

/* Script n of a kind is the same whatever other kinds are played with it. */
static int play_random(struct play *p, const struct market *m, struct script *s, bool *first)
{
	for (unsigned int n = 1; n <= m->scripts; n++) {
		for (size_t k = 0; mempool_table[k]; k++) {
			const struct mempool_ops *pool = mempool_table[k];

			if (m->pool && m->pool != pool)
				continue;
			script_random(s, pool, m->seed * 1000003 + n, m->ops, m->misuse);
			snprintf(s->name, sizeof(s->name), "%s-%04u", pool->name, n);
			if (one(p, m, s, first))
				return -1;
		}
	}
	return 0;
}

int market_play(const struct market *m)
{
	static struct play p;
	struct player players[SCRIPT_THREADS];
	struct script s = { .ops_nr = 0 };
	bool first = true;
	int r;

	sem_init(&p.done, 0, 0);
	for (uint32_t i = 0; i < SCRIPT_THREADS; i++) {
		players[i] = (struct player){ &p, i };
		sem_init(&p.turns[i], 0, 0);
		if (pthread_create(&p.threads[i], NULL, player, &players[i]))
			return 1;
	}
	r = m->script ? play_file(&p, m, &s, &first) : play_random(&p, m, &s, &first);
	if (!first)
		printf("\n]}\n");
	p.over = true;
	for (uint32_t i = 0; i < SCRIPT_THREADS; i++) {
		sem_post(&p.turns[i]);
		pthread_join(p.threads[i], NULL);
	}
	free(s.ops);
	return r ? 2 : 0;
}
