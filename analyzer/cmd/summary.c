/* SPDX-License-Identifier: MIT */
/* summary.c - one pass over a trace for `pooltrace info`. */
#include "summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../trace/counts.h"
#include "progress.h"
#include "tour.h"

const char *pt_kind_name(unsigned int kind)
{
	static const char *const names[PT_KINDS_NR] = {
		[PT_EV_ALLOC] = "alloc",
		[PT_EV_FREE] = "free",
		[PT_EV_REALLOC_BEGIN] = "realloc_begin",
		[PT_EV_REALLOC_END] = "realloc_end",
		[PT_EV_REALLOC_FAILED] = "realloc_failed",
		[PT_EV_REALLOC_FREED] = "realloc_freed",
		[PT_EV_MMAP] = "mmap",
		[PT_EV_MUNMAP] = "munmap",
		[PT_EV_MREMAP] = "mremap",
		[PT_EV_GONE] = "gone",
		[PT_EV_USABLE] = "usable",
		[PT_EV_RSS] = "rss",
		[PT_EV_THREAD_START] = "thread_start",
		[PT_EV_THREAD_NAME] = "thread_name",
		[PT_EV_THREAD_EXIT] = "thread_exit",
		[PT_EV_CPU] = "cpu",
		[PT_EV_MODULE] = "module",
		[PT_EV_MODULE_GONE] = "module_gone",
		[PT_EV_NOTE] = "note",
		[PT_EV_POOL_GET] = "pool_get",
		[PT_EV_POOL_PUT] = "pool_put",
		[PT_EV_POOL_MISS] = "pool_miss",
		[PT_EV_POOL_STOCK] = "pool_stock",
		[PT_EV_POOL_DROP] = "pool_drop",
		[PT_EV_POOL_PURGE] = "pool_purge",
		[PT_EV_POOL_MOVE] = "pool_move",
		[PT_EV_POOL_RESIZE] = "pool_resize",
		[PT_EV_POOL_CREATE] = "pool_create",
		[PT_EV_POOL_DESTROY] = "pool_destroy",
		[PT_EV_SHARD_NAME] = "shard_name",
		[PT_EV_MARK] = "mark",
		[PT_EV_PAUSE] = "pause",
		[PT_EV_RESUME] = "resume",
		[PT_EV_SNAPSHOT] = "snapshot",
		[PT_EV_SNAPSHOT_COPIED] = "snapshot_copied",
		[PT_EV_MODE] = "mode",
	};

	return kind < PT_KINDS_NR && names[kind] ? names[kind] : "unknown";
}

const char *pt_lost_name(unsigned int cause)
{
	static const char *const names[PT_LOST_NR] = {
		[PT_LOST_LIMIT] = "limit",
		[PT_LOST_DISK] = "disk",
		[PT_LOST_MEMORY] = "memory",
		[PT_LOST_NESTED] = "nested",
		[PT_LOST_SANDBOX] = "sandbox",
	};

	return cause < PT_LOST_NR ? names[cause] : "unknown";
}

const char *pt_snap_lost_name(unsigned int cause)
{
	static const char *const names[PT_SNAP_LOST_NR] = {
		[PT_SNAP_LOST_LIMIT] = "limit",	    [PT_SNAP_LOST_DISK] = "disk",
		[PT_SNAP_LOST_MEMORY] = "memory",   [PT_SNAP_LOST_BUSY] = "busy",
		[PT_SNAP_LOST_SANDBOX] = "sandbox", [PT_SNAP_LOST_SYSTEM] = "system",
	};

	return cause < PT_SNAP_LOST_NR ? names[cause] : "unknown";
}

const char *pt_mode_name(unsigned int mode)
{
	static const char *const names[PT_MODE_NR] = {
		[PT_MODE_FULL] = "full",
		[PT_MODE_COUNTERS] = "counters",
		[PT_MODE_SAMPLE] = "sample",
	};

	return mode < PT_MODE_NR ? names[mode] : "unknown";
}

const char *pt_hex(char *out, size_t size, const uint8_t *bytes, size_t bytes_nr)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < bytes_nr && 2 * i + 3 <= size; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

static int add_note(struct pt_summary *s, const char *text)
{
	char **notes, *copy;

	if (s->notes_nr == PT_NOTES_MAX) {
		s->notes_more++;
		return 0;
	}
	notes = realloc(s->notes, (s->notes_nr + 1) * sizeof(*notes));
	if (!notes)
		return -PT_ENOMEM;
	s->notes = notes;
	copy = strdup(text);
	if (!copy)
		return -PT_ENOMEM;
	s->notes[s->notes_nr++] = copy;
	return 0;
}

