// SPDX-License-Identifier: MIT
/* nameless.c - see nameless.h. */
#include "nameless.h"

#include <stdio.h>
#include <string.h>

#include "../result/site.h"

#define FILES_MAX 16u /* those beyond do not have most of it */

struct file {
	const char *module;
	double bytes;
};

/* What a site is shown for. */
static double held_bytes(const struct pt_report_site *site)
{
	const struct pt_tally *t = &site->tally;

	return (t->idle_bytes == PT_UNKNOWN ? 0 : (double)t->idle_bytes) +
	       (t->in_use_bytes == PT_UNKNOWN ? 0 : (double)t->in_use_bytes);
}

static void add(struct file *files, const char *module, double bytes)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (files[i].module && strcmp(files[i].module, module) != 0)
			continue;
		files[i].module = module;
		files[i].bytes += bytes;
		return;
	}
}

int pt_nameless_note(struct pt_report *r)
{
	struct file files[FILES_MAX] = { { NULL, 0 } };
	const struct file *most = files;
	double all_bytes = 0;
	char note[512];

	for (size_t i = 0; i < r->sites_nr; i++) {
		const struct pt_report_site *site = &r->sites[i];
		const struct pt_report_frame *f = site->frames_nr ? &site->frames[pt_site_frame(site)] : NULL;

		all_bytes += held_bytes(site);
		if (f && !f->function && f->module)
			add(files, f->module, held_bytes(site));
	}
	for (size_t i = 1; i < FILES_MAX; i++)
		if (files[i].bytes > most->bytes)
			most = &files[i];
	if (!most->bytes || most->bytes < all_bytes / 2)
		return 0;
	snprintf(note, sizeof(note), "%.300s has no names for its functions, so they are told as FILE+OFFSET: its debug symbols (in Debian"
		 " a package that ends in -dbgsym) give functions and lines, also of this trace", most->module);
	return pt_report_note(r, note);
}
