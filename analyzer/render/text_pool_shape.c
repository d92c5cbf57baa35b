// SPDX-License-Identifier: MIT
/*
 * text_pool_shape.c - an annotated pool as drawings: what its idle bytes are due to, and how full
 * each shard was over time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/label.h"
#include "../result/quantity.h"
#include "bars.h"
#include "text_pool.h"
#include "utf8.h"

#define TERM_COLUMNS  10u
#define BAR_MIN	      10u
#define BAR_MAX	      40u
#define STRIP_ROWS    12u /* of shards, when all are asked for or more */
#define STRIP_LABEL   20u
#define STRIP_VALUE   12u /* "  1023.9 KiB" */
#define STRIP_STRETCH 4u  /* columns for one step at most */
#define MARKS_SHOWN   26u

typedef char number[PT_QUANTITY_BYTES];

/* A row of the waterfall: a stretch of the scale, from 0 to `full`. */
struct fall {
	const char *term;
	const char *sign;
	double from, till;
	const char *what;
};

static unsigned int digits_of(double bytes)
{
	number n;

	return (unsigned int)strlen(pt_quantity_count(n, (uint64_t)bytes));
}

/* A term that is negative adds instead: then its stretch runs the other way. */
static void fall_row(const struct pt_render *to, const struct fall *f, double held, double full,
		     unsigned int digits, unsigned int bar)
{
	double bytes = f->till - f->from;
	double size = bytes < 0 ? -bytes : bytes;
	number exact, human, share;

	fprintf(to->out, "  %-*s%s%*s  %10s  %7s%s", (int)TERM_COLUMNS, f->term,
		bytes < 0 ? (f->sign[0] == '-' ? "+" : "-") : f->sign, (int)digits,
		pt_quantity_count(exact, (uint64_t)size), pt_quantity_bytes(human, (uint64_t)size),
		pt_quantity_share(share, size, held), size > 0 ? "  " : "");
	pt_bar(to, f->from, f->till, full, bar);
	fputc('\n', to->out);
}

/* Not a row of the bars: it is of the moment of the last snapshot, and of what lies outside of the pool. */
static void graph_line(const struct pt_render *to, const struct pt_pool_detail *p)
{
	number bytes, time;

	if (p->graph_ns == PT_UNKNOWN)
		pt_text_line(to, "graph", "not known: no snapshot of pointers in the trace");
	else if (p->graph_retained_bytes == PT_UNKNOWN)
		pt_text_line(to, "graph", "not known: the pool had no object at the last snapshot, %s in",
			     pt_quantity_time(time, p->graph_ns));
	else
		pt_text_line(to, "graph",
			     "idle objects kept %s outside of the pool alive, on top of all that is idle, at the last"
			     " snapshot, %s in",
			     pt_quantity_bytes(bytes, p->graph_retained_bytes), pt_quantity_time(time, p->graph_ns));
}

