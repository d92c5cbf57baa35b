// SPDX-License-Identifier: MIT
/* tallies_fold.c - see tallies.h: each change goes to the rows of a thread, of a CPU and of a call site. */
#include "tallies.h"

#include "../../format/error.h"
#include "stretch.h"

#define ROWS_AHEAD 8u /* threads and CPUs are few; the rows of sites can be megabytes */

static int got(struct pt_tallies *t, const struct pt_change *c)
{
	struct pt_row *thread = pt_ledger_row(&t->threads, c->thread);
	struct pt_row *cpu = pt_ledger_row(&t->cpus, c->cpu);
	struct pt_row *site = pt_ledger_row(&t->sites, c->site);
	struct pt_row_told told = pt_row_told(c);

	if (!thread || !cpu || !site)
		return -PT_ENOMEM;
	pt_row_got(thread, told);
	pt_row_got(cpu, told);
	pt_row_got(site, told);
	return 0;
}

/* In use no more: PUT, RESIZED, TAKEN. */
static int freed(struct pt_tallies *t, const struct pt_change *c)
{
	bool other_thread = c->thread != c->owner_thread, other_cpu = c->cpu != c->owner_cpu;
	struct pt_row *thread = pt_ledger_row(&t->threads, c->thread);
	struct pt_row *cpu = pt_ledger_row(&t->cpus, c->cpu);
	struct pt_row *site = &t->sites.rows[c->site];
	struct pt_row_told told = pt_row_told(c);

	if (!thread || !cpu)
		return -PT_ENOMEM;
	pt_row_unused(&t->threads.rows[c->owner_thread], told, other_thread);
	pt_row_unused(&t->cpus.rows[c->owner_cpu], told, other_cpu);
	pt_row_unused(site, told, other_thread);
	pt_row_freed(thread, told);
	pt_row_freed(cpu, told);
	pt_row_freed(site, told);
	if (c->kind == PT_CHANGE_PUT) {
		pt_row_idle_begins(thread, told);
		pt_row_idle_begins(cpu, told);
		pt_row_idle_begins(site, told);
	}
	return 0;
}

static void idle_ends(struct pt_tallies *t, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told_idle(c);

	pt_row_idle_ends(&t->threads.rows[c->thread], told);
	pt_row_idle_ends(&t->cpus.rows[c->cpu], told);
	pt_row_idle_ends(&t->sites.rows[c->site], told);
}

/* The old block of a realloc was idle for a time, and that is over already. */
static int taken(struct pt_tallies *t, const struct pt_change *c)
{
	pt_byte_ns hoard = (pt_byte_ns)c->size_bytes * (c->time_ns - c->since_ns);
	int r = freed(t, c);

	if (r)
		return r;
	t->threads.rows[c->thread].hoard += hoard;
	t->cpus.rows[c->cpu].hoard += hoard;
	t->sites.rows[c->site].hoard += hoard;
	if (c->flags & PT_CHANGE_UNMAPPED)
		t->gone_bytes += c->size_bytes;
	else
		pt_age_add(&t->reuse_age, c->time_ns - c->since_ns, c->size_bytes);
	return 0;
}

/* The kinds that come once in a while. */
static int rare(struct pt_tallies *t, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told(c);
	struct pt_row *thread, *cpu;
	int r = 0;

	switch (c->kind) {
	case PT_CHANGE_TAKEN:
		return taken(t, c);
	case PT_CHANGE_MISSED:
		pt_row_unused(&t->threads.rows[c->owner_thread], told, false);
		pt_row_unused(&t->cpus.rows[c->owner_cpu], told, false);
		pt_row_unused(&t->sites.rows[c->site], told, false);
		return 0;
	case PT_CHANGE_STRAY:
		thread = pt_ledger_row(&t->threads, c->thread);
		cpu = pt_ledger_row(&t->cpus, c->cpu);
		if (!thread || !cpu)
			return -PT_ENOMEM;
		thread->frees++;
		cpu->frees++;
		return 0;
	case PT_CHANGE_LEFT:
		r = pt_ledger_left(&t->threads.rows[c->thread], c);
		if (!r)
			r = pt_ledger_left(&t->cpus.rows[c->cpu], c);
		return r ? r : pt_ledger_left(&t->sites.rows[c->site], c);
	default:
		return 0;
	}
}

/* The rows of the two call sites of a small change; those of the thread and of the CPU come on top. All of them there are. */
static inline void plain_site(struct pt_tallies *t, const struct pt_plain *p, uint64_t epoch)
{
	struct pt_row *row = &t->sites.rows[p->site];
	struct pt_row_told told = pt_row_told_plain(p, epoch);

	if (p->kind == PT_CHANGE_PUT) {
		pt_row_unused(row, told, false);
		pt_row_freed(row, told);
		pt_row_idle_begins(row, told);
		return;
	}
	pt_age_add(&t->reuse_age, p->idle_ns, p->idle_bytes);
	pt_row_idle_ends(&t->sites.rows[p->idle_site], pt_row_told_plain_idle(p, epoch));
	pt_row_got(row, told);
}

