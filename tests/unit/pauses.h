/* SPDX-License-Identifier: MIT */
/*
 * pauses.h - a thread that waits now and then, so that others overtake it.
 */
#ifndef PT_PAUSES_H
#define PT_PAUSES_H

#include <stdint.h>
#include <time.h>

static inline void pause_sometimes(uint64_t i, uint64_t every)
{
	struct timespec while_ns = { 0, 20000 };

	if (every && i % every == every - 1)
		nanosleep(&while_ns, NULL);
}

#endif