int pt_text_pool_waterfall(const struct pt_render *to, const struct pt_report_pool *p)
{
	const struct pt_pool_waterfall *w = &p->detail->waterfall;
	double held = (double)w->held_bytes, used = (double)w->in_use_bytes, idle = held - used,
	       ratchet = (double)w->ratchet_bytes, time = (double)w->time_bytes;
	/* Removed one after another, from the right end of the bar. */
	const struct fall falls[] = {
		{ "held", " ", 0, held, NULL },
		{ "sharding", "-", held - (double)w->sharding_bytes, held,
		  "sharding: what one cache for all shards would not have held" },
		{ "time", "-", used + ratchet, used + ratchet + time,
		  p->detail->row.stocked
			  ? "time: what a perfect trim of that one cache would not hold; objects"
			    " made in advance are in it until they are needed"
			  : "time: what a perfect trim of that one cache would not hold" },
		{ "ratchet", "-", used, used + ratchet,
		  "ratchet: growth of idle objects beyond the size they were made with" },
		{ "in use", "=", 0, used, NULL },
	};
	double full = held - (double)w->sharding_bytes > held ? held - (double)w->sharding_bytes
							      : held;
	unsigned int digits = digits_of(full),
		     used_columns = 2 + TERM_COLUMNS + 1 + digits + 2 + 10 + 2 + 7 + 2;
	unsigned int room = pt_bar_width(to) > used_columns ? pt_bar_width(to) - used_columns : 0;
	number n;

	if (!w->held_bytes || idle <= 0) {
		if (p->detail->graph_retained_bytes && p->detail->graph_retained_bytes != PT_UNKNOWN)
			graph_line(to, p->detail);
		return 0;
	}
	room = room < BAR_MIN ? BAR_MIN : room > BAR_MAX ? BAR_MAX : room;
	pt_text_heading(to, "Waterfall: why %s lay idle at the peak, %s in; terms add up exactly",
			pt_quantity_bytes((char[PT_QUANTITY_BYTES]){ 0 }, (uint64_t)idle),
			pt_quantity_time(n, p->peak_held_ns));
	for (size_t i = 0; i < sizeof(falls) / sizeof(falls[0]); i++)
		fall_row(to, &falls[i], held, full, digits, room);
	for (size_t i = 0; i < sizeof(falls) / sizeof(falls[0]); i++) {
		if (!falls[i].what || falls[i].from == falls[i].till) /* NOLINT: exact */
			continue;
		fprintf(to->out, "%s  ", pt_style(to, PT_STYLE_DIM));
		pt_text_wrap(to, falls[i].what, 4);
		fputs(pt_style(to, PT_STYLE_PLAIN), to->out);
	}
	graph_line(to, p->detail);
	return 0;
}

/* The largest value in what column `c` of `columns` stands for. */
static uint64_t column_value(const uint64_t *steps, uint32_t steps_nr, unsigned int c,
			     unsigned int columns)
{
	size_t first = (size_t)c * steps_nr / columns,
	       last = ((size_t)(c + 1) * steps_nr + columns - 1) / columns;
	uint64_t most = 0;

	for (size_t i = first; i < last && i < steps_nr; i++)
		if (steps[i] > most)
			most = steps[i];
	return most;
}

static uint64_t largest(const uint64_t *steps, uint32_t steps_nr)
{
	return steps_nr ? column_value(steps, steps_nr, 0, 1) : 0;
}

struct strip {
	unsigned int label, columns;
	uint64_t full; /* of the rows that follow */
};

static void strip_row(const struct pt_render *to, const struct strip *s, const char *label,
		      const uint64_t *steps, uint32_t steps_nr)
{
	char *clean = strdup(label);
	number n;
	int pad;

	if (!clean)
		return;
	pt_utf8_clean(clean);
	while (pt_utf8_columns(clean) > s->label) { /* from the end, whole code points */
		size_t last = strlen(clean) - 1;

		while (last && ((unsigned char)clean[last] & 0xc0) == 0x80)
			last--;
		clean[last] = '\0';
	}
	pad = (int)(s->label - pt_utf8_columns(clean));
	fprintf(to->out, "  %s%*s  ", clean, pad, "");
	for (unsigned int c = 0; c < s->columns; c++)
		pt_bar_step(to, column_value(steps, steps_nr, c, s->columns), s->full);
	fprintf(to->out, "%*s\n", (int)STRIP_VALUE, pt_quantity_bytes(n, largest(steps, steps_nr)));
	free(clean);
}

/* Letters below the columns where phases begin. */
static void strip_marks(const struct pt_render *to, const struct pt_report *r,
			const struct strip *s, const struct pt_pool_series *o)
{
	char *line;
	unsigned int last = 0;

	if (!r->marks_nr || !(line = malloc(s->columns + 1)))
		return;
	memset(line, ' ', s->columns + 1);
	for (size_t i = 0; i < r->marks_nr && i < MARKS_SHOWN; i++) {
		uint64_t c = r->marks[i].time_ns / o->width_ns * s->columns / o->steps_nr;

		if (c >= s->columns)
			c = s->columns - 1;
		line[c] = (char)('a' + i);
		if (c > last)
			last = (unsigned int)c;
	}
	fprintf(to->out, "  %-*s  %.*s\n", (int)s->label, "phases", (int)last + 1, line);
	free(line);
}

