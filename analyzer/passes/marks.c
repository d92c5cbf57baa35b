// SPDX-License-Identifier: MIT
/*
 * marks.c - phases and pauses, from events to the report.
 */
#include "marks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../../format/layout.h"
#include "pool_rows.h"

void pt_marks_fini(struct pt_marks *m)
{
	for (uint32_t i = 0; i < m->nr; i++)
		free(m->marks[i].name);
	free(m->marks);
	memset(m, 0, sizeof(*m));
}

static int mark(struct pt_marks *m, const char *name, const struct pt_heap *heap, const struct pt_pools *pools)
{
	struct pt_report_mark *marks;

	if (m->nr == PT_MARKS_KEPT) {
		m->left_out++;
		return 0;
	}
	marks = pt_pool_grown(m->marks, &m->max, m->nr, sizeof(*marks));
	if (!marks)
		return -PT_ENOMEM;
	m->marks = marks;
	marks += m->nr;
	marks->name = strdup(name ? name : "");
	if (!marks->name)
		return -PT_ENOMEM;
	marks->time_ns = m->now_ns;
	marks->in_use_bytes = heap->in_use_bytes;
	marks->idle_bytes = heap->idle_bytes;
	marks->pool_idle_bytes = pt_pools_idle_bytes(pools);
	m->nr++;
	return 0;
}

int pt_marks_apply(struct pt_marks *m, const struct pt_event *ev, const struct pt_heap *heap,
		   const struct pt_pools *pools)
{
	if (ev->time_ns > m->now_ns)
		m->now_ns = ev->time_ns;
	if (ev->kind == PT_EV_RESUME || ev->kind == PT_EV_MODE) {
		m->gap_ns = m->now_ns;
		m->pools_too = ev->kind == PT_EV_RESUME || m->mode == PT_MODE_COUNTERS;
		m->mode = ev->kind == PT_EV_MODE ? ev->flags : m->mode;
	}
	if (ev->kind == PT_EV_MARK)
		return mark(m, ev->text, heap, pools);
	if (ev->kind == PT_EV_PAUSE && !m->paused) {
		m->paused = true;
		m->paused_at_ns = m->now_ns;
		m->pauses_nr++;
	} else if (ev->kind == PT_EV_RESUME && m->paused) {
		m->paused = false;
		m->paused_ns += m->now_ns - m->paused_at_ns;
	}
	return 0;
}

int pt_marks_finish(struct pt_marks *m, uint64_t end_ns, struct pt_report *out)
{
	char note[96];

	out->pauses_nr = m->pauses_nr;
	out->paused_ns = m->paused_ns + (m->paused ? end_ns - m->paused_at_ns : 0);
	out->marks = m->marks; /* the report's now */
	out->marks_nr = m->nr;
	m->marks = NULL;
	m->nr = 0;
	if (!m->left_out)
		return 0;
	snprintf(note, sizeof(note), "%" PRIu64 " marks after the first %u are left out", m->left_out,
		 PT_MARKS_KEPT);
	return pt_report_note(out, note);
}
