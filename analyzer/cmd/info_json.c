/* SPDX-License-Identifier: MIT */
/* info_json.c - pt_summary as JSON. The keys are in docs/man and checked by tests. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../render/json_put.h"
#include "../trace/snapshot.h"
#include "summary.h"

static void put_text(struct pt_json *d, json_t *object, const char *key, const char *text)
{
	pt_json_put(d, object, key, pt_json_text(text));
}

/* Addresses are above 2^53 now and then: as text, "0x...". */
static void put_address(struct pt_json *d, json_t *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	pt_json_put(d, object, key, json_string(text));
}

struct number {
	const char *key; /* NULL: the end */
	uint64_t value;
};

static void put_numbers(struct pt_json *d, json_t *object, const struct number *n)
{
	for (; n->key; n++)
		pt_json_number(d, object, n->key, n->value);
}

static void put_identity(struct pt_json *d, json_t *o, const struct pt_file_header *h)
{
	static const uint8_t none[sizeof(h->parent_id)];
	char hex[2 * sizeof(h->trace_id) + 1], when[40];
	time_t seconds = (time_t)(h->start_real_ns / 1000000000u);
	struct tm tm;

	put_text(d, o, "program", h->program);
	pt_json_number(d, o, "pid", h->pid);
	pt_json_number(d, o, "ppid", h->ppid);
	put_text(d, o, "trace_id", pt_hex(hex, sizeof(hex), h->trace_id, sizeof(h->trace_id)));
	if (memcmp(h->parent_id, none, sizeof(none)))
		put_text(d, o, "parent_trace", pt_hex(hex, sizeof(hex), h->parent_id, sizeof(h->parent_id)));
	else
		pt_json_put(d, o, "parent_trace", json_null());
	pt_json_put(d, o, "forked", json_boolean(h->flags & PT_FILE_FORKED));
	pt_json_put(d, o, "unwinder", json_boolean(!(h->flags & PT_FILE_NO_UNWINDER)));
	pt_json_number(d, o, "stack_depth", h->stack_depth);
	pt_json_number(d, o, "stacks_checked", h->stacks_checked);
	pt_json_number(d, o, "stacks_differing", h->stacks_differing);
	if (gmtime_r(&seconds, &tm) && strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm))
		put_text(d, o, "start", when);
	else
		pt_json_put(d, o, "start", json_null());
}

static void put_file(struct pt_json *d, json_t *o, const struct pt_summary *s)
{
	const struct pt_trace_state *st = &s->trace->state;

	pt_json_put(d, o, "whole", json_boolean(s->whole));
	pt_json_put(d, o, "torn_reason", s->whole ? json_null() : json_string(s->torn_reason));
	pt_json_number(d, o, "file_used_bytes", st->used_bytes);
	pt_json_number(d, o, "file_apparent_bytes", st->file_bytes);
	if (st->packed_bytes)
		pt_json_number(d, o, "file_packed_bytes", st->packed_bytes);
	pt_json_number(d, o, "chunks", st->chunks_nr);
	pt_json_number(d, o, "writers", st->writers_nr);
	pt_json_number(d, o, "unopened_pages", st->unopened_pages);
	pt_json_number(d, o, "returned_pages", st->returned_pages);
	pt_json_number(d, o, "corrupt_chunks", st->corrupt_chunks);
	pt_json_number(d, o, "corrupt_bytes", st->corrupt_bytes);
	pt_json_number(d, o, "missing_chunks", st->missing_chunks);
	pt_json_put(d, o, "live", json_boolean(st->live));
	pt_json_put(d, o, "truncated", json_boolean(st->truncated));
	pt_json_put(d, o, "stopped", st->stopped ? json_string(pt_lost_name(st->stopped - 1)) : json_null());
	pt_json_number(d, o, "tsc_hz", st->tsc_hz);
	pt_json_put(d, o, "clock_estimated", json_boolean(st->clock_estimated));
	pt_json_number(d, o, "duration_ns", s->trace->end_ns);
}

