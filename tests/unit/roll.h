/* SPDX-License-Identifier: MIT */
/*
 * roll.h - random numbers of a state that a test keeps.
 */
#ifndef PT_ROLL_H
#define PT_ROLL_H

#include <stdint.h>

/* xorshift64*: below `limit`. */
static inline uint64_t roll(uint64_t *state, uint64_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state * 0x2545f4914f6cdd1dull >> 20) % limit;
}

#endif
