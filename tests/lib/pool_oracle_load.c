/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_load.c - the events of `pooltrace dump --json --stacks`, one line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

static const char *const kinds[K_NR] = {
	[K_GET] = "pool_get",
	[K_PUT] = "pool_put",
	[K_MISS] = "pool_miss",
	[K_STOCK] = "pool_stock",
	[K_DROP] = "pool_drop",
	[K_PURGE] = "pool_purge",
	[K_MOVE] = "pool_move",
	[K_RESIZE] = "pool_resize",
	[K_CREATE] = "pool_create",
	[K_DESTROY] = "pool_destroy",
	[K_SHARD_NAME] = "shard_name",
	[K_MARK] = "mark",
	[K_PAUSE] = "pause",
	[K_RESUME] = "resume",
	[K_ALLOC] = "alloc",
	[K_FREE] = "free",
	[K_REALLOC_BEGIN] = "realloc_begin",
	[K_REALLOC_END] = "realloc_end",
	[K_REALLOC_FAILED] = "realloc_failed",
	[K_REALLOC_FREED] = "realloc_freed",
	[K_RSS] = "rss",
	[K_EXIT] = "thread_exit",
};

static enum kind kind_of(const char *name)
{
	for (int k = 1; k < K_NR; k++)
		if (kinds[k] && strcmp(kinds[k], name) == 0)
			return (enum kind)k;
	return K_OTHER;
}

/* A number, or a string in hex or decimal; 0 when the key is missing. */
static uint64_t number(const json_t *line, const char *key)
{
	const json_t *value = json_object_get(line, key);

	if (json_is_integer(value))
		return (uint64_t)json_integer_value(value);
	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 0);
	return 0;
}

static void read_shard(struct event *ev, const json_t *line)
{
	const json_t *value = json_object_get(line, "shard");

	if (json_is_string(value) && strcmp(json_string_value(value), "thread") == 0) {
		ev->shard_kind = SHARD_THREAD;
	} else if (json_is_string(value) && strcmp(json_string_value(value), "all") == 0) {
		ev->shard_kind = SHARD_ALL;
	} else {
		ev->shard_kind = SHARD_NUMBER;
		ev->shard = number(line, "shard");
	}
}

/* The frames as one text; those that only say where a stack was cut are left out. */
static char *frames_text(const json_t *frames)
{
	char *text = NULL;
	size_t text_bytes, i;
	json_t *frame;
	FILE *out = open_memstream(&text, &text_bytes);

	if (!out)
		pool_oracle_die(2, "no memory");
	json_array_foreach(frames, i, frame) {
		const char *module = json_string_value(json_object_get(frame, "module"));

		if (number(frame, "ip") <= 2)
			continue;
		fprintf(out, "%s+%llu ", module ? module : "",
			(unsigned long long)number(frame, "offset_bytes") - 1);
	}
	fclose(out);
	return text;
}

static size_t site_of(struct oracle *o, char *frames)
{
	for (size_t i = 0; i < o->sites_nr; i++)
		if (strcmp(o->sites[i].frames, frames) == 0) {
			free(frames);
			return i;
		}
	*PUSH(o->sites, o->sites_nr, o->sites_room) = (struct site){ frames };
	return o->sites_nr - 1;
}

static size_t site_of_stack(struct oracle *o, size_t stack, const json_t *frames)
{
	if (stack >= o->stacks_nr) {
		size_t nr = stack + 1024;

		o->site_of_stack = realloc(o->site_of_stack, nr * sizeof(*o->site_of_stack));
		if (!o->site_of_stack)
			pool_oracle_die(2, "no memory");
		for (size_t i = o->stacks_nr; i < nr; i++)
			o->site_of_stack[i] = NONE;
		o->stacks_nr = nr;
	}
	if (frames)
		o->site_of_stack[stack] = site_of(o, frames_text(frames));
	if (o->site_of_stack[stack] == NONE)
		pool_oracle_die(2, "stack %zu has no frames: was the dump made with --stacks?", stack);
	return o->site_of_stack[stack];
}

static void load_line(struct oracle *o, const json_t *line)
{
	struct event *ev = PUSH(o->events, o->events_nr, o->events_room);
	const char *kind = json_string_value(json_object_get(line, "kind"));
	const char *text = json_string_value(json_object_get(line, "name"));

	if (!text)
		text = json_string_value(json_object_get(line, "text"));
	memset(ev, 0, sizeof(*ev));
	ev->kind = kind_of(kind ? kind : "");
	ev->anomaly = json_object_get(line, "anomaly") != NULL;
	ev->time_ns = number(line, "time_ns");
	if (ev->time_ns < o->end_ns)
		ev->time_ns = o->end_ns;
	o->end_ns = ev->time_ns;
	ev->thread = number(line, "thread");
	ev->cpu = number(line, "cpu");
	ev->pool = number(line, "pool");
	ev->addr = number(line, "addr");
	ev->new_addr = number(line, "new_addr");
	ev->old_addr = number(line, "old_addr");
	ev->bytes = number(line, "size_bytes");
	ev->anon_bytes = number(line, "anonymous_bytes");
	ev->row = ev->instance = ev->ended_row = ev->shard_index = NONE;
	read_shard(ev, line);
	if (text)
		ev->text = strdup(text);
	if (json_object_get(line, "stack"))
		ev->site = site_of_stack(o, number(line, "stack"), json_object_get(line, "frames"));
}

void pool_oracle_load(struct oracle *o, const char *path)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char *text = NULL;
	size_t text_room = 0;

	if (!in)
		pool_oracle_die(2, "%s cannot be read", path);
	/* Stack 0 and whatever has no stack: a site without frames. */
	site_of(o, strdup(""));
	site_of_stack(o, 0, json_array());
	while (getline(&text, &text_room, in) > 0) {
		json_t *line = json_loads(text, 0, NULL);

		if (!line)
			pool_oracle_die(2, "%s: not JSON: %s", path, text);
		load_line(o, line);
		json_decref(line);
	}
	free(text);
	if (in != stdin)
		fclose(in);
}
