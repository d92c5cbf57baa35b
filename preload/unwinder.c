/* SPDX-License-Identifier: MIT */
/*
 * unwinder.c - libunwind as the source of truth, without its hazards.
 *
 * libunwind-x86_64 is used through its remote interface with our own accessors: no validation
 * pipe, no dl_iterate_phdr (module look-up is _dl_find_object(), lock-free), no frame-pointer
 * guess when unwind information is missing (memory reads are refused from then on). It is
 * loaded with dlopen(RTLD_LOCAL | RTLD_DEEPBIND), so its symbols, libunwind.so's _Unwind_*
 * among them, never come before the program's.
 *
 * The probe: each register holds a made-up address far from all others. After one step the
 * new stack pointer is "some register + constant", and the addresses that libunwind read say
 * where return address and rbp are saved. An expression that reads memory shows as a read
 * elsewhere; one that computes on a register is accepted only if a second probe with other
 * register values gives the same constants.
 */
#include "unwinder.h"

#include <dlfcn.h>
#include <libunwind.h>
#include <stdatomic.h>
#include <string.h>
#include <ucontext.h>

#include "scratch.h"
#include "sys.h"
#include "unwinder_pipe.h"

/*
 * What libunwind needs and a program may load too (python3's lzma). It would be bound like libunwind, to libc's malloc() and not
 * to ours or the program's, for the program as well; loaded by itself it is bound as if the program had.
 */
#define SHARED_DEPENDENCY "liblzma.so.5"

#define REGS_NR 17u /* rax..r15, rip: libunwind's numbers */
#define READS_NR 8u
/* Not canonical, so no real address is ever mistaken for one. */
#define FAKE_BASE 0x1000000000000000ull
#define FAKE_STRIDE (1ull << 48)
#define FAKE_WORD(i) (0x1111u * ((i) + 1u))
#define OWN_FRAMES_MAX 16u /* ours, between the hook's caller and libunwind */
#define OFFSET_MAX (1u << 24) /* a frame of 16 MiB: larger is no constant of a CFI row */

_Static_assert(PT_SIGNAL_BP == offsetof(ucontext_t, uc_mcontext.gregs[REG_RBP]) &&
		       PT_SIGNAL_SP == offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]) &&
		       PT_SIGNAL_IP == offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP]),
	       "as <ucontext.h> has it");

struct context {
	uint64_t regs[REGS_NR];
	uint64_t reads[READS_NR];
	unsigned int reads_nr;
	bool fake;    /* registers are made up: reads of FAKE addresses are noted, not done */
	bool unknown; /* no unwind information: refuse everything from here on */
};

static struct {
	unw_addr_space_t (*create_addr_space)(unw_accessors_t *, int);
	int (*set_caching_policy)(unw_addr_space_t, unw_caching_policy_t);
	int (*init_remote)(unw_cursor_t *, unw_addr_space_t, void *);
	int (*step)(unw_cursor_t *);
	int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
	int (*is_signal_frame)(unw_cursor_t *);
	int (*getcontext)(unw_tdep_context_t *);
	int (*search_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int, void *);
} lib;
static unw_addr_space_t space;

static _Atomic uint32_t inside; /* threads in libunwind right now; survives a fork, unlike they */

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi, int need, void *arg)
{
	struct context *c = arg;
	const unsigned char *header;
	struct dl_find_object o;
	unw_dyn_info_t di;
	uint32_t nr;
	int ret = -UNW_ENOINFO;

	/* .eh_frame_hdr: version 1, table of 4-byte pairs relative to the header (LSB core, 10.6.2) */
	if (!_dl_find_object((void *)ip, &o) && (header = o.dlfo_eh_frame) && header[0] == 1 &&
	    header[2] == 0x03 && header[3] == 0x3b) {
		memcpy(&nr, header + 8, sizeof(nr));
		memset(&di, 0, sizeof(di));
		di.format = UNW_INFO_FORMAT_REMOTE_TABLE;
		di.start_ip = (unw_word_t)o.dlfo_map_start;
		di.end_ip = (unw_word_t)o.dlfo_map_end;
		di.u.rti.segbase = (unw_word_t)header;
		di.u.rti.table_data = (unw_word_t)header + 12;
		di.u.rti.table_len = (unw_word_t)nr * 8 / sizeof(unw_word_t);
		ret = lib.search_table(as, ip, &di, pi, need, arg);
	}
	if (ret < 0)
		c->unknown = true;
	return ret;
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
	(void)as, (void)pi, (void)arg;
}

static int get_dyn_info_list_addr(unw_addr_space_t as, unw_word_t *addr, void *arg)
{
	(void)as, (void)addr, (void)arg;
	return -UNW_ENOINFO;
}

/* The word at a made-up address: neither zero (end of stack) nor an address, and another one at each. */
static uint64_t fake_word(struct context *c, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < c->reads_nr && i < READS_NR; i++)
		if (c->reads[i] == addr)
			return FAKE_WORD(i);
	if (c->reads_nr < READS_NR)
		c->reads[c->reads_nr] = addr;
	return FAKE_WORD(c->reads_nr++);
}

