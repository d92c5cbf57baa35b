/* SPDX-License-Identifier: MIT */
/* control.c - see control.h. Runs inside malloc() and in signal handlers: one thread heeds a wish, by compare-and-swap. */
#include "control.h"

#include "mode.h"
#include "process.h"
#include "record.h"
#include "sample.h"

/* A wish that nobody has heeded; 0 = none. */
static uint32_t wish_of(struct pt_process *pr, const struct pt_file_header *h)
{
	uint32_t wish = __atomic_load_n(&h->control_asked, __ATOMIC_ACQUIRE);

	return wish == atomic_load_explicit(&pr->control_taken, memory_order_relaxed) ? 0 : wish;
}

static bool take(struct pt_process *pr, uint32_t wish)
{
	uint32_t before = atomic_load(&pr->control_taken);

	return before != wish && atomic_compare_exchange_strong(&pr->control_taken, &before, wish);
}

bool pt_control_asked(struct pt_process *pr, const struct pt_file_header *h)
{
	return wish_of(pr, h);
}

/* One of those that say what to record; others, and what is not possible, are let be. */
static int change_mode(struct pt_process *pr, struct pt_writer *w, const struct pt_file_header *h, uint32_t wish)
{
	uint64_t kind = PT_CONTROL_WHAT(wish) - (uint64_t)PT_CONTROL_FULL, bytes = h->control_sample_bytes;

	if (!bytes)
		bytes = PT_SAMPLE_BYTES_DEFAULT;
	return pt_mode_possible(kind, bytes) ? pt_mode_change(pr, w, (enum pt_mode)kind, (uint32_t)bytes) : 0;
}

int pt_control_look(struct pt_writer *w)
{
	struct pt_process *pr = w->process;
	struct pt_file_header *h = pt_record_file(w);
	uint32_t wish;
	int err = 0;

	if (pt_record_stale(w)) /* of the parent: there is no file any more */
		return 0;
	wish = wish_of(pr, h);
	if (__builtin_expect(!wish, 1) || !take(pr, wish))
		return 0;
	PT_POINT("control");
	if (PT_CONTROL_WHAT(wish) == PT_CONTROL_PAUSE && !atomic_load(&pt_paused)) {
		err = pt_sample_rss(w);
		if (!err)
			err = pt_record_small(w, PT_EXT_PAUSE, pt_tick_now(), NULL, 0);
		pt_process_pause(true);
	} else {
		err = change_mode(pr, w, h, wish);
	}
	__atomic_store_n(&h->control_heeded, wish, __ATOMIC_RELEASE);
	return err;
}

bool pt_control_resumes(struct pt_process *pr)
{
	struct pt_file_header *h = pr ? *(struct pt_file_header *volatile *)&pr->file : NULL;
	uint32_t wish;

	if (!h || atomic_load(&pr->state) != PT_PROCESS_RECORDING)
		return false;
	wish = wish_of(pr, h);
	if (!wish || !take(pr, wish))
		return false;
	if (PT_CONTROL_WHAT(wish) == PT_CONTROL_RESUME)
		pt_process_pause(false);
	else
		change_mode(pr, NULL, h, wish);
	__atomic_store_n(&h->control_heeded, wish, __ATOMIC_RELEASE);
	return PT_CONTROL_WHAT(wish) == PT_CONTROL_RESUME;
}
