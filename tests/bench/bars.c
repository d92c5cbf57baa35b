/* SPDX-License-Identifier: MIT */
/* bars.c - what was promised: each bar a row. See bars.h. */
#include "bars.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BARS_MAX 96

static struct bar {
	const char *part, *what, *why; /* why: unmeasured */
	double got, bar;
	enum bench_side side;
} bars[BARS_MAX];
static int bars_nr;

static struct bar *next_bar(void)
{
	if (bars_nr == BARS_MAX)
		abort(); /* BARS_MAX is to grow */
	return &bars[bars_nr++];
}

void bench_bar(const char *part, const char *what, double got, enum bench_side side, double bar)
{
	*next_bar() = (struct bar){ .part = part, .what = what, .got = got, .bar = bar, .side = side };
}

void bench_bar_unmeasured(const char *part, const char *what, const char *why)
{
	*next_bar() = (struct bar){ .part = part, .what = what, .why = why };
}

static bool is_kept(const struct bar *b)
{
	return b->side == BENCH_AT_MOST ? b->got <= b->bar : b->got >= b->bar; /* NaN: neither */
}

static const char *result(const struct bar *b)
{
	return b->why ? b->why : is_kept(b) ? "ok" : "short";
}

int bench_bars_print(void)
{
	int i, short_nr = 0;

	printf("\n%-8s %-52s %10s    %8s\n", "bars", "", "measured", "bar");
	for (i = 0; i < bars_nr; i++) {
		const struct bar *b = &bars[i];

		if (b->why)
			printf("%-8s %-52s %10s %11s  %s\n", b->part, b->what, "-", "-", b->why);
		else
			printf("%-8s %-52s %10.4g %s %8.4g  %s\n", b->part, b->what, b->got,
			       b->side == BENCH_AT_MOST ? "<=" : ">=", b->bar, result(b));
		short_nr += !b->why && !is_kept(b);
	}
	printf("%d bars, %d short\n", bars_nr, short_nr);
	fflush(stdout);
	return short_nr;
}

json_t *bench_bars_json(void)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < bars_nr; i++) {
		const struct bar *b = &bars[i];
		json_t *row = json_pack("{s:s, s:s, s:s}", "part", b->part, "what", b->what, "result", result(b));

		if (!b->why) {
			json_object_set_new(row, "measured", isfinite(b->got) ? json_real(b->got) : json_null());
			json_object_set_new(row, "bar", json_real(b->bar));
			json_object_set_new(row, "side",
					    json_string(b->side == BENCH_AT_MOST ? "at most" : "at least"));
		}
		json_array_append_new(all, row);
	}
	return all;
}
