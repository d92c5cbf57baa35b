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

	atomic_store(&pr->mode_told, what(mode));
	pr->file->first_mode = pt_mode_kind(mode);
}

static int put(struct pt_writer *w, enum pt_mode kind, uint32_t bytes)
{
	const uint64_t fields[2] = { kind, bytes };

	return pt_record_small(w, PT_EXT_MODE, pt_tick_now(), fields, 2);
}

static void switch_to(struct pt_process *pr, enum pt_mode kind, uint32_t bytes)
{
	uint64_t before = atomic_load(&pt_mode), after;
	struct pt_file_header *h;

	if (kind == PT_MODE_SAMPLE && pt_mode_kind(before) != PT_MODE_SAMPLE)
		atomic_fetch_add(&pt_mode_sample, 1);
	do
		after = word(kind, bytes, before + SERIAL_ONE);
	while (!atomic_compare_exchange_weak(&pt_mode, &before, after));
	PT_POINT("mode");
	h = *(struct pt_file_header *volatile *)&pr->file;
	if (h)
		__atomic_fetch_add(&h->modes_changed, 1, __ATOMIC_RELAXED);
	pt_process_switch();
}

int pt_mode_change(struct pt_process *pr, struct pt_writer *w, enum pt_mode kind, uint32_t bytes)
{
	uint64_t wanted = word(kind, bytes, 0);
	int err = 0;

	if (what(atomic_load(&pt_mode)) == wanted)
		return 0;
	if (w) {
		atomic_store(&pr->mode_changing, 1); /* or others would tell what holds until then */
		err = put(w, kind, pt_mode_bytes(wanted));
	}
	switch_to(pr, kind, bytes);
	if (w) {
		if (!err)
			atomic_store(&pr->mode_told, wanted);
		atomic_store(&pr->mode_changing, 0);
	}
	return err;
}

int pt_mode_tell(struct pt_writer *w)
{
	struct pt_process *pr = w->process;
	uint64_t now = what(atomic_load(&pt_mode)), told = atomic_load_explicit(&pr->mode_told, memory_order_relaxed);

	if (__builtin_expect(told == now, 1) || atomic_load(&pr->mode_changing) ||
	    !atomic_compare_exchange_strong(&pr->mode_told, &told, now))
		return 0;
	return put(w, pt_mode_kind(now), pt_mode_bytes(now));
}
