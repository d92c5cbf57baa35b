/* SPDX-License-Identifier: MIT */
/*
 * extra.c - the records that are neither an allocation nor a free.
 *
 * Rare: a few in a thousand events. Runs when the record's turn has come, so tables are changed
 * in the order of the stamps, whichever writer says so.
 */
#include "extra.h"

#include <string.h>

#include "../../format/error.h"

/* The fields of a record that are not read yet. */
struct fields {
	const uint8_t *at, *end; /* at = NULL once something was missing */
};

static uint64_t take(struct fields *f)
{
	uint64_t v = 0;

	f->at = f->at ? pt_varint_get(f->at, f->end, &v) : NULL;
	return f->at ? v : 0;
}

static void take_text(struct pt_trace *t, const struct fields *f, struct pt_event *ev)
{
	size_t nr = (size_t)(f->end - f->at);

	memcpy(t->priv->text, f->at, nr);
	t->priv->text[nr] = '\0';
	ev->text = t->priv->text;
}

static int thread_starts(struct pt_trace *t, struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	uint64_t serial = take(f), tid = take(f), pointer = 0;
	const uint32_t before = w->thread;
	int is_new;

	if (!f->at)
		return -PT_ECORRUPT;
	if (f->at < f->end) /* recorders before snapshots do not say it */
		pointer = take(f);
	if (!f->at)
		return -PT_ECORRUPT;
	is_new = pt_tables_thread(t, &t->priv->tables, serial, ev->time_ns, &w->thread);
	if (is_new < 0)
		return is_new;
	if (w->thread != before) /* a ring says it in each chunk */
		w->realloc_addr = 0;
	if (!is_new && t->threads[w->thread].tid)
		return 0;
	t->threads[w->thread].tid = (uint32_t)tid;
	t->threads[w->thread].pointer = pointer;
	ev->kind = PT_EV_THREAD_START;
	ev->thread = w->thread;
	ev->addr = tid;
	ev->new_addr = pointer;
	return 1;
}

static int thread_name(struct pt_trace *t, struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	char *name = t->threads[w->thread].name;
	size_t size = sizeof(t->threads->name);

	take_text(t, f, ev);
	memset(name, 0, size);
	memcpy(name, ev->text, strnlen(ev->text, size - 1));
	ev->kind = PT_EV_THREAD_NAME;
	return 1;
}

static int frame(struct pt_trace *t, struct pt_writer *w, struct fields *f)
{
	uint64_t parent = take(f), delta = take(f);
	uint32_t global_parent, node = 0;
	int err;

	if (!f->at || parent > UINT32_MAX)
		return -PT_ECORRUPT;
	w->codec.ip += pt_unzigzag(delta);
	global_parent = pt_writer_stack(w, (uint32_t)parent);
	/* A frame whose callers are lost would look like the outermost: better no stack at all. */
	if (global_parent || !parent) {
		err = pt_tables_frame(t, &t->priv->tables, global_parent, w->codec.ip, &node);
		if (err)
			return err;
	}
	return pt_writer_stack_define(w, node);
}

static int module(struct pt_trace *t, struct fields *f, struct pt_event *ev)
{
	struct pt_module_info m = { .load_ns = ev->time_ns };
	uint64_t id_bytes;
	int err;

	m.map_start = take(f);
	m.map_bytes = take(f);
	m.bias = take(f);
	id_bytes = take(f);
	if (!f->at || id_bytes > (uint64_t)(f->end - f->at))
		return -PT_ECORRUPT;
	m.build_id_bytes = id_bytes < sizeof(m.build_id) ? (uint32_t)id_bytes : sizeof(m.build_id);
	memcpy(m.build_id, f->at, m.build_id_bytes);
	f->at += id_bytes;
	take_text(t, f, ev);
	err = pt_tables_load(t, &t->priv->tables, &m, ev->text, strlen(ev->text));
	if (err)
		return err;
	ev->kind = PT_EV_MODULE;
	ev->addr = m.map_start;
	ev->size_bytes = m.map_bytes;
	return 1;
}

