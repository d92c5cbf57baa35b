/* SPDX-License-Identifier: MIT */
/*
 * dump.c - pooltrace dump: the events of a trace, decoded, one a line.
 *
 * In the order of model/order.h, so that every address alternates between block and no block;
 * what does not fit is shown and marked.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../model/order.h"
#include "cmd.h"
#include "dump_snapshot.h"
#include "line.h"
#include "paths.h"
#include "summary.h"
#include "tour.h"

#define FRAMES_MAX 256u

enum { OPTION_JSON = PT_OPTION_LONG, OPTION_STACKS, OPTION_SNAPSHOT };

static const struct pt_option options[] = {
	{ OPTION_JSON, "json", NULL, "write JSON Lines: one object a line" },
	{ OPTION_STACKS, "stacks", NULL, "show the frames of each stack where it occurs first" },
	{ OPTION_SNAPSHOT, "snapshot", "N", "show snapshot N instead: which word points where" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "dump [OPTION]... TRACE|FOLDER...",
	.about =
		"Writes the events of a trace, decoded, one a line: nanoseconds since the start,\n"
		"serial of the thread, CPU, kind, and what belongs to the kind. Events that were\n"
		"moved to their place are marked `repaired`; those that contradict the others\n"
		"say how.\n",
	.options = options,
	.examples = "  pooltrace dump server.ptrace | less\n"
		    "  pooltrace dump --json server.ptrace | jq -c 'select(.kind == \"mmap\")'\n",
};

struct dump {
	struct pt_trace *trace;
	struct pt_line line;
	bool stacks;
	uint8_t *shown; /* by stack: its frames were written */
	uint32_t shown_nr;
};

static const char *fn_name(unsigned int fn)
{
	static const char *const names[PT_API_NR] = {
		[PT_API_MALLOC] = "malloc",
		[PT_API_FREE] = "free",
		[PT_API_CALLOC] = "calloc",
		[PT_API_REALLOC] = "realloc",
		[PT_API_REALLOCARRAY] = "reallocarray",
		[PT_API_MEMALIGN] = "memalign",
		[PT_API_ALIGNED_ALLOC] = "aligned_alloc",
		[PT_API_POSIX_MEMALIGN] = "posix_memalign",
		[PT_API_VALLOC] = "valloc",
		[PT_API_PVALLOC] = "pvalloc",
		[PT_API_CFREE] = "cfree",
		[PT_API_FREE_SIZED] = "free_sized",
		[PT_API_MALLOCX] = "mallocx",
		[PT_API_RALLOCX] = "rallocx",
		[PT_API_DALLOCX] = "dallocx",
	};

	return fn < PT_API_NR ? names[fn] : "unknown";
}

/* Which fields a kind has, in the order they are shown; NULL ends. */
struct field {
	const char *name;
	enum { NUMBER, ADDRESS, FUNCTION, STACK, SHARD, TEXT } type;
	size_t offset;
};
#define FIELD(name, type, member) { name, type, offsetof(struct pt_event, member) }
#define POOL FIELD("pool", ADDRESS, pool)

