// SPDX-License-Identifier: MIT
/* opener.c - see opener.h. What fails here is tried again by who needs the module, and told there. */
#include "opener.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WISHES_MAX 64u /* of a trace with more modules than that the others are opened when they are needed */

struct wish {
	struct wish *next;
	struct pt_symbol_module module; /* points into bytes[] */
	char bytes[];			/* build-id, path */
};

struct pt_opener {
	struct pt_symbols *symbols;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	struct wish *first, **last;
	unsigned int wishes_nr;
	bool ends;
};

/* The next one to open; NULL: there will be none. */
static struct wish *next_wish(struct pt_opener *o)
{
	struct wish *w;

	pthread_mutex_lock(&o->lock);
	while (!o->first && !o->ends)
		pthread_cond_wait(&o->asked, &o->lock);
	w = o->first;
	if (w)
		o->first = w->next;
	if (!o->first)
		o->last = &o->first;
	pthread_mutex_unlock(&o->lock);
	return w;
}

static void *open_all(void *arg)
{
	struct pt_opener *o = arg;
	struct wish *w;

	while ((w = next_wish(o))) {
		enum pt_symbols_state state;
		uint32_t id;

		if (!pt_symbols_module(o->symbols, &w->module, &id))
			pt_symbols_module_state(o->symbols, id, &state);
		free(w);
	}
	return NULL;
}

static void release(struct pt_opener *o)
{
	pthread_cond_destroy(&o->asked);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

struct pt_opener *pt_opener_start(struct pt_symbols *s)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct pt_opener *o = urls && *urls ? NULL : calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->symbols = s;
	o->last = &o->first;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->asked, NULL);
	if (!pthread_create(&o->thread, NULL, open_all, o))
		return o;
	release(o);
	return NULL;
}

void pt_opener_ask(struct pt_opener *o, const struct pt_symbol_module *m)
{
	size_t path_bytes = strlen(m->path) + 1;
	struct wish *w = NULL;

	if (o->wishes_nr++ < WISHES_MAX)
		w = malloc(sizeof(*w) + m->build_id_bytes + path_bytes);
	if (!w)
		return;
	w->next = NULL;
	memcpy(w->bytes + m->build_id_bytes, m->path, path_bytes);
	if (m->build_id_bytes)
		memcpy(w->bytes, m->build_id, m->build_id_bytes);
	w->module = (struct pt_symbol_module){ w->bytes + m->build_id_bytes, (const uint8_t *)w->bytes, m->build_id_bytes };
	pthread_mutex_lock(&o->lock);
	*o->last = w;
	o->last = &w->next;
	pthread_cond_signal(&o->asked);
	pthread_mutex_unlock(&o->lock);
}

void pt_opener_end(struct pt_opener *o)
{
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	o->ends = true;
	pthread_cond_signal(&o->asked);
	pthread_mutex_unlock(&o->lock);
	pthread_join(o->thread, NULL);
	release(o);
}
