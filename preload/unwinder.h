/* SPDX-License-Identifier: MIT */
/*
 * unwinder.h - libunwind, asked how one address unwinds, or for a whole stack.
 *
 * For nearly every address the unwind information says: the caller's stack pointer (CFA) is
 * rsp or rbp plus a constant, the return address lies below it, rbp is untouched or saved at
 * a constant distance. unwinder.c finds those constants by letting libunwind step one frame
 * with made-up registers (docs/design/0003). What does not fit the shape is PT_RULE_COMPLEX
 * and left to libunwind each time.
 */
#ifndef PT_UNWINDER_H
#define PT_UNWINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pt_scratch;

enum pt_rule_kind {
	PT_RULE_NONE = 0,    /* not asked yet */
	PT_RULE_STEP = 1,    /* the constants below hold */
	PT_RULE_END = 2,     /* outermost frame */
	PT_RULE_COMPLEX = 3, /* realigned stack, expression: libunwind itself must step */
	PT_RULE_UNKNOWN = 4, /* no unwind information here */
	PT_RULE_SIGNAL = 5,  /* the kernel's frame below a handler: sp, ip and rbp lie at PT_SIGNAL_* above sp */
};

/* Bytes above the stack pointer of that frame, which is where its ucontext begins: part of the kernel's ABI. */
#define PT_SIGNAL_BP 120u
#define PT_SIGNAL_SP 160u
#define PT_SIGNAL_IP 168u

struct pt_rule {
	int32_t cfa_off;  /* bytes, from the base register */
	int16_t rbp_off;  /* bytes, from the CFA, where the caller's rbp is; 0 = still in rbp */
	uint8_t kind;	  /* enum pt_rule_kind */
	uint8_t base_rbp; /* 1: base is rbp, 0: rsp */
};
_Static_assert(sizeof(struct pt_rule) == 8, "stored and loaded in one piece");

/* pt_unwinder_init() - load libunwind. Once, before recording; calls dlopen(). */
void pt_unwinder_init(void);

/* pt_unwinder_ready() - was libunwind found? */
bool pt_unwinder_ready(void);

/* pt_unwinder_after_fork() - in a forked child, before its first event. A thread that vanished
 * inside libunwind may have left its lock taken: then libunwind is not called again here, and
 * only addresses whose rule is known are unwound. */
void pt_unwinder_after_fork(void);

/* pt_unwinder_ask() - the rule for a return address; kind PT_RULE_NONE when there was no memory to
 * ask. Async-signal-safe; some microseconds. */
struct pt_rule pt_unwinder_ask(uint64_t return_address, struct pt_scratch *scratch);

/* Memory for one walk: too much for the stack of a hook. */
#define PT_UNWINDER_IPS_MAX 256u
struct pt_unwinder_walk {
	uint64_t ips[PT_UNWINDER_IPS_MAX];
	_Alignas(16) unsigned char context[1024]; /* libunwind's view of the registers */
};

/*
 * pt_unwinder_walk() - the whole stack by libunwind, from the hook's caller outwards.
 *
 * room->ips: return addresses, innermost first, beginning with from_ip, the one of the hook
 * itself. Returns how many, 0 when from_ip was not met. *whole: the stack's end was reached.
 */
size_t pt_unwinder_walk(uint64_t from_ip, size_t max, struct pt_scratch *scratch, struct pt_unwinder_walk *room,
		      bool *whole);

#endif
