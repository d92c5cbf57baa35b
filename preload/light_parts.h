/* SPDX-License-Identifier: MIT */
/* light_parts.h - what the light modes' own files share: light.c, light_settle.c. */
#ifndef PT_LIGHT_PARTS_H
#define PT_LIGHT_PARTS_H

#include "light.h"
#include "process.h"
#include "segment.h"

/* What is to be done with an event. */
enum pt_light_way {
	PT_LIGHT_NOT_TAKEN, /* nothing: not recording, paused, or in the midst of beginning to */
	PT_LIGHT_TOLD,	    /* every event is */
	PT_LIGHT_HERE,	    /* counted or sampled; lost when the thread cannot be set up for it */
};

/* pt_light_settle() - the thread's state, set up for what is recorded now, or NULL. */
struct pt_light *pt_light_settle(const struct pt_entry *at, enum pt_light_way *way);

/* pt_light_lose() - an event for which the thread could not be set up. */
void pt_light_lose(enum pt_event_class class);

/* How far to draw at once: to where the clock is to be looked at. */
static inline int64_t pt_light_look_bytes(const struct pt_light *l)
{
	return (int64_t)l->look_every << 10;
}

/* As pt_light_settle(), when nothing has changed: a few loads. (NULL: ld.so has not set up thread-locals yet.) */
static inline struct pt_light *pt_light_settled(const struct pt_entry *at, enum pt_light_way *way)
{
	struct pt_light *l = pt_light;

	*way = PT_LIGHT_HERE;
	if (__builtin_expect(pt_process && l && l->mode == pt_process->light, 1))
		return l;
	return pt_light_settle(at, way);
}

#endif
