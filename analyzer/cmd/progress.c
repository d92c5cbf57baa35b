/* SPDX-License-Identifier: MIT */
/* progress.c - see progress.h. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define AFTER_NS 1000000000ull
#define EVERY_NS 100000000ull

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void pt_progress_start(struct pt_progress *p, const char *path)
{
	*p = (struct pt_progress){ .path = path, .start_ns = now_ns(), .terminal = isatty(STDERR_FILENO) };
}

void pt_progress_show(void *progress, double share)
{
	struct pt_progress *p = progress;
	uint64_t now = p->terminal ? now_ns() : 0;

	if (!p->terminal || now - p->start_ns < AFTER_NS || now - p->shown_ns < EVERY_NS)
		return;
	p->shown = true;
	p->shown_ns = now;
	fprintf(stderr, "\r\033[Kpooltrace: %s: %.0f %%", p->path, share * 100);
	fflush(stderr);
}

void pt_progress_end(const struct pt_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
}
