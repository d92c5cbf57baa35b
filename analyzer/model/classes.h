/* SPDX-License-Identifier: MIT */
/*
 * classes.h - which sizes are interchangeable: requested size -> usable size -> class.
 *
 * Two blocks are of one class when the allocator gives both the same usable bytes. The trace
 * tells usable sizes (PT_EV_USABLE) as the recorder meets them; for a size without one glibc's
 * rule is taken. What a size maps to is settled the first time it is asked for and never
 * changes, so that whoever counts by class can count down what it counted up.
 */
#ifndef PT_CLASSES_H
#define PT_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#define PT_CLASS_NONE	 UINT32_MAX
#define PT_CLASS_SMALL	 8192u /* sizes below are looked up without hashing */
#define PT_CLASS_BUCKETS (64u + 55u * 64u)

struct pt_class {
	uint64_t usable_bytes;
	uint32_t next; /* in its bucket, or PT_CLASS_NONE */
};

struct pt_class_slot {
	uint64_t size_bytes; /* + 1; 0 = empty */
	uint64_t usable_bytes;
	uint32_t class; /* PT_CLASS_NONE: told by the trace, not asked for yet */
};

struct pt_classes {
	uint32_t small[PT_CLASS_SMALL]; /* class + 1 of that size, 0 = not settled */
	struct pt_class_slot *slots;	/* every size that is told or settled */
	size_t slots_nr, used_nr;
	struct pt_class *classes;
	uint32_t nr, max;
	uint32_t buckets[PT_CLASS_BUCKETS]; /* by usable bytes; first class + 1, 0 = none */
};

/* pt_classes_init() - 0 or -PT_ENOMEM. */
int pt_classes_init(struct pt_classes *k);
void pt_classes_fini(struct pt_classes *k);

/* pt_classes_tell() - the allocator gave `usable_bytes` for `size_bytes`. The last word before the
 * size is settled counts. 0 or -PT_ENOMEM. */
int pt_classes_tell(struct pt_classes *k, uint64_t size_bytes, uint64_t usable_bytes);

/* pt_classes_settle() - the class of a size; PT_CLASS_NONE = no memory. */
uint32_t pt_classes_settle(struct pt_classes *k, uint64_t size_bytes);

static inline uint32_t pt_classes_of(struct pt_classes *k, uint64_t size_bytes)
{
	if (size_bytes < PT_CLASS_SMALL && k->small[size_bytes])
		return k->small[size_bytes] - 1;
	return pt_classes_settle(k, size_bytes);
}

/* pt_classes_add() - the class with these usable bytes, the next number if there is none yet; PT_CLASS_NONE = no
 * memory. For a copy that is told the classes of another one in their order; all-zero is an empty one. */
uint32_t pt_classes_add(struct pt_classes *k, uint64_t usable_bytes);

/* pt_usable_glibc() - what glibc makes of a request: 8 bytes of header, 16 of alignment. */
uint64_t pt_usable_glibc(uint64_t size_bytes);

/*
 * pt_classes_fitting() - call fn(arg, class) for each class whose blocks fit a request: usable
 * >= request and <= max(request + 16, request * 5 / 4).
 */
void pt_classes_fitting(const struct pt_classes *k, uint64_t request_bytes,
			void (*fn)(void *arg, uint32_t class), void *arg);

#endif
