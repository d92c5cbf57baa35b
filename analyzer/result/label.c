// SPDX-License-Identifier: MIT
/*
 * label.c - what threads and shards are called.
 */
#include "label.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *pt_label_thread(const struct pt_report *r, uint32_t thread, char out[PT_LABEL_BYTES])
{
	const struct pt_report_thread *t = thread < r->threads_nr ? &r->threads[thread] : NULL;

	if (!t)
		snprintf(out, PT_LABEL_BYTES, "?");
	else if (t->name[0])
		snprintf(out, PT_LABEL_BYTES, "%" PRIu64 " \"%s\"", t->serial, t->name);
	else
		snprintf(out, PT_LABEL_BYTES, "%" PRIu64, t->serial);
	return out;
}

const char *pt_label_shard(const struct pt_report *r, const struct pt_pool_detail *d,
			   uint32_t shard, char out[PT_LABEL_BYTES])
{
	const struct pt_pool_shard *s = shard < d->shards_nr ? &d->shards[shard] : NULL;
	char slot[16] = "", label[PT_LABEL_BYTES];

	if (!s) {
		snprintf(out, PT_LABEL_BYTES, "?");
		return out;
	}
	if (d->slots_nr > 1)
		snprintf(slot, sizeof(slot), "%" PRIu32 ":", s->slot);
	if (s->thread != UINT32_MAX)
		snprintf(out, PT_LABEL_BYTES, "%sthread %.160s", slot,
			 pt_label_thread(r, s->thread, label));
	else if (s->name[0])
		snprintf(out, PT_LABEL_BYTES, "%s%" PRIu32 " \"%s\"", slot, s->number, s->name);
	else
		snprintf(out, PT_LABEL_BYTES, "%s%" PRIu32, slot, s->number);
	return out;
}
