// SPDX-License-Identifier: MIT
/*
 * site.c - call sites ranked and named.
 */
#include "site.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wrappers.h"

/* What is not known ranks nothing. */
static double known(uint64_t number)
{
	return number == PT_UNKNOWN ? 0 : (double)number;
}

double pt_site_value(const struct pt_report_site *site, enum pt_site_key key)
{
	switch (key) {
	case PT_SITE_IDLE:
		return known(site->tally.idle_bytes);
	case PT_SITE_IN_USE:
		return known(site->tally.in_use_bytes);
	case PT_SITE_HOARD:
		return isnan(site->tally.hoard_byte_seconds) ? 0 : site->tally.hoard_byte_seconds;
	case PT_SITE_TEMPORARY:
		return known(site->tally.temporary_allocations);
	case PT_SITE_ALLOCATED:
	default:
		return known(site->tally.allocated_bytes);
	}
}

struct ranked {
	double value;
	uint32_t site;
};

/* Largest first; equals by their place, so that the order does not depend on the sort. */
static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return (x->site > y->site) - (x->site < y->site);
}

/* A heap whose root is the last of them; what is at `at` sinks to its place. */
static void sink(struct ranked *heap, size_t n, size_t at)
{
	struct ranked e = heap[at];

	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && by_value(&heap[child + 1], &heap[child]) > 0)
			child++;
		if (by_value(&heap[child], &e) <= 0)
			break;
		heap[at] = heap[child];
	}
	heap[at] = e;
}

size_t pt_sites_top(const struct pt_report *r, enum pt_site_key key, uint32_t *out, size_t max)
{
	struct ranked *first = malloc(((max < r->sites_nr ? max : r->sites_nr) + 1) * sizeof(*first));
	size_t n = 0;

	if (!first || !max) {
		free(first);
		return 0;
	}
	for (size_t i = 0; i < r->sites_nr; i++) {
		struct ranked e = { pt_site_value(&r->sites[i], key), (uint32_t)i };

		if (!(e.value > 0))
			continue;
		if (n < max) {
			first[n++] = e;
			for (size_t at = n == max ? n / 2 : 0; at-- > 0;)
				sink(first, n, at);
		} else if (by_value(&e, &first[0]) < 0) {
			first[0] = e;
			sink(first, n, 0);
		}
	}
	qsort(first, n, sizeof(*first), by_value);
	for (size_t i = 0; i < n; i++)
		out[i] = first[i].site;
	free(first);
	return n;
}

size_t pt_site_frame(const struct pt_report_site *site)
{
	for (size_t i = 0; i < site->frames_nr; i++)
		if (!pt_frame_is_wrapper(&site->frames[i]))
			return i;
	return 0;
}

const char *pt_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *pt_frame_text(const struct pt_report_frame *f, char *out, size_t size)
{
	const char *module = f->module ? pt_base_name(f->module) : "?";

	if (!f->function)
		snprintf(out, size, "%s+0x%" PRIx64, module, f->offset_bytes);
	else if (!f->file && !f->module)
		snprintf(out, size, "%s", f->function);
	else if (!f->file)
		snprintf(out, size, "%s (%s)", f->function, module);
	else if (!f->line)
		snprintf(out, size, "%s (%s)", f->function, pt_base_name(f->file));
	else
		snprintf(out, size, "%s (%s:%" PRIu32 ")", f->function, pt_base_name(f->file),
			 f->line);
	return out;
}

size_t pt_site_caller(const struct pt_report_site *site, size_t frame)
{
	for (frame++; frame < site->frames_nr; frame++)
		if (!pt_frame_is_wrapper(&site->frames[frame]))
			break;
	return frame;
}

const char *pt_site_text(const struct pt_report_site *site, char *out, size_t size)
{
	size_t named = pt_site_frame(site), caller = pt_site_caller(site, named);
	size_t length;
	char frame[256];

	length = (size_t)snprintf(out, size, "%s",
				  pt_frame_text(&site->frames[named], frame, sizeof(frame)));
	if (caller < site->frames_nr && length < size)
		snprintf(out + length, size - length, ", called from %s",
			 pt_frame_text(&site->frames[caller], frame, sizeof(frame)));
	return out;
}
