/* SPDX-License-Identifier: MIT */
/* oplayer.h - what the parts of oplayer share. */
#ifndef TESTS_OPLAYER_H
#define TESTS_OPLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAYS_MAX     64u
#define INSTANCES_MAX 4u
#define OBJECTS_MAX   40u

enum op { GET, PUT, MISS, STOCK, DROP, PURGE, MOVE, RESIZE, CREATE, DESTROY, SHARD_NAME };

struct call {
	enum op op;
	const void *pool, *object, *now;
	const char *name;
	size_t bytes;
	uint32_t shard;
};

/* What the player believes; the trace may see it otherwise. */
enum belief { NO_OBJECT, IN_USE, IDLE };

struct object {
	enum belief belief;
	char *at;     /* address that is told */
	void *memory; /* to be freed, or NULL */
	size_t bytes;
	unsigned int instance;
	uint32_t shard;
};

struct play {
	char name[80];
	char instances[INSTANCES_MAX][16]; /* their addresses name the pools */
	bool alive[INSTANCES_MAX];
	unsigned int instances_nr;
	bool created; /* pool_create is told */
	bool tells_misses;
	bool busy; /* many short holds */
	size_t bytes; /* 0: they vary */
	uint32_t shards_nr;
	unsigned int thread_shards; /* of 100 calls, how many name the thread's own */
	unsigned int odd;	    /* of 1,000 steps, how many are misuse */
	struct object objects[OBJECTS_MAX];
};

extern struct play plays[PLAYS_MAX];
extern unsigned int plays_nr;
extern uint64_t seed;

/* The baton's holder only. below() - 0 to limit - 1. chance() - in so many of 1,000 cases. */
uint64_t below(uint64_t limit);
bool chance(unsigned int of_1000);

/* step() - one thing happens in one play. */
void step(void);
/* tell() - the annotation, from one of several call sites. */
void tell(struct call c);

#endif
