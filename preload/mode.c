/* SPDX-License-Identifier: MIT */
/* mode.c - see mode.h. */
#include "mode.h"

#include "config.h"
#include "process.h"
#include "record.h"

#define SERIAL_ONE (1ull << 40)

_Atomic uint64_t pt_mode;
_Atomic uint32_t pt_mode_sample;

static uint64_t word(enum pt_mode kind, uint32_t bytes, uint64_t serial)
{
	return (serial & ~(SERIAL_ONE - 1)) | (uint64_t)(kind == PT_MODE_SAMPLE ? bytes : 0) << 8 | kind;
}

/* Without its number. */
static uint64_t what(uint64_t mode)
{
	return mode & (SERIAL_ONE - 1);
}

void pt_mode_init(void)
{
	atomic_store(&pt_mode, word(pt_config.mode, pt_config.sample_bytes, 0));
}

void pt_mode_forked(void)
{
	atomic_fetch_add(&pt_mode, SERIAL_ONE);
	atomic_fetch_add(&pt_mode_sample, 1);
}

bool pt_mode_possible(uint64_t kind, uint64_t bytes)
{
	return !pt_config.ring_bytes && kind < PT_MODE_NR &&
	       (kind != PT_MODE_SAMPLE || (bytes && bytes <= PT_SAMPLE_BYTES_MAX));
}

void pt_mode_begin(struct pt_process *pr)
{
	uint64_t mode = atomic_load(&pt_mode);

	atomic_store(&pr->mode_told, mode);
	pr->file->first_mode = pt_mode_kind(mode);
}

/* Of an earlier change? */
static bool is_older(uint64_t mode, uint64_t than)
{
	return (int64_t)((mode & ~(SERIAL_ONE - 1)) - (than & ~(SERIAL_ONE - 1))) < 0;
}

/* A record, after pt_process.mode_told was taken from `told`; given back when there is no room. */
static int put(struct pt_writer *w, uint64_t told, uint64_t mode, uint64_t tick)
{
	const uint64_t fields[2] = { pt_mode_kind(mode), pt_mode_bytes(mode) };
	int err = pt_record_small(w, PT_EXT_MODE, tick, fields, 2);

	if (err)
		atomic_compare_exchange_strong(&w->process->mode_told, &mode, told);
	return err;
}

/*
 * A change that is about to be. Who writes a record meanwhile finds it told already, and what held until then older than
 * that: so nobody tells the old one again behind it, however long ago he looked. Our tick comes after the stamp of
 * whoever told before us.
 */
static int tell_first(struct pt_writer *w, uint64_t mode)
{
	uint64_t told = atomic_load(&w->process->mode_told);

	while (!is_older(mode, told) && !atomic_compare_exchange_weak(&w->process->mode_told, &told, mode))
		;
	PT_POINT("mode-told");
	return put(w, told, mode, pt_tick_now());
}

int pt_mode_change(struct pt_process *pr, struct pt_writer *w, enum pt_mode kind, uint32_t bytes)
{
	uint64_t before = atomic_load(&pt_mode), after;
	struct pt_file_header *h;
	int err = 0;

	do {
		after = word(kind, bytes, before + SERIAL_ONE);
		if (what(before) == what(after))
			return 0;
		if (kind == PT_MODE_SAMPLE && pt_mode_kind(before) != PT_MODE_SAMPLE)
			atomic_fetch_add(&pt_mode_sample, 1);
		if (w)
			err = tell_first(w, after); /* once more if another thread changed it just now: the last one holds */
	} while (!atomic_compare_exchange_strong(&pt_mode, &before, after));
	PT_POINT("mode");
	h = *(struct pt_file_header *volatile *)&pr->file;
	if (h)
		__atomic_fetch_add(&h->modes_changed, 1, __ATOMIC_RELAXED);
	pt_process_switch();
	return err;
}

int pt_mode_tell(struct pt_writer *w)
{
	struct pt_process *pr = w->process;
	uint64_t told = atomic_load_explicit(&pr->mode_told, memory_order_relaxed), now, tick;

	PT_POINT("mode-tell");
	now = atomic_load(&pt_mode); /* the later of the two: what was told is no news */
	if (__builtin_expect(told == now, 1) || is_older(now, told))
		return 0;
	tick = pt_tick_now(); /* before: who tells a later change has a later one */
	return atomic_compare_exchange_strong(&pr->mode_told, &told, now) ? put(w, told, now, tick) : 0;
}
