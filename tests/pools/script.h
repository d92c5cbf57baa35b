/* SPDX-License-Identifier: MIT */
/* script.h - a fixed interleaving of pool operations; the format is in marketdata --help. */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "mempool.h"

#define SCRIPT_THREADS 6u
#define SCRIPT_SHARDS  64u
#define SCRIPT_OBJECTS 64u
#define SCRIPT_ALL     UINT32_MAX /* purge: all shards */

enum script_kind {
	OP_GET, OP_PUT, OP_GC, OP_DROP, OP_MOVE, OP_PURGE, OP_RESIZE, OP_DESTROY, OP_MARK, OP_WAIT,
	OP_REPUT, OP_REGET, OP_FOREIGN, OP_STRANGER, OP_FORGET, OP_VANISH, OP_KINDS
};

struct script_op {
	uint8_t kind;
	uint8_t thread, object;
	uint32_t shard, to;
	uint32_t number; /* bytes, microseconds */
	char text[24];
};

struct script {
	char name[64];
	const struct mempool_ops *pool;
	uint32_t threads, shards, bytes, capacity;
	struct script_op *ops;
	size_t ops_nr, ops_max;
	char next[256]; /* script_read(): the line that begins the next pool */
};

/* script_add() - aborts when there is no memory. */
void script_add(struct script *s, const struct script_op *op);
void script_clear(struct script *s); /* forgets its operations; the memory stays */

/* script_random() - the same for the same seed. */
void script_random(struct script *s, const struct mempool_ops *pool, uint64_t seed, unsigned int ops,
		   bool misuse);

/* script_read() - up to the next pool. 1: there is one, 0: end of file, -1: *line is wrong. */
int script_read(struct script *s, FILE *from, unsigned int *line);
void script_print(const struct script *s, FILE *to);

#endif
