/* SPDX-License-Identifier: MIT */
/*
 * clock.c - finds the TSC's frequency.
 *
 * The best source is the trace: two pairs (TSC, CLOCK_MONOTONIC) far apart. A pair is read
 * within some 100 ns, so 1 ms apart they are good to 1e-4. A trace that has no such pairs (it
 * is one chunk long) is read on the machine that wrote it nearly always: then this machine's
 * own frequency is the better guess, if the pairs do not speak against it.
 *
 * Two readings of one trace must agree, and a frequency that is measured anew does not, however it
 * is rounded. On a machine whose TSC and CLOCK_MONOTONIC both started with it their ratio at the
 * start of the trace is the frequency, to a thousandth after an hour; where the measurement
 * confirms that, the ratio is taken.
 */
#include "clock.h"

#include <stdbool.h>
#include <time.h>

#define SPAN_GOOD_NS 1000000ull
#define SPAN_USABLE_NS 20000ull
#define OWN_SPAN_NS 5000000ull
/* Both clocks of one boot of one machine say the same of the time since the start, to this and a
 * thousandth. Of two machines they differ by hours. */
#define SAME_CLOCK_NS 1000000.0
#define HZ_MIN 100000000ull
#define HZ_MAX 20000000000ull
/* A tick of 12 ns at PT_TICK_SHIFT, when nothing at all is known. */
#define HZ_FALLBACK 2666666667ull

void pt_clock_now(struct pt_clock_sample *now)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now->mono_ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
#if defined(__x86_64__)
	now->tsc = __builtin_ia32_rdtsc();
#else
	now->tsc = 0;
#endif
}

/* Measured once: a folder may hold thousands of short traces. 0 = there is no TSC. */
static uint64_t own_hz(void)
{
	static uint64_t hz;
	struct pt_clock_sample from, to;

	pt_clock_now(&from);
	if (hz || !from.tsc)
		return hz;
	do
		pt_clock_now(&to);
	while (to.mono_ns - from.mono_ns < OWN_SPAN_NS);
	hz = (uint64_t)((double)(to.tsc - from.tsc) * 1e3 / (double)(to.mono_ns - from.mono_ns) + 0.5) * 1000000u;
	return hz;
}

static uint64_t hz_between(const struct pt_clock_sample *a, const struct pt_clock_sample *b)
{
	double hz;

	if (b->tsc <= a->tsc || b->mono_ns < a->mono_ns + SPAN_USABLE_NS)
		return 0;
	hz = (double)(b->tsc - a->tsc) * 1e9 / (double)(b->mono_ns - a->mono_ns);
	return hz >= (double)HZ_MIN && hz <= (double)HZ_MAX ? (uint64_t)(hz + 0.5) : 0;
}

static bool close_to(uint64_t hz, uint64_t own)
{
	return own && (own > hz ? own - hz : hz - own) < own / 50;
}

/* This machine's frequency, unless the trace's own (0 = unknown) says it is another's. */
static uint64_t guess_hz(uint64_t from_trace, const struct pt_clock_sample *start)
{
	static const struct pt_clock_sample boot = { 0, 0 };
	uint64_t own = own_hz(), since_boot = hz_between(&boot, start);

	if (own < HZ_MIN || own > HZ_MAX)
		own = 0;
	if (from_trace && !close_to(from_trace, own))
		return from_trace;
	if (close_to(since_boot, own))
		return since_boot;
	return own ? own : HZ_FALLBACK;
}

void pt_clock_init(struct pt_clock *c, const struct pt_file_header *h, const struct pt_clock_sample *latest)
{
	struct pt_clock_sample start = { h->start_tsc, h->start_mono_ns };

	c->start_tick = h->start_tsc >> h->tick_shift;
	c->tsc_hz = hz_between(&start, latest);
	c->estimated = !c->tsc_hz || latest->mono_ns - start.mono_ns < SPAN_GOOD_NS;
	if (c->estimated)
		c->tsc_hz = guess_hz(c->tsc_hz, &start);
	c->ns_per_tick = (uint64_t)((double)(1ull << h->tick_shift) * 1e9 / (double)c->tsc_hz * 4294967296.0);
}

uint64_t pt_clock_cut(const struct pt_clock *c, const struct pt_file_header *h, const struct pt_clock_sample *opened)
{
	double passed_ns, ticked_ns, apart_ns;

	if (!opened->tsc || opened->tsc < h->start_tsc || opened->mono_ns < h->start_mono_ns)
		return UINT64_MAX;
	passed_ns = (double)(opened->mono_ns - h->start_mono_ns);
	ticked_ns = (double)(opened->tsc - h->start_tsc) * 1e9 / (double)c->tsc_hz;
	apart_ns = ticked_ns > passed_ns ? ticked_ns - passed_ns : passed_ns - ticked_ns;
	return apart_ns < SAME_CLOCK_NS + passed_ns / 1000 ? opened->tsc >> h->tick_shift : UINT64_MAX;
}
