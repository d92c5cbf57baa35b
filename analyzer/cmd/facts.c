// SPDX-License-Identifier: MIT
/*
 * facts.c - what a trace file says about itself, for a report.
 */
#include "facts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../result/allocator.h"
#include "tracefile.h"

static const char *const loss_causes[PT_LOST_NR] = {
	[PT_LOST_LIMIT] = "size limit", [PT_LOST_DISK] = "disk",       [PT_LOST_MEMORY] = "memory",
	[PT_LOST_NESTED] = "nested",	[PT_LOST_SANDBOX] = "sandbox",
};

/* By the libraries that it had loaded: of another allocator than libc's, its library takes malloc. */
static void find_allocator(const struct pt_trace *t, struct pt_report *r)
{
	for (uint32_t i = 0; i < t->modules_nr; i++) {
		const char *name = pt_allocator_of(t->modules[i].path);

		if (name && (!*r->allocator || !strcmp(r->allocator, "glibc")))
			snprintf(r->allocator, sizeof(r->allocator), "%s", name);
	}
}

/* Its process is there, and has that very file mapped. */
static bool is_running(const char *path, uint32_t pid)
{
	char found[PATH_MAX];
	struct stat a, b;
	int fd = pt_tracefile_open(pid, found, sizeof(found));
	bool same = fd >= 0 && !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;

	if (fd >= 0)
		close(fd);
	return same;
}

int pt_facts_fill(const struct pt_trace *t, struct pt_report *r)
{
	const struct pt_trace_state *s = &t->state;
	const struct pt_file_header *h = &t->header;
	bool limited = h->limit_pages && h->cursor_pages > h->limit_pages;
	struct pt_report_loss *losses = calloc(PT_LOST_NR, sizeof(*losses));

	if (!losses)
		return -PT_ENOMEM;
	for (size_t i = 0; i < PT_LOST_NR; i++)
		losses[i] = (struct pt_report_loss){ loss_causes[i], s->lost_allocs[i],
						     s->lost_frees[i], s->lost_pools[i] };
	r->file = (struct pt_report_file){
		.truncated = s->truncated,
		.stopped = s->stopped && s->stopped <= PT_LOST_NR ? loss_causes[s->stopped - 1]
								  : NULL,
		.corrupt_chunks = s->corrupt_chunks,
		.missing_chunks = s->missing_chunks,
		.chunks_nr = s->chunks_nr,
		.corrupt_bytes = s->corrupt_bytes,
		.claimed_bytes = (limited ? h->limit_pages : h->cursor_pages) * PT_PAGE_BYTES,
		.events_nr = s->events_nr,
		.repaired_nr = s->repaired_nr,
		.file_bytes = s->file_bytes,
		.used_bytes = s->used_bytes,
		.stack_depth = t->header.stack_depth,
		.ppid = t->header.ppid,
		.forked = t->header.flags & PT_FILE_FORKED,
		.ring = { s->ring.bytes, s->ring.chunks, s->ring.allocs, s->ring.frees, s->ring.pools,
			  s->ring.since_ns },
		.losses = losses,
		.losses_nr = PT_LOST_NR,
	};
	find_allocator(t, r);
	r->running = r->modes.told != PT_TOLD_EVENTS && is_running(r->trace_path, r->pid);
	return 0;
}
