/* SPDX-License-Identifier: MIT */
/* stack_end.c - see stack_end.h. */
#include "stack_end.h"

#include <sys/mman.h>

#include "process.h"
#include "sys.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

extern void *__libc_stack_end;

/* Can all of the pages be read? A system call, so once a page: MADV_POPULATE_READ (Linux 5.14)
 * says ENOMEM for a hole and EFAULT for PROT_NONE, where mincore() is content with both. */
static bool readable(uint64_t low, uint64_t high)
{
	return !atomic_load_explicit(&pt_quiet, memory_order_relaxed) &&
	       !pt_sys_madvise((void *)low, high - low, MADV_POPULATE_READ);
}

/* The end of the stack that a thread of its own runs on: a thread's control block sits at the top
 * of its stack, the first thread's stack ends where ld.so says. 0 when `sp` is on neither. */
static uint64_t own_end(uint64_t sp)
{
	uint64_t tcb = (uint64_t)__builtin_thread_pointer();
	uint64_t main_end = (uint64_t)__libc_stack_end + 8;

	if (sp < tcb && tcb - sp < 1ull << 30)
		return tcb;
	return sp < main_end && main_end - sp < 1ull << 32 ? main_end : 0;
}

uint64_t pt_stack_find_end(struct pt_stacks *s, uint64_t sp)
{
	static const uint64_t tries_bytes[] = { 256u << 10, 64u << 10, 16u << 10, 4u << 10 };
	uint64_t page = sp & ~4095ull, end = own_end(sp);
	unsigned int i;

	if (end) {
		uint64_t high = s->own.high == end ? s->own.low : end & ~4095ull;

		if (page >= high || readable(page, high)) {
			if (s->own.high != end)
				pt_memos_forget(&s->memos);
			s->own = (struct pt_stack_span){ page < high ? page : high, end };
			return end;
		}
	}
	for (i = 0; i < sizeof(tries_bytes) / sizeof(tries_bytes[0]); i++)
		if (readable(page, page + tries_bytes[i])) {
			s->other = (struct pt_stack_span){ page, page + tries_bytes[i] };
			return s->other.high;
		}
	return sp; /* nothing: the stack is the one frame that called */
}