static const struct field fields[PT_KINDS_NR][6] = {
	[PT_EV_ALLOC] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			  FIELD("fn", FUNCTION, fn), FIELD("stack", STACK, stack) },
	[PT_EV_FREE] = { FIELD("addr", ADDRESS, addr), FIELD("fn", FUNCTION, fn) },
	[PT_EV_REALLOC_BEGIN] = { FIELD("addr", ADDRESS, addr), FIELD("fn", FUNCTION, fn) },
	[PT_EV_REALLOC_END] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
				FIELD("old_addr", ADDRESS, old_addr), FIELD("fn", FUNCTION, fn),
				FIELD("stack", STACK, stack) },
	[PT_EV_REALLOC_FAILED] = { FIELD("old_addr", ADDRESS, old_addr) },
	[PT_EV_REALLOC_FREED] = { FIELD("old_addr", ADDRESS, old_addr) },
	[PT_EV_MMAP] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			 FIELD("flags", NUMBER, flags), FIELD("stack", STACK, stack) },
	[PT_EV_MUNMAP] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes) },
	[PT_EV_MREMAP] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			   FIELD("old_addr", ADDRESS, old_addr), FIELD("old_size_bytes", NUMBER, old_size_bytes),
			   FIELD("stack", STACK, stack) },
	[PT_EV_GONE] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			 FIELD("flags", NUMBER, flags) },
	[PT_EV_USABLE] = { FIELD("size_bytes", NUMBER, size_bytes), FIELD("usable_bytes", NUMBER, old_size_bytes) },
	[PT_EV_RSS] = { FIELD("resident_bytes", NUMBER, size_bytes), FIELD("anonymous_bytes", NUMBER, old_size_bytes),
			FIELD("break", ADDRESS, addr) },
	[PT_EV_THREAD_START] = { FIELD("tid", NUMBER, addr) },
	[PT_EV_THREAD_NAME] = { FIELD("name", TEXT, text) },
	[PT_EV_MODULE] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			   FIELD("path", TEXT, text) },
	[PT_EV_MODULE_GONE] = { FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes) },
	[PT_EV_NOTE] = { FIELD("text", TEXT, text) },
	[PT_EV_POOL_GET] = { POOL, FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			     FIELD("shard", SHARD, shard), FIELD("stack", STACK, stack) },
	[PT_EV_POOL_PUT] = { POOL, FIELD("addr", ADDRESS, addr), FIELD("shard", SHARD, shard),
			     FIELD("stack", STACK, stack) },
	[PT_EV_POOL_MISS] = { POOL, FIELD("shard", SHARD, shard) },
	[PT_EV_POOL_STOCK] = { POOL, FIELD("addr", ADDRESS, addr), FIELD("size_bytes", NUMBER, size_bytes),
			       FIELD("shard", SHARD, shard), FIELD("stack", STACK, stack) },
	[PT_EV_POOL_DROP] = { POOL, FIELD("addr", ADDRESS, addr), FIELD("stack", STACK, stack) },
	[PT_EV_POOL_PURGE] = { POOL, FIELD("shard", SHARD, shard), FIELD("stack", STACK, stack) },
	[PT_EV_POOL_MOVE] = { POOL, FIELD("addr", ADDRESS, addr), FIELD("shard", SHARD, shard) },
	[PT_EV_POOL_RESIZE] = { POOL, FIELD("addr", ADDRESS, addr), FIELD("new_addr", ADDRESS, new_addr),
				FIELD("size_bytes", NUMBER, size_bytes), FIELD("stack", STACK, stack) },
	[PT_EV_POOL_CREATE] = { POOL, FIELD("size_bytes", NUMBER, size_bytes), FIELD("shards", NUMBER, shard),
				FIELD("stack", STACK, stack), FIELD("name", TEXT, text) },
	[PT_EV_POOL_DESTROY] = { POOL, FIELD("stack", STACK, stack) },
	[PT_EV_SHARD_NAME] = { POOL, FIELD("shard", SHARD, shard), FIELD("name", TEXT, text) },
	[PT_EV_SNAPSHOT] = { FIELD("number", NUMBER, size_bytes), FIELD("why", NUMBER, flags) },
	[PT_EV_SNAPSHOT_COPIED] = { FIELD("number", NUMBER, size_bytes), FIELD("lost", NUMBER, flags) },
	[PT_EV_MARK] = { FIELD("stack", STACK, stack), FIELD("name", TEXT, text) },
	[PT_EV_MODE] = { FIELD("mode", NUMBER, flags), FIELD("sample_bytes", NUMBER, size_bytes) },
};

