/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_places.c - where an event happened: the pool's row, its instance, slot and shard.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

static size_t row_of(struct oracle *o, const char *name)
{
	struct row *r;

	for (size_t i = 0; i < o->rows_nr; i++)
		if (strncmp(o->rows[i].name, name, NAME_MAX_) == 0)
			return i;
	r = PUSH(o->rows, o->rows_nr, o->rows_room);
	memset(r, 0, sizeof(*r));
	snprintf(r->name, sizeof(r->name), "%s", name);
	/* The adapters' names are theirs alone; there is one. */
	strcpy(r->source, strncmp(name, "apr:", 4) == 0 ? "apr" : "annotated");
	return o->rows_nr - 1;
}

static size_t slots_in_use(const struct oracle *o, size_t row)
{
	size_t nr = 0;

	for (size_t i = 0; i < o->instances_nr; i++)
		nr += o->instances[i].alive && o->instances[i].row == row;
	return nr;
}

static uint64_t free_slot(const struct oracle *o, size_t row)
{
	for (uint64_t slot = 0;; slot++) {
		bool taken = false;

		for (size_t i = 0; i < o->instances_nr; i++)
			taken |= o->instances[i].alive && o->instances[i].row == row &&
				 o->instances[i].slot == slot;
		if (!taken)
			return slot;
	}
}

static size_t begin(struct oracle *o, uint64_t addr, const char *name, uint64_t bytes)
{
	size_t row = row_of(o, name);
	uint64_t slot = free_slot(o, row);
	struct row *r = &o->rows[row];

	*PUSH(o->instances, o->instances_nr, o->instances_room) =
		(struct instance){ addr, row, slot, bytes, true };
	r->instances_nr++;
	if (slots_in_use(o, row) > r->slots_nr)
		r->slots_nr = slots_in_use(o, row);
	return o->instances_nr - 1;
}

size_t pool_oracle_instance_at(const struct oracle *o, uint64_t addr)
{
	for (size_t i = 0; i < o->instances_nr; i++)
		if (o->instances[i].alive && o->instances[i].addr == addr)
			return i;
	return NONE;
}

size_t pool_oracle_create(struct oracle *o, const struct event *ev)
{
	size_t instance = begin(o, ev->pool, ev->text ? ev->text : "", ev->bytes);
	struct row *r = &o->rows[o->instances[instance].row];

	if (!r->creates_nr++) {
		r->object_bytes = ev->bytes;
		r->one_size = ev->bytes > 0;
	} else if (r->object_bytes != ev->bytes) {
		r->one_size = false;
	}
	return instance;
}

size_t pool_oracle_first_use(struct oracle *o, const struct event *ev)
{
	char name[32];

	snprintf(name, sizeof(name), "0x%" PRIx64, ev->pool);
	return begin(o, ev->pool, name, 0);
}

size_t pool_oracle_shard(struct oracle *o, const struct event *ev, bool make)
{
	struct row *r = &o->rows[ev->row];
	uint64_t slot = o->instances[ev->instance].slot;
	bool of_thread = ev->shard_kind == SHARD_THREAD;
	uint64_t number = of_thread ? ev->thread : ev->shard;

	for (size_t i = 0; i < r->shards_nr; i++)
		if (r->shards[i].slot == slot && r->shards[i].of_thread == of_thread &&
		    r->shards[i].number == number)
			return i;
	if (!make)
		return NONE;
	*PUSH(r->shards, r->shards_nr, r->shards_room) = (struct shard){ slot, of_thread, number, "" };
	return r->shards_nr - 1;
}

void pool_oracle_name_shard(struct oracle *o, const struct event *ev)
{
	struct shard_name *n = PUSH(o->names, o->names_nr, o->names_room);

	*n = (struct shard_name){ .row = ev->row,
				  .slot = o->instances[ev->instance].slot,
				  .of_thread = ev->shard_kind == SHARD_THREAD,
				  .number = ev->shard_kind == SHARD_THREAD ? ev->thread : ev->shard };
	snprintf(n->name, sizeof(n->name), "%.*s", NAME_MAX_, ev->text ? ev->text : "");
}

void pool_oracle_apply_names(struct oracle *o)
{
	for (size_t i = 0; i < o->names_nr; i++) {
		const struct shard_name *n = &o->names[i];
		struct row *r = &o->rows[n->row];

		for (size_t k = 0; k < r->shards_nr; k++)
			if (r->shards[k].slot == n->slot && r->shards[k].of_thread == n->of_thread &&
			    r->shards[k].number == n->number)
				strcpy(r->shards[k].name, n->name);
	}
}
