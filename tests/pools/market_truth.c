/* SPDX-License-Identifier: MIT */
/* market_truth.c - what a pool's own counters say, as JSON; keys are those of the report. */
#include <inttypes.h>
#include <stdio.h>

#include "market.h"

#define NUMBER(key, value) printf("\"%s\":%" PRIi64 ",", key, (int64_t)(value))

static void shards(const struct truth *t, int64_t left)
{
	printf("\"shards\":[");
	for (uint32_t i = 0; i < t->shards_nr; i++) {
		const struct truth_shard *s = &t->shards[i];

		printf("%s\n  {", i ? "," : "");
		NUMBER("shard", i);
		NUMBER("gets", s->gets);
		NUMBER("puts", s->puts);
		NUMBER("hits", s->hits);
		NUMBER("misses", s->misses);
		NUMBER("steals", s->steals);
		NUMBER("drops", s->drops);
		NUMBER("stranded_misses", s->stranded_misses);
		NUMBER("peak_idle_objects", s->peak_idle_objects);
		NUMBER("idle_objects", left * s->idle_objects);
		printf("\"idle_bytes\":%" PRIi64 "}", left * s->idle_bytes);
	}
	printf("]");
}

void market_truth(const struct mempool *p, bool destroyed)
{
	const struct truth *t = &p->truth;
	int64_t left = !destroyed;

	printf("{\"name\":\"%s\",\"kind\":\"%s\",", p->config.name, p->ops->name);
	NUMBER("object_bytes", p->config.object_bytes);
	NUMBER("capacity", p->config.capacity);
	NUMBER("gets", TRUTH_SUM(t, gets));
	NUMBER("puts", TRUTH_SUM(t, puts));
	NUMBER("hits", TRUTH_SUM(t, hits));
	NUMBER("misses", TRUTH_SUM(t, misses));
	NUMBER("steals", TRUTH_SUM(t, steals));
	NUMBER("stranded_misses", TRUTH_SUM(t, stranded_misses));
	NUMBER("stocked", t->stocked);
	NUMBER("drops", t->dropped);
	NUMBER("purged", t->purged);
	NUMBER("vanished", t->vanished);
	NUMBER("waits", p->waits);
	NUMBER("failures", p->failures);
	NUMBER("put_of_idle", t->reputs);
	NUMBER("put_of_foreign", t->foreign_puts);
	NUMBER("get_of_in_use", t->regets);
	NUMBER("peak_held_bytes", t->peak_held_bytes);
	NUMBER("peak_in_use_bytes", t->peak_in_use_bytes);
	NUMBER("held_at_end_bytes", left * t->held_bytes);
	NUMBER("in_use_at_end_bytes", left * t->in_use_bytes);
	NUMBER("in_use_at_end_objects", left * t->in_use_objects);
	NUMBER("idle_at_end_bytes", left * (t->held_bytes - t->in_use_bytes));
	NUMBER("idle_at_end_objects", left * (t->held_objects - t->in_use_objects));
	shards(t, left);
	printf("}");
}