static int access_mem(unw_addr_space_t as, unw_word_t addr, unw_word_t *value, int write, void *arg)
{
	struct context *c = arg;

	(void)as;
	if (write || c->unknown)
		return -UNW_EINVAL;
	if (c->fake && addr >= FAKE_BASE) {
		*value = fake_word(c, addr);
		return 0;
	}
	if (addr < 65536 || addr >> 47)
		return -UNW_EINVAL;
	memcpy(value, (const void *)addr, sizeof(*value));
	return 0;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write, void *arg)
{
	struct context *c = arg;

	(void)as;
	if (write || reg < 0 || (unsigned int)reg >= REGS_NR)
		return -UNW_EBADREG;
	*value = c->regs[reg];
	return 0;
}

static int access_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write, void *arg)
{
	(void)as, (void)reg, (void)value, (void)write, (void)arg;
	return -UNW_EBADREG;
}

static int resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
	(void)as, (void)cursor, (void)arg;
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t as, unw_word_t ip, char *buf, size_t len, unw_word_t *off, void *arg)
{
	(void)as, (void)ip, (void)buf, (void)len, (void)off, (void)arg;
	return -UNW_ENOINFO;
}

/* Is all of the next frame what the kernel noted of it for a signal handler, and nothing else? */
static bool is_signal(struct context *c, uint64_t rsp, uint64_t sp, uint64_t pc, uint64_t bp)
{
	return c->reads_nr == 3 && sp == fake_word(c, rsp + PT_SIGNAL_SP) && pc == fake_word(c, rsp + PT_SIGNAL_IP) &&
	       bp == fake_word(c, rsp + PT_SIGNAL_BP) && c->reads_nr == 3;
}

/* One step from `ip` with registers made up by `salt`. */
static struct pt_rule probe(uint64_t ip, uint64_t salt)
{
	static const struct pt_rule complex = { .kind = PT_RULE_COMPLEX };
	struct context c = { .fake = true };
	struct pt_rule r = { .kind = PT_RULE_STEP };
	uint64_t rsp, rbp, base;
	unw_word_t sp = 0, bp = 0, pc = 0;
	unw_cursor_t cursor;
	unsigned int i;
	int stepped;

	for (i = 0; i < REGS_NR; i++)
		c.regs[i] = FAKE_BASE + (i + 1) * FAKE_STRIDE + salt;
	c.regs[UNW_X86_64_RIP] = ip;
	rsp = c.regs[UNW_X86_64_RSP];
	rbp = c.regs[UNW_X86_64_RBP];
	if (lib.init_remote(&cursor, space, &c) < 0)
		return complex;
	if (lib.is_signal_frame(&cursor) > 0)
		return complex;
	stepped = lib.step(&cursor);
	if (c.unknown)
		return (struct pt_rule){ .kind = PT_RULE_UNKNOWN };
	if (stepped < 0)
		return complex;
	lib.get_reg(&cursor, UNW_X86_64_RIP, &pc);
	if (!stepped || !pc)
		return (struct pt_rule){ .kind = PT_RULE_END };
	lib.get_reg(&cursor, UNW_X86_64_RSP, &sp);
	lib.get_reg(&cursor, UNW_X86_64_RBP, &bp);
	if (is_signal(&c, rsp, sp, pc, bp))
		return (struct pt_rule){ .kind = PT_RULE_SIGNAL };
	r.base_rbp = sp - rbp < OFFSET_MAX;
	base = r.base_rbp ? rbp : rsp;
	if (sp - base >= OFFSET_MAX || c.reads_nr < 1 || c.reads_nr > 2 || c.reads[0] != sp - 8)
		return complex;
	r.cfa_off = (int32_t)(sp - base);
	if (c.reads_nr == 1)
		return bp == rbp ? r : complex;
	if (bp != FAKE_WORD(1) || sp - c.reads[1] > INT16_MAX || c.reads[1] == sp)
		return complex;
	r.rbp_off = (int16_t)-(int64_t)(sp - c.reads[1]);
	return r;
}

struct call {
	void (*fn)(void *);
	void *arg;
};

/* On the scratch stack, signals blocked: nobody forks or jumps out in between. */
static void counted(void *arg)
{
	struct call *c = arg;

	atomic_fetch_add(&inside, 1);
	c->fn(c->arg);
	atomic_fetch_sub(&inside, 1);
}

static bool call_libunwind(struct pt_scratch *scratch, void (*fn)(void *), void *arg)
{
	struct call c = { fn, arg };

	return pt_scratch_call(scratch, counted, &c);
}

/* Both probes of one address. Runs on the scratch stack. */
struct question {
	uint64_t return_address;
	struct pt_rule answer;
};