/* A flight recorder's; null without one. */
static void put_ring(struct pt_json *d, json_t *o, const struct pt_trace_ring *r)
{
	const struct number numbers[] = {
		{ "bytes", r->bytes }, { "dropped_chunks", r->chunks }, { "dropped_allocations", r->allocs },
		{ "dropped_frees", r->frees }, { "dropped_pool_events", r->pools }, { "dropped_others", r->others },
		{ "since_ns", r->since_ns }, { NULL, 0 },
	};
	json_t *ring = r->bytes ? json_object() : json_null();

	if (r->bytes)
		put_numbers(d, ring, numbers);
	pt_json_put(d, o, "ring", ring);
}

/* "counted" is null when nothing was. */
static void put_modes(struct pt_json *d, json_t *o, const struct pt_summary *s)
{
	const struct pt_file_header *h = &s->trace->header;
	const struct number numbers[] = {
		{ "blocks", s->counts_nr }, { "damaged_blocks", s->counts_damaged }, { "threads", s->counted_threads },
		{ "allocations", s->counted.allocs }, { "allocated_usable_bytes", s->counted.alloc_bytes },
		{ "frees", s->counted.frees }, { "freed_usable_bytes", s->counted.free_bytes },
		{ "pool_events", s->counted_pool_events }, { NULL, 0 },
	};
	json_t *counted = s->counts_nr ? json_object() : json_null();

	put_text(d, o, "mode", pt_mode_name(h->mode));
	put_text(d, o, "first_mode", pt_mode_name(h->first_mode));
	pt_json_number(d, o, "mode_changes", h->modes_changed);
	if (h->sample_bytes)
		pt_json_number(d, o, "sample_bytes", h->sample_bytes);
	else
		pt_json_put(d, o, "sample_bytes", json_null());
	pt_json_number(d, o, "sampled_chunks", s->trace->state.sampled_chunks);
	if (s->counts_nr)
		put_numbers(d, counted, numbers);
	pt_json_put(d, o, "counted", counted);
}

static void put_counts(struct pt_json *d, json_t *o, const struct pt_summary *s)
{
	const struct pt_trace_state *st = &s->trace->state;
	const struct number anomalies[] = {
		{ "alloc_of_live", st->alloc_of_live }, { "free_of_dead", st->free_of_dead },
		{ "free_of_unknown", st->free_of_unknown }, { "explained_by_gaps", st->explained_nr },
		{ "repaired", st->repaired_nr }, { "exchanged", st->exchanged_nr }, { NULL, 0 },
	};
	json_t *kinds = json_object(), *lost = json_object(), *odd = json_object();
	unsigned int i;

	pt_json_number(d, o, "events", st->events_nr);
	pt_json_number(d, o, "allocations", s->allocations);
	pt_json_number(d, o, "frees", s->frees);
	pt_json_number(d, o, "reallocs", s->reallocs);
	pt_json_number(d, o, "allocated_bytes", s->allocated_bytes);
	pt_json_put(d, o, "bytes_per_event", st->events_nr ?
		    json_real(pt_summary_bytes_per_event(s)) : json_null());
	for (i = 1; i < PT_KINDS_NR; i++)
		pt_json_number(d, kinds, pt_kind_name(i), s->kinds[i]);
	pt_json_put(d, o, "events_by_kind", kinds);
	pt_json_number(d, o, "lost_events", s->losses);
	for (i = 0; i < PT_LOST_NR; i++) {
		json_t *cause = json_object();

		pt_json_number(d, cause, "allocations", st->lost_allocs[i]);
		pt_json_number(d, cause, "frees", st->lost_frees[i]);
		pt_json_number(d, cause, "pool_events", st->lost_pools[i]);
		pt_json_number(d, cause, "others", st->lost_others[i]);
		pt_json_put(d, lost, pt_lost_name(i), cause);
	}
	pt_json_put(d, o, "lost", lost);
	put_numbers(d, odd, anomalies);
	pt_json_put(d, o, "anomalies", odd);
}