static void realloc_done(struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	uint64_t freed = take(f);

	ev->kind = freed ? PT_EV_REALLOC_FREED : PT_EV_REALLOC_FAILED;
	ev->old_addr = w->realloc_addr;
	ev->addr = w->realloc_addr;
	w->realloc_addr = 0;
}

static int new_cpu(struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	uint64_t cpu = take(f);

	if (!f->at)
		return -PT_ECORRUPT;
	w->cpu = ev->cpu = cpu < PT_CPU_MAX ? (uint32_t)cpu : PT_CPU_MAX;
	ev->kind = PT_EV_CPU;
	return 1;
}

static uint32_t take_stack(const struct pt_writer *w, struct fields *f)
{
	uint64_t id = take(f);

	return id <= UINT32_MAX ? pt_writer_stack(w, (uint32_t)id) : 0;
}

static uint64_t take_shard(struct fields *f)
{
	return PT_SHARD_OF(take(f));
}

/* Events of annotated pools. 1, 0 for any other kind, -PT_ECORRUPT. */
static int pool(struct pt_trace *t, const struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	static const uint8_t kinds[] = {
		[PT_EXT_POOL_CREATE] = PT_EV_POOL_CREATE, [PT_EXT_POOL_DESTROY] = PT_EV_POOL_DESTROY,
		[PT_EXT_SHARD_NAME] = PT_EV_SHARD_NAME,   [PT_EXT_POOL_MISS] = PT_EV_POOL_MISS,
		[PT_EXT_POOL_STOCK] = PT_EV_POOL_STOCK,   [PT_EXT_POOL_DROP] = PT_EV_POOL_DROP,
		[PT_EXT_POOL_PURGE] = PT_EV_POOL_PURGE,   [PT_EXT_POOL_MOVE] = PT_EV_POOL_MOVE,
		[PT_EXT_POOL_RESIZE] = PT_EV_POOL_RESIZE,
	};

	if (w->rec.ext >= sizeof(kinds) || !kinds[w->rec.ext])
		return 0;
	ev->kind = kinds[w->rec.ext];
	ev->pool = take(f);
	switch (ev->kind) {
	case PT_EV_POOL_STOCK:
		ev->addr = take(f);
		ev->size_bytes = take(f);
		ev->shard = take_shard(f);
		break;
	case PT_EV_POOL_DROP:
		ev->addr = take(f);
		break;
	case PT_EV_POOL_MOVE:
		ev->addr = take(f);
		ev->shard = take_shard(f);
		break;
	case PT_EV_POOL_RESIZE:
		ev->addr = take(f);
		ev->new_addr = take(f);
		ev->size_bytes = take(f);
		break;
	case PT_EV_POOL_CREATE:
		ev->size_bytes = take(f);
		ev->shard = take(f);
		break;
	case PT_EV_POOL_DESTROY:
		break;
	default: /* PURGE, MISS, SHARD_NAME */
		ev->shard = take_shard(f);
	}
	if (ev->kind != PT_EV_POOL_MISS && ev->kind != PT_EV_POOL_MOVE && ev->kind != PT_EV_SHARD_NAME)
		ev->stack = take_stack(w, f);
	if (!f->at)
		return -PT_ECORRUPT;
	if (ev->kind == PT_EV_POOL_CREATE || ev->kind == PT_EV_SHARD_NAME)
		take_text(t, f, ev);
	t->state.events_nr++;
	return 1;
}

static int mark(struct pt_trace *t, const struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	ev->kind = PT_EV_MARK;
	ev->stack = take_stack(w, f);
	if (!f->at)
		return -PT_ECORRUPT;
	take_text(t, f, ev);
	return 1;
}

/* A mode that no recorder has yet is none that we could tell of. */
static int mode(struct fields *f, struct pt_event *ev)
{
	uint64_t number = take(f);

	ev->kind = PT_EV_MODE;
	ev->size_bytes = take(f);
	ev->flags = (uint8_t)number;
	if (!f->at)
		return -PT_ECORRUPT;
	return number < PT_MODE_NR;
}

