/* SPDX-License-Identifier: MIT */
/*
 * settings.h - what the POOLTRACE_* variables may say: for the recorder, which reads them, and for the commands,
 * which set them and so can refuse what the recorder would not take.
 *
 * A leaf: no allocation, no I/O; it may run before main() and inside malloc().
 */
#ifndef PT_SETTINGS_H
#define PT_SETTINGS_H

#include <stdint.h>

#define PT_STACK_DEPTH_MAX  256u
#define PT_SIZE_LIMIT_MIN   (64ull << 10) /* bytes */
#define PT_SIZE_LIMIT_MAX   (1ull << 46)
#define PT_RING_MIN	    (256ull << 10) /* bytes */
#define PT_RING_MAX	    (16ull << 30)

/* POOLTRACE_OUTPUT, a name in which these stand for something; with that folder in front it is put together in twice the bytes. */
#define PT_PATTERN_BYTES_MAX 512u
#define PT_PATTERN_DEFAULT   "%e.%p.%r.ptrace"

/* pt_pattern_fault() - the first % in a pattern that is none of %e, %p, %r and %%; NULL: there is none. */
static inline const char *pt_pattern_fault(const char *pattern)
{
	for (const char *p = pattern; *p; p++) {
		if (*p != '%')
			continue;
		if (p[1] != 'e' && p[1] != 'p' && p[1] != 'r' && p[1] != '%')
			return p;
		p++;
	}
	return 0;
}

#endif