static void strip_axis(const struct pt_render *to, const struct pt_report *r, const struct strip *s)
{
	number n;

	pt_quantity_time(n, r->totals.duration_ns);
	fprintf(to->out, "%s  %-*s  0%*s%s\n", pt_style(to, PT_STYLE_DIM), (int)s->label, "",
		(int)s->columns - 1, n, pt_style(to, PT_STYLE_PLAIN));
}

static unsigned int label_columns(const struct pt_report *r, const struct pt_pool_detail *d,
				  const struct pt_pool_ranked *rows, size_t rows_nr)
{
	size_t most = strlen("in use");
	char label[PT_LABEL_BYTES];

	for (size_t i = 0; i < rows_nr; i++) {
		size_t width = pt_utf8_columns(pt_label_shard(r, d, rows[i].index, label));

		if (width > most)
			most = width;
	}
	return most > STRIP_LABEL ? STRIP_LABEL : (unsigned int)most;
}

static void strip_size(const struct pt_render *to, const struct pt_pool_series *o, struct strip *s)
{
	unsigned int width = pt_bar_width(to), taken = 2 + s->label + 2 + STRIP_VALUE;

	s->columns = width > taken ? width - taken : 0;
	if (s->columns > o->steps_nr * STRIP_STRETCH)
		s->columns = o->steps_nr * STRIP_STRETCH;
	if (s->columns < 8)
		s->columns = 8;
}

/* The pool's own two rows, to one scale. */
static void strip_pool(const struct pt_render *to, struct strip *s, const struct pt_pool_series *o)
{
	uint64_t idle = largest(o->idle_max_bytes, o->steps_nr),
		 used = o->in_use_max_bytes ? largest(o->in_use_max_bytes, o->steps_nr) : 0;

	s->full = idle > used ? idle : used;
	if (o->in_use_max_bytes)
		strip_row(to, s, "in use", o->in_use_max_bytes, o->steps_nr);
	strip_row(to, s, "idle", o->idle_max_bytes, o->steps_nr);
}

int pt_text_pool_strip(const struct pt_render *to, const struct pt_report *r,
		       const struct pt_report_pool *p)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_series *o = &d->occupancy;
	size_t most = to->top && to->top < STRIP_ROWS ? to->top : STRIP_ROWS, rows_nr;
	struct pt_pool_ranked *rows;
	char label[PT_LABEL_BYTES];
	struct strip s = { 0 };
	number n;

	if (!o->steps_nr || !o->width_ns || !o->idle_max_bytes || !d->row.peak_idle_bytes)
		return 0;
	if (pt_pool_rank(d, PT_POOL_SHARDS, PT_POOL_PEAK, &rows, &rows_nr) != 0)
		return -PT_ENOMEM;
	if (rows_nr > most)
		rows_nr = most;
	s.label = label_columns(r, d, rows, rows_nr);
	strip_size(to, o, &s);
	pt_text_heading(to, "Over time: largest in use and idle%s",
			d->shards_nr > 1 ? "; each shard's idle bytes (to one scale)" : "");
	strip_pool(to, &s, o);
	s.full = rows_nr ? rows[0].row->peak_idle_bytes : 0; /* they are ranked by it */
	for (size_t i = 0; i < rows_nr && d->shards_nr > 1; i++) {
		const struct pt_pool_series *own = &d->shards[rows[i].index].occupancy;

		if (own->idle_max_bytes)
			strip_row(to, &s, pt_label_shard(r, d, rows[i].index, label),
				  own->idle_max_bytes, own->steps_nr);
	}
	strip_axis(to, r, &s);
	strip_marks(to, r, &s, o);
	if (rows_nr < d->shards_nr)
		fprintf(to->out, "  and %s\n",
			pt_quantity_counted(n, d->shards_nr - rows_nr, "more shard"));
	free(rows);
	return 0;
}