/* Whatever was asked for is whole, lost, or was not finished when the file was read. */
static void put_snapshots(struct pt_json *d, json_t *o, const struct pt_trace *t)
{
	const uint32_t nr = pt_snapshots_nr(t);
	json_t *snapshots = json_object(), *lost = json_object();
	uint32_t whole = 0, i;

	for (i = 1; i <= nr; i++)
		whole += pt_snapshot_whole(t, i);
	pt_json_number(d, snapshots, "begun", nr);
	pt_json_number(d, snapshots, "whole", whole);
	for (i = 0; i < PT_SNAP_LOST_NR; i++)
		pt_json_number(d, lost, pt_snap_lost_name(i), t->state.snaps_lost[i]);
	pt_json_number(d, snapshots, "bytes", t->state.snaps_bytes);
	pt_json_put(d, snapshots, "lost", lost);
	pt_json_put(d, o, "snapshots", snapshots);
}

static void put_threads(struct pt_json *d, json_t *o, const struct pt_trace *t)
{
	json_t *threads = json_array();
	uint32_t i;

	for (i = 0; i < t->threads_nr; i++) {
		const struct pt_thread_info *info = &t->threads[i];
		json_t *thread = json_object();

		pt_json_number(d, thread, "serial", info->serial);
		pt_json_number(d, thread, "tid", info->tid);
		put_text(d, thread, "name", info->name);
		pt_json_put(d, thread, "exited", json_boolean(info->exited));
		pt_json_number(d, thread, "start_ns", info->start_ns);
		if (info->exited)
			pt_json_number(d, thread, "exit_ns", info->exit_ns);
		else
			pt_json_put(d, thread, "exit_ns", json_null());
		pt_json_push(d, threads, thread);
	}
	pt_json_put(d, o, "threads", threads);
}

static void put_modules(struct pt_json *d, json_t *o, const struct pt_trace *t)
{
	json_t *modules = json_array();
	uint32_t i;

	for (i = 0; i < t->modules_nr; i++) {
		const struct pt_module_info *m = &t->modules[i];
		char hex[2 * sizeof(m->build_id) + 1];
		json_t *module = json_object();

		put_text(d, module, "path", m->path);
		put_text(d, module, "build_id", pt_hex(hex, sizeof(hex), m->build_id, m->build_id_bytes));
		put_address(d, module, "map_start", m->map_start);
		pt_json_number(d, module, "map_bytes", m->map_bytes);
		put_address(d, module, "bias", m->bias);
		pt_json_number(d, module, "load_ns", m->load_ns);
		if (m->unload_ns != UINT64_MAX)
			pt_json_number(d, module, "unload_ns", m->unload_ns);
		else
			pt_json_put(d, module, "unload_ns", json_null());
		pt_json_push(d, modules, module);
	}
	pt_json_put(d, o, "modules", modules);
}

json_t *pt_summary_json(const struct pt_summary *s)
{
	struct pt_json d = { 0 };
	json_t *o = json_object(), *notes = json_array();
	size_t i;

	put_text(&d, o, "trace", s->path);
	put_identity(&d, o, &s->trace->header);
	put_file(&d, o, s);
	put_ring(&d, o, &s->trace->state.ring);
	put_modes(&d, o, s);
	put_counts(&d, o, s);
	if (pt_snapshots_nr(s->trace))
		put_snapshots(&d, o, s->trace);
	for (i = 0; i < s->notes_nr; i++)
		pt_json_push(&d, notes, pt_json_text(s->notes[i]));
	pt_json_put(&d, o, "notes", notes);
	put_threads(&d, o, s->trace);
	put_modules(&d, o, s->trace);
	if (!d.failed)
		return o;
	json_decref(o);
	return NULL;
}