/* Kinds that are nothing but numbers. Returns false for any other. */
static bool numbers(const struct pt_writer *w, struct fields *f, struct pt_event *ev)
{
	switch (w->rec.ext) {
	case PT_EXT_RSS:
		ev->kind = PT_EV_RSS;
		ev->size_bytes = take(f);
		ev->old_size_bytes = take(f);
		ev->addr = take(f);
		ev->old_addr = f->at && f->at < f->end ? take(f) : 0;
		return true;
	case PT_EXT_MMAP:
		ev->kind = PT_EV_MMAP;
		ev->addr = take(f);
		ev->size_bytes = take(f);
		ev->stack = pt_writer_stack(w, (uint32_t)take(f));
		ev->flags = (uint8_t)take(f);
		return true;
	case PT_EXT_MUNMAP:
		ev->kind = PT_EV_MUNMAP;
		ev->addr = take(f);
		ev->size_bytes = take(f);
		return true;
	case PT_EXT_MREMAP:
		ev->kind = PT_EV_MREMAP;
		ev->old_addr = take(f);
		ev->old_size_bytes = take(f);
		ev->addr = take(f);
		ev->size_bytes = take(f);
		ev->stack = pt_writer_stack(w, (uint32_t)take(f));
		return true;
	case PT_EXT_GONE:
		ev->kind = PT_EV_GONE;
		ev->addr = take(f);
		ev->size_bytes = take(f);
		ev->flags = (uint8_t)take(f);
		return true;
	case PT_EXT_USABLE:
		ev->kind = PT_EV_USABLE;
		ev->size_bytes = take(f);
		ev->old_size_bytes = take(f);
		return true;
	case PT_EXT_SNAPSHOT:
	case PT_EXT_SNAPSHOT_COPIED:
		ev->kind = w->rec.ext == PT_EXT_SNAPSHOT ? PT_EV_SNAPSHOT : PT_EV_SNAPSHOT_COPIED;
		ev->size_bytes = take(f);
		ev->flags = (uint8_t)take(f);
		return true;
	default:
		return false;
	}
}

int pt_extra_event(struct pt_trace *t, struct pt_writer *w, struct pt_event *ev)
{
	struct fields f = { w->rec.payload, w->rec.payload + w->rec.payload_bytes };

	if (numbers(w, &f, ev))
		return f.at ? 1 : -PT_ECORRUPT;
	switch (w->rec.ext) {
	case PT_EXT_THREAD:
		return thread_starts(t, w, &f, ev);
	case PT_EXT_THREAD_NAME:
		return thread_name(t, w, &f, ev);
	case PT_EXT_THREAD_EXIT:
		t->threads[w->thread].exited = true;
		t->threads[w->thread].exit_ns = ev->time_ns;
		ev->kind = PT_EV_THREAD_EXIT;
		return 1;
	case PT_EXT_CPU:
		return new_cpu(w, &f, ev);
	case PT_EXT_FRAME:
		return frame(t, w, &f);
	case PT_EXT_STACK_RESET:
		pt_writer_stack_reset(w);
		return 0;
	case PT_EXT_MODULE:
		return module(t, &f, ev);
	case PT_EXT_MODULE_GONE:
		ev->kind = PT_EV_MODULE_GONE;
		ev->addr = take(&f);
		ev->size_bytes = take(&f);
		if (!f.at)
			return -PT_ECORRUPT;
		pt_tables_unload(t, &t->priv->tables, ev->addr, ev->size_bytes, ev->time_ns);
		return 1;
	case PT_EXT_NOTE:
		ev->kind = PT_EV_NOTE;
		take_text(t, &f, ev);
		return 1;
	case PT_EXT_REALLOC_DONE:
		realloc_done(w, &f, ev);
		if (ev->kind == PT_EV_REALLOC_FREED && !ev->old_addr)
			t->state.ring.frees++; /* of a ring: its begin was dropped */
		return f.at ? ev->old_addr != 0 : -PT_ECORRUPT; /* without its begin it says nothing */
	case PT_EXT_MARK:
		return mark(t, w, &f, ev);
	case PT_EXT_PAUSE:
		ev->kind = PT_EV_PAUSE;
		return 1;
	case PT_EXT_RESUME:
		ev->kind = PT_EV_RESUME;
		return 1;
	case PT_EXT_MODE:
		return mode(&f, ev);
	default: /* of a pool, or of a later minor version: its length is known */
		return pool(t, w, &f, ev);
	}
}
