/* SPDX-License-Identifier: MIT */
/* info_text.c - pt_summary for people: facts one a line, then the tables. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../format/error.h"
#include "../render/table.h"
#include "../result/quantity.h"
#include "../trace/snapshot.h"
#include "screen.h"
#include "summary.h"

#define LABEL_COLUMNS 15u
#define ROWS_MAX 20u /* of a table, unless all are asked for */

struct page {
	struct pt_render to;
	const struct pt_summary *s;
	uint32_t rows_max;
	bool failed;
};

/* "label    text ...", wrapped and cleaned. */
__attribute__((format(printf, 3, 4))) static void fact(struct page *p, const char *label, const char *format, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0) {
		p->failed = true;
		return;
	}
	fprintf(p->to.out, "%s%-*s%s", pt_style(&p->to, PT_STYLE_DIM), (int)LABEL_COLUMNS, label,
		pt_style(&p->to, PT_STYLE_PLAIN));
	pt_text_wrap(&p->to, text, LABEL_COLUMNS);
	free(text);
}

static void print_identity(struct page *p)
{
	const struct pt_file_header *h = &p->s->trace->header;
	static const uint8_t none[sizeof(h->parent_id)];
	char hex[2 * sizeof(h->trace_id) + 1], when[40], took[PT_QUANTITY_BYTES];
	time_t seconds = (time_t)(h->start_real_ns / 1000000000u);
	struct tm tm;

	fact(p, "program", "%s", h->program);
	fact(p, "process", "%u, started by %u", h->pid, h->ppid);
	if (memcmp(h->parent_id, none, sizeof(none)))
		fact(p, "forked from", "trace %s", pt_hex(hex, sizeof(hex), h->parent_id, sizeof(h->parent_id)));
	fact(p, "trace id", "%s", pt_hex(hex, sizeof(hex), h->trace_id, sizeof(h->trace_id)));
	if (!localtime_r(&seconds, &tm) || !strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %Z", &tm))
		strcpy(when, "at an unknown time");
	fact(p, "recorded", "%s, for %s", when, pt_quantity_time(took, p->s->trace->end_ns));
	if (!h->stack_depth)
		fact(p, "stacks", "not recorded (POOLTRACE_STACK_DEPTH was 0)");
	else if (h->flags & PT_FILE_NO_UNWINDER)
		fact(p, "stacks", "one frame only: libunwind was not found when it was recorded");
	else
		fact(p, "stacks", "up to %u frames", h->stack_depth);
	if (h->stacks_checked)
		fact(p, "verified", "%" PRIu64 " stacks by libunwind, which found another one for %" PRIu64,
		     h->stacks_checked, h->stacks_differing);
	fact(p, "clock", "%.1f MHz%s", (double)p->s->trace->state.tsc_hz / 1e6,
	     p->s->trace->state.clock_estimated ? " (estimated: the trace is too short to tell)" : "");
}

static void print_file(struct page *p)
{
	const struct pt_trace_state *st = &p->s->trace->state;
	char used[PT_QUANTITY_BYTES], whole[PT_QUANTITY_BYTES], a[PT_QUANTITY_BYTES], b[PT_QUANTITY_BYTES];

	if (p->s->whole && st->live)
		fact(p, "state", "whole so far: it is still being written, and was read up to now");
	else if (p->s->whole)
		fact(p, "state", "whole: every event up to the last one committed is here");
	else
		fact(p, "state", "TORN: %s; what could be read is counted below", p->s->torn_reason);
	if (st->stopped)
		fact(p, "stopped", "recording stopped early: %s", st->stopped - 1 == PT_LOST_LIMIT ?
		     "the size limit was reached (POOLTRACE_SIZE_LIMIT)" :
		     st->stopped - 1 == PT_LOST_DISK ? "the disk refused to hold more" : "no memory");
	fact(p, "file", "%s used, in %s chunks of %s writers (%s apparent, sparse)",
	     pt_quantity_bytes(used, st->used_bytes), pt_quantity_count(a, st->chunks_nr),
	     pt_quantity_count(b, st->writers_nr), pt_quantity_bytes(whole, st->file_bytes));
	if (st->packed_bytes)
		fact(p, "packed", "into %s (`pooltrace unpack` gives back the file)",
		     pt_quantity_bytes(used, st->packed_bytes));
	if (st->unopened_pages)
		fact(p, "", "%s claimed but never written to (a thread died there, or is about to write)",
		     pt_quantity_bytes(used, st->unopened_pages * PT_PAGE_BYTES));
	if (st->returned_pages)
		fact(p, "", "%s of holes: snapshots that were dropped gave it back to the disk",
		     pt_quantity_bytes(used, st->returned_pages * PT_PAGE_BYTES));
}

/* Nothing when everything was kept. */
static void print_ring(struct page *p)
{
	const struct pt_trace_ring *r = &p->s->trace->state.ring;
	char a[PT_QUANTITY_BYTES], b[PT_QUANTITY_BYTES], c[PT_QUANTITY_BYTES], d[PT_QUANTITY_BYTES], e[PT_QUANTITY_BYTES];

	if (!r->bytes)
		return;
	fact(p, "ring", "a flight recorder of %s; %s chunks dropped", pt_quantity_bytes(a, r->bytes),
	     pt_quantity_count(b, r->chunks));
	if (r->chunks)
		fact(p, "", "complete from %s on; before that %s allocations, %s frees, %s pool events, %s others are not here",
		     pt_quantity_time(a, r->since_ns), pt_quantity_count(b, r->allocs), pt_quantity_count(c, r->frees),
		     pt_quantity_count(d, r->pools), pt_quantity_count(e, r->others));
}

/* What was recorded, and what counters say. */
static void print_modes(struct page *p)
{
	const struct pt_summary *s = p->s;
	const struct pt_file_header *h = &s->trace->header;
	char a[PT_QUANTITY_BYTES], b[PT_QUANTITY_BYTES], c[PT_QUANTITY_BYTES];

	if (h->mode == PT_MODE_SAMPLE)
		fact(p, "mode", "sample: of malloc one allocation for every %s on average", pt_quantity_bytes(a, h->sample_bytes));
	else
		fact(p, "mode", "%s", h->mode == PT_MODE_COUNTERS ? "counters: no events of malloc and of pools" :
				      h->mode == PT_MODE_FULL ? "full: every event" : "unknown");
	if (h->modes_changed)
		fact(p, "", "changed %s; %s at first", pt_quantity_counted(a, h->modes_changed, "time"), pt_mode_name(h->first_mode));
	if (s->trace->state.sampled_chunks)
		fact(p, "", "%s of %s chunks of events are a sample", pt_quantity_count(a, s->trace->state.sampled_chunks),
		     pt_quantity_count(b, s->trace->state.chunks_nr));
	if (s->counts_nr)
		fact(p, "counted", "%s allocations, %s frees, %s pool events, not recorded", pt_quantity_count(a, s->counted.allocs),
		     pt_quantity_count(b, s->counted.frees), pt_quantity_count(c, s->counted_pool_events));
	if (s->counts_damaged)
		fact(p, "", "%s of counters could not be read, or not in full", pt_quantity_counted(a, s->counts_damaged, "block"));
}

static void print_events(struct page *p)
{
	const struct pt_summary *s = p->s;
	const struct pt_trace_state *st = &s->trace->state;
	char a[PT_QUANTITY_BYTES], b[PT_QUANTITY_BYTES], c[PT_QUANTITY_BYTES], d[PT_QUANTITY_BYTES];
	unsigned int i;

	if (st->events_nr)
		fact(p, "events", "%s, %.1f bytes each", pt_quantity_count(a, st->events_nr),
		     pt_summary_bytes_per_event(s));
	else
		fact(p, "events", "none");
	fact(p, "", "%s allocations (%s), %s frees, %s reallocs", pt_quantity_count(a, s->allocations),
	     pt_quantity_bytes(b, s->allocated_bytes), pt_quantity_count(c, s->frees),
	     pt_quantity_count(d, s->reallocs));
	for (i = PT_EV_MMAP; i < PT_KINDS_NR; i++)
		if (s->kinds[i])
			fact(p, "", "%s %s", pt_quantity_count(a, s->kinds[i]), pt_kind_name(i));
	fact(p, "lost", "%s", s->losses ? pt_quantity_count(a, s->losses) : "nothing");
	for (i = 0; i < PT_LOST_NR; i++)
		if (st->lost_allocs[i] + st->lost_frees[i] + st->lost_pools[i] + st->lost_others[i])
			fact(p, "", "by %s: %s allocations, %s frees, %s pool events, %s others", pt_lost_name(i),
			     pt_quantity_count(a, st->lost_allocs[i]), pt_quantity_count(b, st->lost_frees[i]),
			     pt_quantity_count(c, st->lost_pools[i]), pt_quantity_count(d, st->lost_others[i]));
	fact(p, "order", "%s events moved to their place, %s allocations of a block in use, %s frees of a "
	     "block not in use, %s frees of a block never seen", pt_quantity_count(a, st->repaired_nr),
	     pt_quantity_count(b, st->alloc_of_live), pt_quantity_count(c, st->free_of_dead),
	     pt_quantity_count(d, st->free_of_unknown));
}

/* Nothing when none was taken. */
static void print_snapshots(struct page *p)
{
	const struct pt_trace_state *st = &p->s->trace->state;
	const uint32_t nr = pt_snapshots_nr(p->s->trace);
	char bytes[PT_QUANTITY_BYTES];
	uint32_t whole = 0, i;

	if (!nr)
		return;
	for (i = 1; i <= nr; i++)
		whole += pt_snapshot_whole(p->s->trace, i);
	fact(p, "snapshots", "%u asked for, %u here and whole, %s of the file", nr, whole,
	     pt_quantity_bytes(bytes, st->snaps_bytes));
	for (i = 0; i < PT_SNAP_LOST_NR; i++)
		if (st->snaps_lost[i])
			fact(p, "", "%u lost by %s", st->snaps_lost[i], pt_snap_lost_name(i));
}

static void print_notes(struct page *p)
{
	size_t i;

	for (i = 0; i < p->s->notes_nr; i++)
		fact(p, i ? "" : "notes", "%s", p->s->notes[i]);
	if (p->s->notes_more)
		fact(p, "", "and %llu more", (unsigned long long)p->s->notes_more);
}

static void print_table(struct page *p, struct pt_table *table, const char *what, uint32_t nr)
{
	fprintf(p->to.out, "\n%s%u %s%s%s\n", pt_style(&p->to, PT_STYLE_TITLE), nr, what, nr == 1 ? "" : "s",
		pt_style(&p->to, PT_STYLE_PLAIN));
	if (pt_table_print(table, &p->to))
		p->failed = true;
	if (nr > p->rows_max)
		fprintf(p->to.out, "  ... %u more (--all shows them)\n", nr - p->rows_max);
}

static void print_threads(struct page *p)
{
	static const struct pt_column columns[] = {
		{ "serial", false, 0, false }, { "tid", false, 0, false }, { "name", true, 0, true },
		{ "started", false, 2, false }, { "ended", false, 1, false },
	};
	const struct pt_trace *t = p->s->trace;
	char start[PT_QUANTITY_BYTES], end[PT_QUANTITY_BYTES];
	struct pt_table table;
	uint32_t i;

	pt_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
	for (i = 0; i < t->threads_nr && i < p->rows_max; i++) {
		const struct pt_thread_info *info = &t->threads[i];

		pt_table_cell(&table, "%llu", (unsigned long long)info->serial);
		pt_table_cell(&table, "%u", info->tid);
		pt_table_cell(&table, "%s", info->name[0] ? info->name : "-");
		pt_table_cell(&table, "%s", pt_quantity_time(start, info->start_ns));
		pt_table_cell(&table, "%s", info->exited ? pt_quantity_time(end, info->exit_ns) : "-");
	}
	print_table(p, &table, "thread", t->threads_nr);
}

static void print_modules(struct page *p)
{
	static const struct pt_column columns[] = {
		{ "mapped at", true, 0, false }, { "size", false, 1, false }, { "build-id", true, 0, true },
		{ "unloaded", false, 2, false }, { "path", true, 0, true },
	};
	const struct pt_trace *t = p->s->trace;
	struct pt_table table;
	uint32_t i;

	pt_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
	for (i = 0; i < t->modules_nr && i < p->rows_max; i++) {
		const struct pt_module_info *m = &t->modules[i];
		char hex[2 * sizeof(m->build_id) + 1], size[PT_QUANTITY_BYTES], gone[PT_QUANTITY_BYTES];

		pt_table_cell(&table, "%#llx", (unsigned long long)m->map_start);
		pt_table_cell(&table, "%s", pt_quantity_bytes(size, m->map_bytes));
		pt_table_cell(&table, "%s", m->build_id_bytes ?
			      pt_hex(hex, sizeof(hex), m->build_id, m->build_id_bytes) : "-");
		pt_table_cell(&table, "%s", m->unload_ns == UINT64_MAX ? "" : pt_quantity_time(gone, m->unload_ns));
		pt_table_cell(&table, "%s", m->path);
	}
	print_table(p, &table, "module", t->modules_nr);
}

int pt_summary_print(const struct pt_summary *s, bool all)
{
	struct page p = { .to = { .out = stdout, .width = pt_screen_width(), .colour = pt_screen_colour() },
			  .s = s, .rows_max = all ? UINT32_MAX : ROWS_MAX };

	fact(&p, "trace", "%s", s->path);
	print_identity(&p);
	print_file(&p);
	print_ring(&p);
	print_modes(&p);
	print_events(&p);
	print_snapshots(&p);
	print_notes(&p);
	print_threads(&p);
	print_modules(&p);
	return p.failed ? -PT_ENOMEM : 0;
}