/* Small changes that are not part of a stretch. */
static void plain(struct pt_tallies *t, const struct pt_change *c)
{
	struct pt_row *rows[] = { &t->threads.rows[c->thread], &t->cpus.rows[c->cpu] };

	for (uint32_t i = 0; i < c->flags; i++) {
		const struct pt_plain *p = &c->plain[i];

		plain_site(t, p, c->epoch);
		for (uint32_t k = 0; k < 2; k++) {
			struct pt_row_told told = pt_row_told_plain(p, c->epoch);

			if (p->kind == PT_CHANGE_PUT) {
				pt_row_unused(rows[k], told, false);
				pt_row_freed(rows[k], told);
				pt_row_idle_begins(rows[k], told);
			} else {
				pt_row_idle_ends(rows[k], pt_row_told_plain_idle(p, c->epoch));
				pt_row_got(rows[k], told);
			}
		}
	}
}

static int one(struct pt_tallies *t, const struct pt_change *c)
{
	switch (c->kind) {
	case PT_CHANGE_PLAIN:
		plain(t, c);
		return 0;
	case PT_CHANGE_GOT:
		return got(t, c);
	case PT_CHANGE_PUT:
	case PT_CHANGE_RESIZED:
		return freed(t, c);
	case PT_CHANGE_REUSED:
		pt_age_add(&t->reuse_age, c->time_ns - c->since_ns, c->size_bytes);
		idle_ends(t, c);
		return 0;
	case PT_CHANGE_GONE:
		t->gone_bytes += c->size_bytes;
		idle_ends(t, c);
		return 0;
	default:
		return rare(t, c);
	}
}

/* The small ones of a stretch. */
static inline void plain_of_stretch(struct pt_tallies *t, struct pt_stretch *s, const struct pt_change *c)
{
	for (uint32_t i = 0; i < c->flags; i++) {
		const struct pt_plain *p = &c->plain[i];
		struct pt_row_told told = pt_row_told_plain(p, c->epoch);

		plain_site(t, p, c->epoch);
		if (p->kind == PT_CHANGE_PUT) {
			pt_stretch_freed(s, told);
			pt_stretch_idle_begins(s, told);
		} else {
			pt_stretch_idle_ends(s, pt_row_told_plain_idle(p, c->epoch));
			pt_stretch_got(s, told);
		}
	}
}

/* One of a stretch: the site's row, and what is summed up for those of the thread and of the CPU. */
static inline int one_of_stretch(struct pt_tallies *t, struct pt_stretch *s, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told_idle(c);
	struct pt_row *site = pt_ledger_row(&t->sites, c->site);

	if (!site)
		return -PT_ENOMEM;
	switch (c->kind) {
	case PT_CHANGE_GOT:
		pt_stretch_got(s, told);
		pt_row_got(site, told);
		return 0;
	case PT_CHANGE_PUT:
	case PT_CHANGE_RESIZED:
		pt_stretch_freed(s, told);
		pt_row_unused(site, told, false);
		pt_row_freed(site, told);
		if (c->kind == PT_CHANGE_RESIZED)
			return 0;
		pt_stretch_idle_begins(s, told);
		pt_row_idle_begins(site, told);
		return 0;
	case PT_CHANGE_REUSED:
		pt_age_add(&t->reuse_age, c->time_ns - c->since_ns, c->size_bytes);
		break;
	default: /* GONE */
		t->gone_bytes += c->size_bytes;
	}
	pt_stretch_idle_ends(s, told);
	pt_row_idle_ends(site, told);
	return 0;
}

/* The changes at `c` that make a stretch. How many there are, 0 when they are not worth it; or -PT_ENOMEM. */
static int64_t stretch(struct pt_tallies *t, const struct pt_change *c, size_t nr)
{
	const uint32_t thread = c->thread;
	const uint16_t cpu = c->cpu;
	struct pt_row *by_thread, *by_cpu;
	struct pt_stretch s;
	size_t i;

	for (i = 0; i < PT_STRETCH_MIN; i++)
		if (i == nr || !pt_stretch_has(&c[i], thread, cpu))
			return 0;
	by_thread = pt_ledger_row(&t->threads, thread);
	by_cpu = pt_ledger_row(&t->cpus, cpu);
	if (!by_thread || !by_cpu)
		return -PT_ENOMEM;
	pt_stretch_begin(&s, c->epoch);
	for (i = 0; i < nr && pt_stretch_has(&c[i], thread, cpu); i++) {
		if (i + ROWS_AHEAD < nr)
			pt_ledger_prefetch(&t->sites, c[i + ROWS_AHEAD].site);
		if (c[i].kind == PT_CHANGE_PLAIN)
			plain_of_stretch(t, &s, &c[i]);
		else if (one_of_stretch(t, &s, &c[i]))
			return -PT_ENOMEM;
	}
	pt_stretch_end(&s, by_thread);
	pt_stretch_end(&s, by_cpu);
	return (int64_t)i;
}

int pt_tallies_fold(struct pt_tallies *t, const struct pt_change *c, size_t nr)
{
	size_t i = 0;
	int r = 0;

	while (i < nr && !r) {
		int64_t done = stretch(t, c + i, nr - i);

		if (done < 0)
			return (int)done;
		i += (size_t)done;
		if (!done)
			r = one(t, &c[i++]);
	}
	return r;
}
