/* SPDX-License-Identifier: MIT */
/* scratch.c - see scratch.h. The stack is plain memory: a fork in between must not wipe it. */
#include "scratch.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "own.h"
#include "process.h"
#include "sys.h"

static void call_on(unsigned char *top, void (*fn)(void *), void *arg)
{
	/* rbx survives the call (System V ABI, 3.2.1) and so carries the old stack over it. */
	__asm__ volatile("movq %%rsp, %%rbx\n\t"
			 "movq %[top], %%rsp\n\t"
			 "callq *%[fn]\n\t"
			 "movq %%rbx, %%rsp"
			 : "+D"(arg), [top] "+r"(top), [fn] "+r"(fn)
			 :
			 : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1",
			   "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
			   "xmm13", "xmm14", "xmm15");
}

bool pt_scratch_call(struct pt_scratch *s, void (*fn)(void *), void *arg)
{
	uint64_t before = 0;

	if (atomic_load_explicit(&pt_quiet, memory_order_relaxed))
		return false;
	if (!s->low) {
		s->low = pt_sys_mmap(NULL, PT_SCRATCH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		pt_own_add(s->low, PT_SCRATCH_BYTES);
	}
	if (!s->low)
		return false;
	if (!pt_sys_block(&before))
		return false;
	call_on(s->low + PT_SCRATCH_BYTES, fn, arg);
	pt_sys_unblock(&before);
	return true;
}
