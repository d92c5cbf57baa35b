/* SPDX-License-Identifier: MIT */
/*
 * label.h - what threads and shards are called, in tables and in sentences.
 */
#ifndef PT_LABEL_H
#define PT_LABEL_H

#include "report.h"

#define PT_LABEL_BYTES 200

/* pt_label_thread() - `7 "worker"`, or `7`; `?` when there is no such thread. Returns `out`. */
const char *pt_label_thread(const struct pt_report *r, uint32_t thread, char out[PT_LABEL_BYTES]);

/*
 * pt_label_shard() - `7`, `7 "rx"`, `thread 7 "worker"` for a thread's own; before it `2:` for the
 * instance, when the pool had several at the same time. Returns `out`.
 */
const char *pt_label_shard(const struct pt_report *r, const struct pt_pool_detail *d,
			   uint32_t shard, char out[PT_LABEL_BYTES]);

#endif