static uint64_t value_of(const struct pt_event *ev, const struct field *f)
{
	const void *at = (const char *)ev + f->offset;

	switch (f->offset) {
	case offsetof(struct pt_event, fn):
	case offsetof(struct pt_event, flags):
		return *(const uint8_t *)at;
	case offsetof(struct pt_event, stack):
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void put_shard(struct pt_line *l, uint64_t shard, bool json)
{
	const char *name = shard == PT_SHARD_THREAD ? "thread" : shard == PT_SHARD_ALL ? "all" : NULL;

	if (!name) {
		pt_line_number(l, shard);
		return;
	}
	pt_line_text(l, json ? "\"" : "");
	pt_line_text(l, name);
	pt_line_text(l, json ? "\"" : "");
}

static void put_value(struct pt_line *l, const struct pt_event *ev, const struct field *f, bool json)
{
	switch (f->type) {
	case NUMBER:
	case STACK:
		pt_line_number(l, value_of(ev, f));
		break;
	case ADDRESS:
		pt_line_text(l, json ? "\"" : "");
		pt_line_hex(l, value_of(ev, f));
		pt_line_text(l, json ? "\"" : "");
		break;
	case SHARD:
		put_shard(l, value_of(ev, f), json);
		break;
	case FUNCTION:
		pt_line_text(l, json ? "\"" : "");
		pt_line_text(l, fn_name((unsigned int)value_of(ev, f)));
		pt_line_text(l, json ? "\"" : "");
		break;
	case TEXT:
		if (json)
			pt_line_json(l, ev->text ? ev->text : "");
		else
			pt_line_clean(l, ev->text ? ev->text : "");
		break;
	}
}

static const char *anomaly_of(const struct pt_event *ev)
{
	if (ev->kind < PT_EV_ALLOC || ev->kind > PT_EV_REALLOC_END)
		return NULL;
	switch (ev->flags) {
	case PT_ALLOC_OF_LIVE:
		return "alloc_of_live";
	case PT_FREE_OF_DEAD:
		return "free_of_dead";
	case PT_FREE_OF_UNKNOWN:
		return "free_of_unknown";
	default:
		return NULL;
	}
}

/* Whether the frames of this event's stack are due. */
static bool stack_is_new(struct dump *d, uint32_t stack)
{
	uint8_t *shown;

	if (!d->stacks || !stack)
		return false;
	if (stack >= d->shown_nr) {
		uint32_t nr = d->trace->stacks_nr + d->trace->stacks_nr / 4;

		shown = realloc(d->shown, nr);
		if (!shown)
			return false;
		memset(shown + d->shown_nr, 0, nr - d->shown_nr);
		d->shown = shown;
		d->shown_nr = nr;
	}
	if (d->shown[stack])
		return false;
	d->shown[stack] = 1;
	return true;
}

static void put_frame(struct dump *d, const struct pt_stack_node *n, bool json)
{
	struct pt_line *l = &d->line;
	const struct pt_module_info *m = n->module != PT_MODULE_NONE ? &d->trace->modules[n->module] : NULL;

	if (json) {
		pt_line_text(l, "{\"ip\":\"");
		pt_line_hex(l, n->ip);
		pt_line_text(l, "\",\"module\":");
		if (m)
			pt_line_json(l, m->path);
		else
			pt_line_text(l, "null");
		pt_line_text(l, ",\"offset_bytes\":");
		pt_line_number(l, m ? n->ip - m->bias : n->ip);
		pt_line_text(l, "}");
		return;
	}
	pt_line_text(l, "\n                              ");
	if (n->ip == PT_FRAME_UNKNOWN || n->ip == PT_FRAME_CUT) {
		pt_line_text(l, n->ip == PT_FRAME_CUT ? "(deeper)" : "(not known)");
		return;
	}
	pt_line_hex(l, n->ip);
	if (m) {
		pt_line_text(l, " ");
		pt_line_clean(l, m->path);
		pt_line_text(l, "+");
		pt_line_hex(l, n->ip - m->bias);
	}
}

static void put_frames(struct dump *d, uint32_t stack, bool json)
{
	const struct pt_stack_node *frames[FRAMES_MAX];
	size_t nr = pt_stack_frames(d->trace, stack, frames, FRAMES_MAX), i;

	pt_line_text(&d->line, json ? ",\"frames\":[" : "");
	for (i = 0; i < nr; i++) {
		if (json && i)
			pt_line_text(&d->line, ",");
		put_frame(d, frames[i], json);
	}
	pt_line_text(&d->line, json ? "]" : "");
}

static int dump_text(void *arg, const struct pt_event *ev)
{
	struct dump *d = arg;
	struct pt_line *l = &d->line;
	const char *anomaly = anomaly_of(ev);
	const struct field *f;

	pt_line_number_right(l, ev->time_ns, 13);
	pt_line_text(l, " t");
	pt_line_number_left(l, d->trace->threads[ev->thread].serial, 3);
	pt_line_text(l, " c");
	pt_line_number_left(l, ev->cpu, 3);
	pt_line_text(l, " ");
	pt_line_text_left(l, pt_kind_name(ev->kind), 13);
	for (f = fields[ev->kind]; f->name; f++) {
		pt_line_text(l, " ");
		if (f->type != ADDRESS && f->type != FUNCTION && f->type != TEXT) {
			pt_line_text(l, f->name);
			pt_line_text(l, "=");
		} else if (f->offset == offsetof(struct pt_event, old_addr)) {
			pt_line_text(l, ev->kind >= PT_EV_POOL_FIRST ? "pool=" : "old=");
		}
		put_value(l, ev, f, false);
	}
	if (ev->repaired)
		pt_line_text(l, anomaly ? " " : " repaired");
	if (anomaly)
		pt_line_text(l, anomaly);
	if (stack_is_new(d, ev->stack))
		put_frames(d, ev->stack, false);
	pt_line_text(l, "\n");
	return l->failed;
}

static int dump_json(void *arg, const struct pt_event *ev)
{
	struct dump *d = arg;
	struct pt_line *l = &d->line;
	const char *anomaly = anomaly_of(ev);
	const struct field *f;

	pt_line_text(l, "{\"time_ns\":");
	pt_line_number(l, ev->time_ns);
	pt_line_text(l, ",\"thread\":");
	pt_line_number(l, d->trace->threads[ev->thread].serial);
	pt_line_text(l, ",\"cpu\":");
	pt_line_number(l, ev->cpu);
	pt_line_text(l, ",\"kind\":\"");
	pt_line_text(l, pt_kind_name(ev->kind));
	pt_line_text(l, "\"");
	for (f = fields[ev->kind]; f->name; f++) {
		pt_line_text(l, ",\"");
		pt_line_text(l, f->name);
		pt_line_text(l, "\":");
		put_value(l, ev, f, true);
	}
	if (ev->repaired && !anomaly)
		pt_line_text(l, ",\"repaired\":true");
	if (anomaly) {
		pt_line_text(l, ",\"anomaly\":\"");
		pt_line_text(l, anomaly);
		pt_line_text(l, "\"");
	}
	if (stack_is_new(d, ev->stack))
		put_frames(d, ev->stack, true);
	pt_line_text(l, "}\n");
	return l->failed;
}

/* One trace; its events, or snapshot `snapshot` unless that is negative. A reader that went away (EPIPE) is no error: it has seen enough. */
static int dump_trace(const char *path, bool json, bool stacks, int64_t snapshot)
{
	struct dump d = { .stacks = stacks };
	int err = pt_trace_open(&d.trace, path), status = PT_EXIT_OK;

	if (err)
		return pt_fail_trace(path, err);
	err = pt_line_init(&d.line);
	if (!err && snapshot >= 0)
		err = pt_dump_snapshot(&d.line, d.trace, (uint32_t)snapshot, json);
	else if (!err)
		err = pt_tour(d.trace, json ? dump_json : dump_text, &d, NULL);
	if (snapshot >= 0 && err == -PT_EINVAL)
		status = pt_fail(path, "has no whole snapshot %lld; `pooltrace info` says which there are",
				 (long long)snapshot);
	else if (err < 0)
		status = pt_fail_trace(path, err);
	if (d.line.buffer && !pt_line_flush(&d.line)) {
		errno = d.line.error;
		status = errno == EPIPE ? PT_EXIT_ERROR :
			 pt_fail("standard output", "cannot be written (%s)", strerror(errno));
	}
	pt_line_fini(&d.line);
	free(d.shown);
	pt_trace_close(d.trace);
	return status;
}

int cmd_dump(int argc, char **argv)
{
	bool json = false, stacks = false;
	struct pt_paths paths;
	int64_t snapshot = -1;
	int letter, status;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		json |= letter == OPTION_JSON;
		stacks |= letter == OPTION_STACKS;
		if (letter == OPTION_SNAPSHOT)
			snapshot = (int64_t)pt_number("snapshot", optarg, UINT32_MAX);
	}
	status = pt_paths_expand(argv + optind, argc - optind, &paths);
	for (size_t i = 0; status == PT_EXIT_OK && i < paths.names_nr; i++)
		status = dump_trace(paths.names[i], json, stacks, snapshot);
	pt_paths_fini(&paths);
	return status;
}
