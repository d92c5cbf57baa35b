/* SPDX-License-Identifier: MIT */
/* progress.h - how far a trace has been read: one line on a terminal's stderr, after a second. */
#ifndef PT_PROGRESS_H
#define PT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct pt_progress {
	const char *path;
	uint64_t start_ns, shown_ns;
	bool terminal, shown;
};

void pt_progress_start(struct pt_progress *p, const char *path);

/* pt_progress_show() - share: 0.0 to 1.0. `progress` is a struct pt_progress, so that this can be
 * handed on as a callback. Cheap, but not meant for every event. */
void pt_progress_show(void *progress, double share);

/* pt_progress_end() - takes the line away again. */
void pt_progress_end(const struct pt_progress *p);

#endif
