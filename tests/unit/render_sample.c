// SPDX-License-Identifier: MIT
/*
 * render_sample.c - prints reports made by hand, for the eye and for the schema's validator.
 *
 * render_sample text|json WIDTH COLOUR BY TOP SAMPLE...; SAMPLE: hoard, quiet, empty, odd, spread,
 * trading; UTF-8 is drawn when RENDER_UTF8 is set
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/render/render.h"
#include "pool_builder.h"

/* Everything that is unusual: no RSS, nothing known of frames, bytes that are no text. */
static void odd(struct pt_report *r)
{
	rb_hoard(r);
	strcpy(r->threads[0].name, "\xff\x1b[31m\t\"");
	strcpy(r->program, "/tmp/\xc3\xa4\xc3");
	r->totals.idle_resident_at_most_bytes = PT_UNKNOWN;
	memset(&r->totals.rss, 0, sizeof(r->totals.rss));
	r->totals.lost_events = 1234;
	r->file.losses[0].allocations = 1234;
	r->file.stopped = "size limit";
	r->file.truncated = true;
	r->free_of_dead = 3;
	pt_report_note(r, "POOLTRACE_STACK_DEPTH=many: not a number from 0 to 256; 64 is used");
	r->sites[1].frames[1].inlined = true;
	r->sites[1].tally.peak_in_use_bytes = PT_UNKNOWN;
	r->sites[1].stack_end = PT_STACK_CUT;
	rb_site(r, NULL, NULL, 0, 4096, 4096);
	rb_site(r, NULL, NULL, 0, 4096, 4096);
	pt_report_site_fini(&r->sites[3]); /* no stack was recorded */
}

static void build(const char *name, struct pt_report *r)
{
	if (!strcmp(name, "hoard")) {
		rb_hoard(r);
	} else if (!strcmp(name, "trading")) {
		pb_trading(r);
	} else if (!strcmp(name, "pools")) { /* as --pool leaves it */
		pb_trading(r);
		memmove(&r->pools[0], &r->pools[1], 3 * sizeof(r->pools[0]));
		r->pools_nr = 3;
	} else if (!strcmp(name, "odd")) {
		odd(r);
	} else if (!strcmp(name, "empty")) {
		rb_quiet(r, 1);
		memset(&r->totals, 0, sizeof(r->totals));
		r->totals.blowup = NAN;
		r->pools[0].blowup = NAN;
		r->totals.idle_resident_at_most_bytes = PT_UNKNOWN;
	} else if (!strcmp(name, "spread")) {
		rb_quiet(r, 32);
		for (size_t i = 0; i < 32; i++)
			rb_idle(r, i, (8 + i % 3) * RB_MIB, 3000000);
		rb_cell(&r->idle_sites,
			rb_site(r, "get_buffer", "/src/pool.c", 7, r->totals.idle_at_end_bytes, 0),
			0, 1000, r->totals.idle_at_end_bytes);
	} else {
		rb_quiet(r, 3);
	}
}

int main(int argc, char **argv)
{
	struct pt_render to = { .out = stdout };
	const struct pt_renderer *renderer;
	int rc = 0;

	if (argc < 7)
		return 2;
	renderer = pt_renderer_find(argv[1]);
	to.width = (unsigned int)atoi(argv[2]);
	to.colour = atoi(argv[3]);
	to.by = (enum pt_by)atoi(argv[4]);
	to.top = (size_t)atoi(argv[5]);
	to.utf8 = getenv("RENDER_UTF8") != NULL;
	to.reports_nr = (size_t)argc - 6;
	if (renderer->begin)
		rc |= renderer->begin(&to);
	for (int i = 6; i < argc; i++) {
		struct pt_report r;

		build(argv[i], &r);
		rc |= renderer->report(&to, &r, (size_t)i - 6);
		pt_report_fini(&r);
	}
	if (renderer->end)
		rc |= renderer->end(&to);
	return rc ? 1 : 0;
}