static int count_event(void *arg, const struct pt_event *ev)
{
	struct pt_summary *s = arg;

	if (ev->kind < PT_KINDS_NR)
		s->kinds[ev->kind]++;
	switch (ev->kind) {
	case PT_EV_ALLOC:
	case PT_EV_REALLOC_END:
		s->allocated_bytes += ev->size_bytes;
		return 0;
	case PT_EV_NOTE:
		return add_note(s, ev->text);
	default:
		return 0;
	}
}

/* All sums are of counters, which a damaged trace may have made of anything: they may wrap. */
static int add_block(void *arg, const struct pt_count_block *b)
{
	struct pt_summary *s = arg;

	if (!b) {
		s->counted = (struct pt_count){ 0 };
		s->counted_threads = s->counted_pool_events = 0;
		return 0;
	}
	s->counted_threads += b->threads;
	for (unsigned int i = 0; i < PT_COUNT_CLASSES; i++) {
		s->counted.allocs += b->classes[i].allocs;
		s->counted.alloc_bytes += b->classes[i].alloc_bytes;
		s->counted.frees += b->classes[i].frees;
		s->counted.free_bytes += b->classes[i].free_bytes;
	}
	for (unsigned int i = 0; i < PT_COUNT_POOLS; i++)
		s->counted_pool_events += b->pools[i].gets + b->pools[i].puts + b->pools[i].stocked + b->pools[i].drops;
	return 0;
}

/* One clause for each thing that is missing. */
static void judge(struct pt_summary *s)
{
	const struct pt_trace_state *st = &s->trace->state;
	char *to = s->torn_reason, *end = to + sizeof(s->torn_reason);

	if (st->truncated)
		to += snprintf(to, (size_t)(end - to), "the file ends %s",
			       st->file_bytes < PT_PAGE_BYTES ? "inside its first page, before any event" : "before its last chunk");
	if (st->corrupt_chunks)
		to += snprintf(to, (size_t)(end - to),
			       "%s%llu of %llu chunks hold bytes that no recorder writes (%llu bytes given up)",
			       to == s->torn_reason ? "" : "; ", (unsigned long long)st->corrupt_chunks,
			       (unsigned long long)st->chunks_nr, (unsigned long long)st->corrupt_bytes);
	if (st->missing_chunks)
		snprintf(to, (size_t)(end - to), "%s%llu chunks are missing", to == s->torn_reason ? "" : "; ",
			 (unsigned long long)st->missing_chunks);
	s->whole = !s->torn_reason[0];
}

static void sum_up(struct pt_summary *s)
{
	const struct pt_trace_state *st = &s->trace->state;
	unsigned int cause;

	s->allocations = s->kinds[PT_EV_ALLOC] + s->kinds[PT_EV_REALLOC_END];
	s->frees = s->kinds[PT_EV_FREE] + s->kinds[PT_EV_REALLOC_FREED];
	s->reallocs = s->kinds[PT_EV_REALLOC_END] + s->kinds[PT_EV_REALLOC_FAILED] + s->kinds[PT_EV_REALLOC_FREED];
	for (cause = 0; cause < PT_LOST_NR; cause++)
		s->losses += st->lost_allocs[cause] + st->lost_frees[cause] + st->lost_pools[cause];
	judge(s);
}

int pt_summary_read(struct pt_summary *s, const char *path)
{
	struct pt_progress progress;
	int err, saved;

	memset(s, 0, sizeof(*s));
	s->path = path;
	err = pt_trace_open(&s->trace, path);
	if (err)
		return err;
	pt_progress_start(&progress, path);
	err = pt_tour(s->trace, count_event, s, &progress);
	pt_progress_end(&progress);
	s->counts_nr = pt_counts_nr(s->trace);
	if (!err)
		err = pt_counts_each(s->trace, add_block, s, &s->counts_damaged);
	if (err) {
		saved = errno;
		pt_summary_fini(s);
		errno = saved;
		return err;
	}
	sum_up(s);
	return 0;
}

double pt_summary_bytes_per_event(const struct pt_summary *s)
{
	const struct pt_trace_state *st = &s->trace->state;
	const uint64_t others = st->snaps_bytes + st->returned_pages * PT_PAGE_BYTES +
				(uint64_t)s->counts_nr * PT_COUNT_PAGES * PT_PAGE_BYTES;

	/* A file that was cut may end inside of what others have. */
	return others < st->used_bytes ? (double)(st->used_bytes - others) / (double)st->events_nr : 0.0;
}

void pt_summary_fini(struct pt_summary *s)
{
	size_t i;

	for (i = 0; i < s->notes_nr; i++)
		free(s->notes[i]);
	free(s->notes);
	pt_trace_close(s->trace);
	memset(s, 0, sizeof(*s));
}