static void answer(void *arg)
{
	struct question *q = arg;
	struct pt_rule second;

	/* The call instruction is what the caller was at: it ends right before. */
	q->answer = probe(q->return_address - 1, 0);
	if (q->answer.kind != PT_RULE_STEP && q->answer.kind != PT_RULE_SIGNAL)
		return;
	/* Once more with values that are odd in every byte: a mask, shift or product would show. */
	second = probe(q->return_address - 1, 0x3579bdf13578ull);
	if (memcmp(&q->answer, &second, sizeof(second)))
		q->answer.kind = PT_RULE_COMPLEX;
}

struct pt_rule pt_unwinder_ask(uint64_t return_address, struct pt_scratch *scratch)
{
	struct question q = { .return_address = return_address, .answer.kind = PT_RULE_UNKNOWN };

	if (space && !call_libunwind(scratch, answer, &q))
		q.answer.kind = PT_RULE_NONE;
	return q.answer;
}

/* The walk that pt_unwinder_walk() sends to the scratch stack. */
struct walk {
	uint64_t from_ip;
	size_t max, nr;
	bool whole;
	struct pt_unwinder_walk *room;
};

static void walk(void *arg)
{
	/* ucontext's order of gregs (sys/ucontext.h) to libunwind's register numbers */
	static const uint8_t greg[REGS_NR] = { 13, 12, 14, 11, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7, 16 };
	struct walk *w = arg;
	struct context c = { .fake = false };
	const unw_tdep_context_t *uc = (const void *)w->room->context;
	unw_cursor_t cursor;
	unw_word_t ip = 0;
	unsigned int i, skipped = 0;
	int stepped;

	for (i = 0; i < REGS_NR; i++)
		c.regs[i] = (uint64_t)uc->uc_mcontext.gregs[greg[i]];
	if (lib.init_remote(&cursor, space, &c) < 0)
		return;
	while (w->nr < w->max && (stepped = lib.step(&cursor)) >= 0 && !c.unknown) {
		if (!stepped || lib.get_reg(&cursor, UNW_X86_64_RIP, &ip) < 0 || !ip) {
			w->whole = true;
			break;
		}
		if (!w->nr && ip != w->from_ip && ++skipped > OWN_FRAMES_MAX)
			break;
		if (w->nr || ip == w->from_ip)
			w->room->ips[w->nr++] = ip;
	}
}

size_t pt_unwinder_walk(uint64_t from_ip, size_t max, struct pt_scratch *scratch, struct pt_unwinder_walk *room,
		      bool *whole)
{
	struct walk w = { .from_ip = from_ip, .max = max, .room = room };

	_Static_assert(sizeof(room->context) >= sizeof(unw_tdep_context_t), "getcontext() fits");
	if (space && max <= PT_UNWINDER_IPS_MAX) {
		/* Registers of this very frame: from here the unwind information leads outwards. */
		lib.getcontext((void *)room->context);
		call_libunwind(scratch, walk, &w);
	}
	*whole = w.whole;
	return w.nr;
}

void pt_unwinder_init(void)
{
	static unw_accessors_t accessors = {
		find_proc_info, put_unwind_info, get_dyn_info_list_addr, access_mem,
		access_reg,	access_fpreg,	 resume,		 get_proc_name,
	};
	int fds[2];
	void *so;

	dlopen(SHARED_DEPENDENCY, RTLD_LAZY | RTLD_LOCAL);
	so = dlopen("libunwind-x86_64.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (!so)
		return;
	*(void **)&lib.create_addr_space = dlsym(so, "_Ux86_64_create_addr_space");
	*(void **)&lib.set_caching_policy = dlsym(so, "_Ux86_64_set_caching_policy");
	*(void **)&lib.init_remote = dlsym(so, "_Ux86_64_init_remote");
	*(void **)&lib.step = dlsym(so, "_Ux86_64_step");
	*(void **)&lib.get_reg = dlsym(so, "_Ux86_64_get_reg");
	*(void **)&lib.is_signal_frame = dlsym(so, "_Ux86_64_is_signal_frame");
	*(void **)&lib.getcontext = dlsym(so, "_Ux86_64_getcontext");
	*(void **)&lib.search_table = dlsym(so, "_Ux86_64_dwarf_search_unwind_table");
	if (!lib.create_addr_space || !lib.set_caching_policy || !lib.init_remote || !lib.step || !lib.get_reg ||
	    !lib.is_signal_frame || !lib.getcontext || !lib.search_table)
		return;
	if (!pt_unwinder_next_descriptors(fds)) /* then its pipe would stay open: no unwinder */
		return;
	space = lib.create_addr_space(&accessors, 0);
	if (space)
		lib.set_caching_policy(space, UNW_CACHE_NONE);
	pt_unwinder_close_pipe(fds);
}

void pt_unwinder_after_fork(void)
{
	/* The forking thread is not inside: signals are blocked there. */
	if (atomic_exchange(&inside, 0))
		space = NULL;
}

bool pt_unwinder_ready(void)
{
	return space != NULL;
}
