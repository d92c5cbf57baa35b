/* SPDX-License-Identifier: MIT */
/*
 * emit.c - what an event needs once in a thousand times. See emit.h for the rules.
 */
#include "emit.h"

#include <link.h>
#include <string.h>

#include "../format/error.h"
#include "config.h"
#include "control.h"
#include "early.h"
#include "local.h"
#include "mode.h"
#include "real.h"
#include "sample.h"
#include "segment.h"
#include "sys.h"

extern void *__curbrk; /* glibc's own note of the program break */

static int put_module(struct pt_writer *w, const struct pt_module_facts *f)
{
	const uint64_t fields[4] = { f->start, f->bytes, f->bias, f->build_id_bytes };
	const struct pt_file_header *h = pt_record_file(w);
	const char *path = f->path;
	struct pt_pin pin;
	int err;

	if (pt_record_stale(w))
		return -PT_ENOSPC;
	if (!path || !*path) /* the executable itself */
		path = h->program;
	pin = pt_pin_begin(w, PT_RECORD_LARGE_BYTES_MAX);
	err = pt_record_large(w, PT_EXT_MODULE, fields, 4, f->build_id, f->build_id_bytes, path, strlen(path));
	pt_pin_end(w, &pin);
	return err;
}

void pt_emit_code_gone(void)
{
	pt_rules_forget(); /* first: who sees the new generation must not find old rules */
	atomic_fetch_add(&pt_process->generation, 1);
}

static void gone_meanwhile(void *arg, uint64_t start, uint64_t bytes)
{
	const uint64_t fields[2] = { start, bytes };

	pt_record_small(arg, PT_EXT_MODULE_GONE, pt_tick_now(), fields, 2);
}

/* The module that `ip` lies in, if it is new; before it what was there, as dlclose() would tell it. */
static int put_module_of(struct pt_writer *w, uint64_t ip)
{
	struct pt_module_facts facts;

	if (!pt_module_meet(&w->process->modules, ip, &facts))
		return 0;
	if (facts.in_place_of_another)
		pt_module_sweep(&w->process->modules, pt_emit_code_gone, gone_meanwhile, w);
	return put_module(w, &facts);
}

int pt_emit_frame(struct pt_writer *w, uint64_t ip, uint32_t parent)
{
	uint64_t fields[2] = { parent, 0 };

	if (ip > PT_FRAME_CUT && put_module_of(w, ip))
		return -PT_ENOSPC;
	PT_POINT("frame");
	if (pt_record_room(w, PT_RECORD_BYTES_MAX)) /* before codec.ip is used: a turn resets it */
		return -PT_ENOSPC;
	fields[1] = pt_zigzag(ip - w->codec.ip);
	w->codec.ip = ip;
	return pt_record_small(w, PT_EXT_FRAME, w->codec.tick, fields, 2);
}

uint32_t pt_emit_frames(struct pt_writer *w, uint32_t stack, size_t bytes)
{
	struct pt_stacks *s = &w->stacks;

	if (w->locals)
		return pt_local_stack(w, stack, bytes);
	if (w->epoch_written != s->epoch) {
		if (pt_record_small(w, PT_EXT_STACK_RESET, pt_tick_now(), NULL, 0))
			return PT_STACK_NO_ROOM;
		w->epoch_written = s->epoch;
	}
	while (s->written_nr < s->nodes_nr) {
		const struct pt_stack_node_entry *n = &s->nodes[s->written_nr];

		if (pt_emit_frame(w, n->ip, n->parent))
			return PT_STACK_NO_ROOM;
		s->written_nr++;
	}
	return pt_record_room(w, bytes) ? PT_STACK_NO_ROOM : stack;
}

int pt_emit_asides(struct pt_writer *w, uint32_t cpu, uint64_t tick)
{
	uint64_t field = cpu;

	if (cpu != w->cpu) {
		w->cpu = cpu;
		if (pt_record_small(w, PT_EXT_CPU, tick, &field, 1))
			return -PT_ENOSPC;
	}
	if (tick >= w->sample_tick && pt_sample(w, tick))
		return -PT_ENOSPC;
	return pt_record_room(w, PT_RECORD_BYTES_MAX);
}

