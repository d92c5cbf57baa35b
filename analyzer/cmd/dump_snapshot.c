/* SPDX-License-Identifier: MIT */
/* dump_snapshot.c - see dump_snapshot.h. Each line is a kind and its fields, by name. */
#include "dump_snapshot.h"

#include "../trace/snapshot.h"

#define EDGES_AT_ONCE 256u

static void begin(struct pt_line *l, const char *kind, bool json)
{
	pt_line_text(l, json ? "{\"kind\":\"" : "");
	pt_line_text(l, kind);
	pt_line_text(l, json ? "\"" : "");
}

static void name(struct pt_line *l, const char *field, bool json)
{
	pt_line_text(l, json ? ",\"" : " ");
	pt_line_text(l, field);
	pt_line_text(l, json ? "\":" : "=");
}

static void number(struct pt_line *l, const char *field, uint64_t value, bool json)
{
	name(l, field, json);
	pt_line_number(l, value);
}

static void address(struct pt_line *l, const char *field, uint64_t value, bool json)
{
	name(l, field, json);
	pt_line_text(l, json ? "\"" : "");
	pt_line_hex(l, value);
	pt_line_text(l, json ? "\"" : "");
}

static void finish(struct pt_line *l, bool json)
{
	pt_line_text(l, json ? "}\n" : "\n");
}

static void put_memory(struct pt_line *l, const struct pt_snapshot *s, bool json)
{
	static const char *const kinds[] = { "anonymous", "heap", "stack", "file", "shared", "unread", "own" };
	uint32_t i;

	for (i = 0; i < s->areas_nr; i++) {
		begin(l, "region", json);
		address(l, "start", s->areas[i].start, json);
		address(l, "end", s->areas[i].end, json);
		name(l, "memory", json);
		pt_line_text(l, json ? "\"" : "");
		pt_line_text(l, kinds[s->areas[i].kind]);
		pt_line_text(l, json ? "\"" : "");
		finish(l, json);
	}
	for (i = 0; i < s->statics_nr; i++) {
		begin(l, "static", json);
		address(l, "start", s->statics[i].start, json);
		address(l, "end", s->statics[i].end, json);
		address(l, "bias", s->statics[i].bias, json);
		name(l, "path", json);
		if (json)
			pt_line_json(l, s->statics[i].path);
		else
			pt_line_clean(l, s->statics[i].path);
		finish(l, json);
	}
}

static void put_threads(struct pt_line *l, const struct pt_snapshot *s, bool json)
{
	uint32_t i;

	for (i = 0; i < s->threads_nr; i++) {
		begin(l, "thread", json);
		number(l, "tid", s->threads[i].tid, json);
		address(l, "sp", s->threads[i].sp, json);
		number(l, "flags", s->threads[i].flags, json);
		finish(l, json);
	}
	for (i = 0; i < s->registers_nr; i++) {
		begin(l, "register", json);
		number(l, "tid", s->registers[i].tid, json);
		number(l, "number", s->registers[i].number, json);
		address(l, "value", s->registers[i].value, json);
		finish(l, json);
	}
}

static int put_edges(struct pt_line *l, struct pt_snapshot *s, bool json)
{
	struct pt_snap_edge edges[EDGES_AT_ONCE];
	int nr, i;

	while ((nr = pt_snapshot_edges(s, edges, EDGES_AT_ONCE)) > 0) {
		for (i = 0; i < nr && !l->failed; i++) {
			begin(l, "edge", json);
			address(l, "place", edges[i].place, json);
			address(l, "value", edges[i].value, json);
			finish(l, json);
		}
		if (l->failed)
			return 0; /* the caller sees that when it flushes */
	}
	return nr;
}

int pt_dump_snapshot(struct pt_line *l, struct pt_trace *t, uint32_t wanted, bool json)
{
	struct pt_snapshot *s;
	int err = pt_snapshot_open(&s, t, wanted);

	if (err)
		return err;
	put_memory(l, s, json);
	put_threads(l, s, json);
	err = put_edges(l, s, json);
	if (!err) {
		begin(l, "end", json);
		number(l, "edges", s->edges_nr, json);
		number(l, "scanned_bytes", s->scanned_bytes, json);
		number(l, "child_ns", s->child_ns, json);
		number(l, "stall_ns", s->stall_ns, json);
		number(l, "registers_asked", s->registers_asked, json);
		number(l, "unknown_threads", s->unknown_threads, json);
		finish(l, json);
	}
	pt_snapshot_close(s);
	return err;
}
