/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_layers.c - where the bytes of the process are: at the end, and at marks.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

/* malloc blocks in use, or ranges of addresses. */
struct block {
	uint64_t addr, bytes;
};
struct blocks {
	struct block *list;
	size_t nr, room;
};

static void remove_block(struct blocks *b, uint64_t addr)
{
	for (size_t i = 0; i < b->nr; i++)
		if (b->list[i].addr == addr) {
			b->list[i] = b->list[--b->nr];
			return;
		}
}

static void apply(struct blocks *b, const struct event *ev)
{
	if (ev->kind == K_FREE && !ev->anomaly)
		remove_block(b, ev->addr);
	if (ev->kind == K_REALLOC_FREED || ev->kind == K_REALLOC_END)
		remove_block(b, ev->old_addr);
	if (ev->kind != K_ALLOC && ev->kind != K_REALLOC_END)
		return;
	remove_block(b, ev->addr);
	*PUSH(b->list, b->nr, b->room) = (struct block){ ev->addr, ev->bytes };
}

static uint64_t blocks_bytes(const struct blocks *b)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->nr; i++)
		sum += b->list[i].bytes;
	return sum;
}

static int by_addr(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

/* Ranges of all objects that are idle at the end, those that touch or overlap joined. */
static struct blocks idle_ranges(const struct oracle *o)
{
	struct blocks b = { 0 };
	size_t nr = 0;

	for (size_t i = 0; i < o->rows_nr; i++)
		for (size_t k = 0; k < o->rows[i].pieces_nr; k++) {
			const struct piece *p = &o->rows[i].pieces[k];

			if (p->to == NONE && p->hold.state == IDLE)
				*PUSH(b.list, b.nr, b.room) = (struct block){ p->hold.addr, p->hold.bytes };
		}
	if (b.nr)
		qsort(b.list, b.nr, sizeof(*b.list), by_addr);
	for (size_t i = 0; i < b.nr; i++) {
		struct block *last = nr ? &b.list[nr - 1] : NULL, *next = &b.list[i];

		if (!last || last->addr + last->bytes < next->addr)
			b.list[nr++] = *next;
		else if (next->addr + next->bytes > last->addr + last->bytes)
			last->bytes = next->addr + next->bytes - last->addr;
	}
	b.nr = nr;
	return b;
}

/* What allocator_idle_bytes is, docs/report.md says and another oracle checks: it is taken as reported. */
static json_t *rest_of_rss(const struct oracle *o, uint64_t known)
{
	const struct event *last = NULL;

	for (size_t i = 0; i < o->events_nr; i++)
		if (o->events[i].kind == K_RSS)
			last = &o->events[i];
	return last && last->anon_bytes >= known ? pool_oracle_number(last->anon_bytes - known) : json_null();
}

static json_t *layers(const struct oracle *o, const json_t *document, const struct blocks *in_use)
{
	struct blocks idle = idle_ranges(o);
	uint64_t inside = 0, all = blocks_bytes(&idle), used = blocks_bytes(in_use);
	json_t *totals = json_object_get(document, "totals"), *j = json_object();
	uint64_t free_bytes = (uint64_t)json_integer_value(json_object_get(totals, "idle_at_end_bytes"));

	for (size_t i = 0; i < idle.nr; i++)
		for (size_t k = 0; k < in_use->nr; k++) {
			uint64_t a = idle.list[i].addr, a_end = a + idle.list[i].bytes;
			uint64_t b = in_use->list[k].addr, b_end = b + in_use->list[k].bytes;

			a = a > b ? a : b;
			a_end = a_end < b_end ? a_end : b_end;
			inside += a < a_end ? a_end - a : 0;
		}
	pool_oracle_set(j, "used_bytes", pool_oracle_number(used - inside));
	pool_oracle_set(j, "pool_idle_bytes", pool_oracle_number(inside));
	pool_oracle_set(j, "pool_idle_elsewhere_bytes", pool_oracle_number(all - inside));
	pool_oracle_set(j, "allocator_idle_bytes", pool_oracle_number(free_bytes));
	pool_oracle_set(j, "rest_of_rss_bytes", rest_of_rss(o, used + free_bytes));
	free(idle.list);
	return j;
}

static uint64_t pools_idle_at(const struct oracle *o, size_t event)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < o->rows_nr; i++)
		for (size_t k = 0; k < o->rows[i].pieces_nr; k++) {
			const struct piece *p = &o->rows[i].pieces[k];

			if (p->hold.state == IDLE && pool_oracle_alive(p, event))
				sum += p->hold.bytes;
		}
	return sum;
}

static json_t *mark(const struct oracle *o, size_t event, const struct blocks *in_use)
{
	const char *name = o->events[event].text;
	json_t *j = json_object();

	pool_oracle_set(j, "name", json_string(name ? name : ""));
	pool_oracle_set(j, "time_ns", pool_oracle_number(o->events[event].time_ns));
	pool_oracle_set(j, "in_use_bytes", pool_oracle_number(blocks_bytes(in_use)));
	pool_oracle_set(j, "pool_idle_bytes", pool_oracle_number(pools_idle_at(o, event)));
	return j;
}

static json_t *pauses(const struct oracle *o)
{
	uint64_t nr = 0, paused_ns = 0, since_ns = 0;
	json_t *j = json_object();
	bool paused = false;

	for (size_t i = 0; i < o->events_nr; i++) {
		if (o->events[i].kind == K_PAUSE && !paused) {
			paused = true;
			nr++;
			since_ns = o->events[i].time_ns;
		} else if (o->events[i].kind == K_RESUME && paused) {
			paused = false;
			paused_ns += o->events[i].time_ns - since_ns;
		}
	}
	if (paused)
		paused_ns += o->end_ns - since_ns;
	pool_oracle_set(j, "count", pool_oracle_number(nr));
	pool_oracle_set(j, "paused_ns", pool_oracle_number(paused_ns));
	return j;
}

json_t *pool_oracle_whole(const struct oracle *o, const json_t *document)
{
	json_t *j = json_object(), *limits = json_object(), *marks = json_array();
	struct blocks in_use = { 0 };

	for (size_t i = 0; i < o->events_nr; i++) {
		if (o->events[i].kind == K_MARK)
			json_array_append_new(marks, mark(o, i, &in_use));
		apply(&in_use, &o->events[i]);
	}
	pool_oracle_set(limits, "dead_after_ns", pool_oracle_number(o->dead_after_ns));
	pool_oracle_set(limits, "regret_within_ns", pool_oracle_number(o->regret_within_ns));
	pool_oracle_set(limits, "limit_bytes", pool_oracle_number(o->limit_bytes));
	pool_oracle_set(j, "limits", limits);
	pool_oracle_set(j, "layers", o->rows_nr ? layers(o, document, &in_use) : json_null());
	pool_oracle_set(j, "marks", marks);
	pool_oracle_set(j, "pauses", pauses(o));
	free(in_use.list);
	return j;
}
