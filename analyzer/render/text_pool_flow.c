// SPDX-License-Identifier: MIT
/*
 * text_pool_flow.c - who misses what others hold, who puts what others got, who never puts back,
 * and who puts what he ought not to.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../result/label.h"
#include "../result/quantity.h"
#include "text_pool.h"

#define MISUSE_FRAMES	    6u	/* of each stack, in a digest */
#define LEAK_COLUMNS_BEFORE 50u /* of a row before its last column, about */

typedef char number[PT_QUANTITY_BYTES];

static const char *cell_label(const struct pt_report *r, const struct pt_pool_detail *d,
			      enum pt_pool_part part, uint32_t i, char out[PT_LABEL_BYTES])
{
	if (part == PT_POOL_SHARDS)
		return pt_label_shard(r, d, i, out);
	if (part == PT_POOL_THREADS)
		return pt_label_thread(r, i, out);
	if (i < d->cpus_nr)
		snprintf(out, PT_LABEL_BYTES, "%" PRIu32, d->cpus[i].cpu);
	else
		snprintf(out, PT_LABEL_BYTES, "?");
	return out;
}

static const struct {
	const char *starved, *holder, *got, *put;
} titles[] = {
	[PT_POOL_SHARDS] = { "starved shard", "shard that held one", "got for shard",
			     "put into shard" },
	[PT_POOL_THREADS] = { "starved thread", "thread that had put one", "got by thread",
			      "put by thread" },
	[PT_POOL_CPUS] = { "starved CPU", "CPU where one was put", "", "" },
};

/* Of `nr` rows those that --top leaves out. */
static size_t more(const struct pt_render *to, size_t nr)
{
	return to->top && nr > to->top ? nr - to->top : 0;
}

static int say_more(const struct pt_render *to, size_t nr, const char *noun)
{
	number n;

	if (nr)
		fprintf(to->out, "  and %s\n", pt_quantity_counted(n, nr, noun));
	return 0;
}

/* Of how many misses the matrix is, and of how many it cannot be told. */
static void stranded_heading(const struct pt_render *to, const struct pt_report_pool *p,
			     uint64_t stranded, enum pt_pool_part part)
{
	const struct pt_pool_row *row = &p->detail->row;
	number a, b, c, d;

	if (part == PT_POOL_SHARDS && row->ambiguous_misses)
		pt_text_heading(
			to, "Stranded misses of %s: %s of %s (%s), %s more ambiguous", p->name,
			pt_quantity_count(a, stranded), pt_quantity_count(b, row->misses),
			pt_quantity_share(c, (double)stranded, (double)row->misses),
			pt_quantity_share(d, (double)row->ambiguous_misses, (double)row->misses));
	else
		pt_text_heading(to, "Stranded misses of %s: %s of %s (%s)", p->name,
				pt_quantity_count(a, stranded), pt_quantity_count(b, row->misses),
				pt_quantity_share(c, (double)stranded, (double)row->misses));
}

int pt_text_pool_stranded(const struct pt_render *to, const struct pt_report *r,
			  const struct pt_report_pool *p, enum pt_pool_part part)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_matrix *m = part == PT_POOL_SHARDS	   ? &d->stranded
					 : part == PT_POOL_THREADS ? &d->stranded_thread
								   : &d->stranded_cpu;
	const struct pt_column columns[] = {
		{ "misses", false, 0, false },		{ "of stranded", false, 2, false },
		{ "bytes", false, 1, false },		{ titles[part].starved, true, 0, true },
		{ titles[part].holder, true, 0, true },
	};
	char label[PT_LABEL_BYTES];
	uint64_t all = 0;
	struct pt_table t;
	number n;
	int rc;

	if (!m->cells_nr)
		return 0;
	for (size_t i = 0; i < m->cells_nr; i++)
		all += m->cells[i].objects;
	stranded_heading(to, p, all, part);
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < m->cells_nr && (!to->top || i < to->top); i++) {
		const struct pt_pool_cell *cell = &m->cells[i];

		pt_table_cell(&t, "%s", pt_quantity_count(n, cell->objects));
		pt_table_cell(&t, "%s", pt_quantity_share(n, (double)cell->objects, (double)all));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, cell->bytes));
		pt_table_cell(&t, "%s", cell_label(r, d, part, cell->from, label));
		pt_table_cell(&t, "%s", cell_label(r, d, part, cell->to, label));
	}
	rc = pt_table_print(&t, to);
	return rc ? rc : say_more(to, more(to, m->cells_nr), "more pair");
}

int pt_text_pool_flow(const struct pt_render *to, const struct pt_report *r,
		      const struct pt_report_pool *p, enum pt_pool_part part)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_matrix *m = part == PT_POOL_SHARDS ? &d->flow : &d->flow_thread;
	const struct pt_column columns[] = {
		{ "objects", false, 0, false },
		{ "of all", false, 1, false },
		{ titles[part].got, true, 0, true },
		{ titles[part].put, true, 0, true },
	};
	uint64_t all = 0, others = 0;
	char label[PT_LABEL_BYTES];
	size_t left = to->top ? to->top : SIZE_MAX, pairs = 0, shown;
	struct pt_table t;
	number a, b;
	int rc;

	for (size_t i = 0; i < m->cells_nr; i++) {
		all += m->cells[i].objects;
		if (m->cells[i].from == m->cells[i].to)
			continue;
		others += m->cells[i].objects;
		pairs++;
	}
	if (!others)
		return 0;
	pt_text_heading(to, "Flow of %s: %s of the objects put (%s) came from another %s", p->name,
			pt_quantity_share(a, (double)others, (double)all),
			pt_quantity_count(b, others), part == PT_POOL_SHARDS ? "shard" : "thread");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	shown = pairs < left ? pairs : left;
	for (size_t i = 0; i < m->cells_nr && left; i++) {
		const struct pt_pool_cell *cell = &m->cells[i];

		if (cell->from == cell->to)
			continue;
		left--;
		pt_table_cell(&t, "%s", pt_quantity_count(a, cell->objects));
		pt_table_cell(&t, "%s", pt_quantity_share(a, (double)cell->objects, (double)all));
		pt_table_cell(&t, "%s", cell_label(r, d, part, cell->from, label));
		pt_table_cell(&t, "%s", cell_label(r, d, part, cell->to, label));
	}
	rc = pt_table_print(&t, to);
	return rc ? rc : say_more(to, pairs - shown, "more pair");
}