void pt_emit_usable(struct pt_writer *w, void *p, size_t size_bytes)
{
	uint64_t unit = (size_bytes + 7) / 8, bit = 1ull << unit % 64;
	uint64_t fields[2] = { size_bytes, 0 };

	if (atomic_fetch_or(&w->process->usable_seen[unit / 64], bit) & bit)
		return;
	fields[1] = pt_way.real_usable(p);
	if (w->busy_sp || fields[1] < size_bytes) /* nobody knows */
		return;
	w->busy_sp = (uint64_t)__builtin_frame_address(0);
	atomic_signal_fence(memory_order_seq_cst);
	pt_record_small(w, PT_EXT_USABLE, w->codec.tick, fields, 2);
	pt_emit_leave(w);
}

/* One EXT record of its own. */
static void emit_counted(enum pt_ext ext, const uint64_t *fields, unsigned int nr, enum pt_event_class class,
			 const struct pt_entry *at)
{
	struct pt_writer *w = pt_emit_enter(at, class);

	if (!w)
		return;
	if (pt_emit_asides(w, pt_cpu_now(), pt_tick_now()) || pt_record_small(w, ext, pt_tick_now(), fields, nr))
		pt_emit_abandon(w, class);
	else
		pt_emit_leave(w);
}

static void emit_small(enum pt_ext ext, const uint64_t *fields, unsigned int nr, const struct pt_entry *at)
{
	emit_counted(ext, fields, nr, PT_CLASS_OTHER, at);
}

void pt_emit_realloc_done(int freed, const struct pt_entry *at)
{
	uint64_t field = (uint64_t)freed;

	emit_counted(PT_EXT_REALLOC_DONE, &field, 1, freed ? PT_CLASS_FREE : PT_CLASS_OTHER, at);
}

/* EXT records with a stack: `fields[nr]` is set to it. */
static void emit_with_stack(enum pt_ext ext, uint64_t *fields, unsigned int nr, unsigned int stack_at,
			    const struct pt_entry *at)
{
	struct pt_writer *w = pt_emit_enter(at, PT_CLASS_OTHER);
	uint64_t tick = pt_tick_now();
	uint32_t stack;

	if (!w)
		return;
	stack = w->depth ? pt_stack_id(&w->stacks, at, w->depth) : 0;
	if (pt_emit_asides(w, pt_cpu_now(), tick))
		stack = PT_STACK_NO_ROOM;
	else if (w->stacks.nodes_nr != w->stacks.written_nr)
		stack = pt_emit_frames(w, stack, PT_RECORD_BYTES_MAX);
	fields[stack_at] = stack;
	if (stack == PT_STACK_NO_ROOM || pt_record_small(w, ext, tick, fields, nr))
		pt_emit_abandon(w, PT_CLASS_OTHER);
	else
		pt_emit_leave(w);
}

void pt_emit_mmap(uint64_t addr, uint64_t bytes, unsigned int flags, const struct pt_entry *at)
{
	uint64_t fields[4] = { addr, bytes, 0, flags };

	emit_with_stack(PT_EXT_MMAP, fields, 4, 2, at);
}

void pt_emit_munmap(uint64_t addr, uint64_t bytes, const struct pt_entry *at)
{
	uint64_t fields[2] = { addr, bytes };

	emit_small(PT_EXT_MUNMAP, fields, 2, at);
}

void pt_emit_mremap(uint64_t old_addr, uint64_t old_bytes, uint64_t addr, uint64_t bytes,
		    const struct pt_entry *at)
{
	uint64_t fields[5] = { old_addr, old_bytes, addr, bytes, 0 };

	emit_with_stack(PT_EXT_MREMAP, fields, 5, 4, at);
}

void pt_emit_gone(uint64_t addr, uint64_t bytes, enum pt_gone why, const struct pt_entry *at)
{
	uint64_t fields[3] = { addr, bytes, why };

	emit_small(PT_EXT_GONE, fields, 3, at);
}

void pt_emit_module_gone(uint64_t start, uint64_t bytes, const struct pt_entry *at)
{
	uint64_t fields[2] = { start, bytes };

	emit_small(PT_EXT_MODULE_GONE, fields, 2, at);
}