/* Why it is called a leak; NULL when the program has perhaps just not put it yet. */
static const char *leak_why(const struct pt_report *r, const struct pt_pool_leak *l, char out[160])
{
	bool threads_count = !pt_report_all_exited(r);
	const struct {
		uint64_t nr;
		const char *why;
	} whys[] = {
		{ threads_count ? l->thread_is_gone : 0, "with a thread that is gone" },
		{ l->at_destroy, "when the pool was destroyed" },
		{ l->held_too_long, "held too long" },
	};
	size_t length = 0;
	number n;

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].nr)
			length += (size_t)snprintf(out + length, 160 - length, "%s%s %s",
						   length ? ", " : "  ",
						   pt_quantity_count(n, whys[i].nr), whys[i].why);
	return length ? out : NULL;
}

int pt_text_pool_leaks(const struct pt_render *to, const struct pt_report *r,
		       const struct pt_report_pool *p)
{
	static const struct pt_column columns[] = {
		{ "bytes", false, 0, false },	 { "objects", false, 0, false },
		{ "held for", false, 1, false }, { "got by thread", true, 2, true },
		{ "where", true, 0, true },
	};
	const struct pt_pool_detail *d = p->detail;
	char label[PT_LABEL_BYTES], why[160];
	struct pt_table t;
	number n;
	int rc;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < d->leaks_nr && (!to->top || i < to->top); i++) {
		const struct pt_pool_leak *l = &d->leaks[i];

		if (l->site >= r->pool_sites_nr)
			continue;
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, l->bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, l->objects));
		pt_table_cell(&t, "%s", pt_quantity_time(n, l->longest_hold_ns));
		pt_table_cell(&t, "%s", pt_label_thread(r, l->thread, label));
		pt_text_where(&t, to, &r->pool_sites[l->site], false, LEAK_COLUMNS_BEFORE);
		if (leak_why(r, l, why))
			pt_table_remark(&t, true, why);
	}
	if (t.cells_nr)
		pt_text_heading(to, "Borrowed of %s and not put back at the end", p->name);
	rc = pt_table_print(&t, to);
	return rc ? rc : say_more(to, more(to, d->leaks_nr), "more row");
}

static const struct {
	const char *what, *call, *other;
} misuses[PT_MISUSE_NR] = {
	[PT_MISUSE_PUT_OF_IDLE] = { "put while idle already", "put again", "put before" },
	[PT_MISUSE_PUT_OF_FOREIGN] = { "put into a pool that does not know it", "put here",
				       "known to another pool from a call" },
	[PT_MISUSE_GET_OF_IN_USE] = { "got while in use", "got again", "got before" },
};

static void misuse_stack(struct pt_table *t, const struct pt_report *r, const char *call,
			 uint32_t site, uint32_t thread, size_t frames)
{
	char text[PT_LABEL_BYTES + 64], label[PT_LABEL_BYTES];

	snprintf(text, sizeof(text), "%s by thread %s", call, pt_label_thread(r, thread, label));
	pt_table_remark(t, true, text);
	if (site < r->pool_sites_nr)
		pt_text_stack(t, &r->pool_sites[site], frames);
}

int pt_text_pool_misuse(const struct pt_render *to, const struct pt_report *r,
			const struct pt_report_pool *p, bool whole)
{
	static const struct pt_column columns[] = {
		{ "times", false, 0, false },
		{ "first at", false, 0, false },
		{ "object", true, 1, false },
		{ "what", true, 0, true },
	};
	const struct pt_pool_detail *d = p->detail;
	size_t frames = whole ? 0 : MISUSE_FRAMES;
	struct pt_table t;
	number n;
	int rc;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < d->misuse_nr && (!to->top || i < to->top); i++) {
		const struct pt_pool_misuse *m = &d->misuse[i];

		pt_table_cell(&t, "%s", pt_quantity_count(n, m->objects));
		pt_table_cell(&t, "%s", pt_quantity_time(n, m->first_ns));
		pt_table_cell(&t, "0x%" PRIx64, m->first_addr);
		pt_table_cell(&t, "%s", misuses[m->kind].what);
		misuse_stack(&t, r, misuses[m->kind].call, m->site, m->thread, frames);
		if (m->other_known)
			misuse_stack(&t, r, misuses[m->kind].other, m->other_site, m->other_thread,
				     frames);
	}
	if (t.cells_nr)
		pt_text_heading(to, "Misuse of %s", p->name);
	rc = pt_table_print(&t, to);
	return rc ? rc : say_more(to, more(to, d->misuse_nr), "more row");
}