void pt_emit_last(const struct pt_entry *at)
{
	struct pt_writer *w = pt_emit_enter(at, PT_CLASS_OTHER);

	if (!w)
		return;
	if (pt_sample_last(w))
		pt_emit_abandon(w, PT_CLASS_OTHER);
	else
		pt_emit_leave(w);
}

/* The program break is looked at where a free is told; here it is not. */
void pt_emit_look(const struct pt_entry *at)
{
	struct pt_writer *w = pt_emit_enter(at, PT_CLASS_OTHER);

	if (!w)
		return;
	w->sample_tick = 0;
	w->brk = (uint64_t)__curbrk;
	if (pt_mode_tell(w) || pt_emit_asides(w, pt_cpu_now(), pt_tick_now()))
		pt_emit_abandon(w, PT_CLASS_OTHER);
	else
		pt_emit_leave(w);
}

void pt_emit_sandboxed(const struct pt_entry *at)
{
	struct pt_writer *w;

	pt_light_prepare(at);
	w = pt_emit_enter(at, PT_CLASS_OTHER);

	if (w) {
		w->next_pages = PT_CHUNK_PAGES_MAX;
		pt_record_room(w, SIZE_MAX); /* more than any chunk has left: a new one */
		pt_emit_leave(w);
	}
}

static void thread_exited(struct pt_writer *w)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };

	(void)w;
	emit_small(PT_EXT_THREAD_EXIT, NULL, 0, &at);
}

/* One of them, by a writer that was entered; 0 or -PT_ENOSPC. */
static int put_early(struct pt_writer *w, const struct pt_early_block *b, bool freed)
{
	uint8_t *end, head;

	if (pt_record_room(w, PT_RECORD_BYTES_MAX))
		return -PT_ENOSPC;
	end = freed ? pt_put_free(&w->codec, w->pos, PT_API_FREE, pt_tick_now(), (uint64_t)b->p, &head) :
		      pt_put_alloc(&w->codec, w->pos, PT_API_MALLOC, pt_tick_now(), (uint64_t)b->p, b->size_bytes, 0, &head);
	pt_record_commit(w, end, head);
	return 0;
}

/* What ld.so allocated for the program before the trace was open; no stack is known. */
static void tell_early(const struct pt_entry *at)
{
	unsigned int i;

	for (i = 0; i < 2 * pt_early_noted_nr; i++) {
		const struct pt_early_block *b = &pt_early_noted[i / 2];
		bool freed = i % 2;
		struct pt_writer *w;

		if (freed && !b->freed)
			continue;
		w = freed ? pt_light_free(b->p, at) : pt_light_alloc(PT_API_MALLOC, b->p, b->size_bytes, at);
		if (w && put_early(w, b, freed))
			pt_emit_abandon(w, freed ? PT_CLASS_FREE : PT_CLASS_ALLOC);
		else if (w)
			pt_emit_leave(w);
	}
}

void pt_emit_start(const struct pt_entry *at)
{
	struct pt_writer *w;
	struct pt_module_facts facts;
	const struct link_map *l;
	struct pt_pin pin;
	uint32_t i;

	pt_thread_exited = thread_exited;
	w = pt_emit_enter(at, PT_CLASS_OTHER);
	if (!w)
		return;
	pin = pt_pin_begin(w, PT_CONFIG_NOTES * (PT_CONFIG_NOTE_BYTES + PT_RECORD_BYTES_MAX));
	for (i = 0; i < pt_config.notes_nr; i++)
		if (pt_record_large(w, PT_EXT_NOTE, NULL, 0, "", 0, pt_config.notes[i], strlen(pt_config.notes[i])))
			break;
	pt_pin_end(w, &pin);
	/* Start-up has one thread, so ld.so's list stands still. */
	for (l = _r_debug.r_map; l; l = l->l_next)
		if (pt_module_meet(&w->process->modules, (uint64_t)l->l_ld, &facts) && put_module(w, &facts))
			break;
	pt_emit_asides(w, pt_cpu_now(), pt_tick_now());
	pt_emit_leave(w);
	tell_early(at);
}
