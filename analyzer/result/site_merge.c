/* SPDX-License-Identifier: MIT */
/*
 * site_merge.c - call sites that read the same become one.
 */
#include "site.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "ages.h"
#include "names.h"

static int compare_text(const char *a, const char *b)
{
	if (a == b) /* those that the symbols told are, if they read the same */
		return 0;
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* Frames with a line are the same when they read the same; without one the offset tells them apart.
 */
static int compare_frames(const struct pt_report_frame *a, const struct pt_report_frame *b)
{
	int order = compare_text(a->function, b->function);

	if (!order)
		order = compare_text(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	if (!order)
		order = compare_text(a->module, b->module);
	if (!order)
		order = a->inlined - b->inlined;
	if (!order && !a->line)
		order = (a->offset_bytes > b->offset_bytes) - (a->offset_bytes < b->offset_bytes);
	return order;
}

static int compare_sites(const struct pt_report_site *a, const struct pt_report_site *b)
{
	size_t n = a->frames_nr < b->frames_nr ? a->frames_nr : b->frames_nr;

	for (size_t i = 0; i < n; i++) {
		int order = compare_frames(&a->frames[i], &b->frames[i]);

		if (order)
			return order;
	}
	if (a->frames_nr != b->frames_nr)
		return a->frames_nr < b->frames_nr ? -1 : 1;
	return a->stack_end - b->stack_end;
}

/* A site, and a number that is the same of those which compare_sites() finds equal: nearly always it tells them apart. */
struct hashed {
	struct pt_report_site *site;
	uint64_t hash;
};

/* By functions, and lines or, where there is none, offsets. */
static uint64_t hash_of(struct pt_names *names, const struct pt_report_site *site)
{
	uint64_t hash = PT_HASH_START;

	for (size_t i = 0; i < site->frames_nr; i++) {
		const struct pt_report_frame *f = &site->frames[i];

		hash = pt_hash_add(pt_hash_add(hash, pt_names_hash(names, f->function)), f->line ? f->line : f->offset_bytes);
	}
	return hash;
}

static int by_frames(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	int order;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	order = compare_sites(x->site, y->site);
	return order ? order : (x->site > y->site) - (x->site < y->site);
}

/* What is unknown of one is of both. */
static void add(uint64_t *into, uint64_t number)
{
	*into = *into == PT_UNKNOWN || number == PT_UNKNOWN ? PT_UNKNOWN : *into + number;
}

/* Errors of independent estimates. */
static void add_error(double *into, double error)
{
	*into = sqrt(*into * *into + error * error);
}

void pt_tally_add(struct pt_tally *into, const struct pt_tally *t)
{
	add(&into->allocations, t->allocations);
	add(&into->frees, t->frees);
	add(&into->allocated_bytes, t->allocated_bytes);
	add(&into->freed_bytes, t->freed_bytes);
	add(&into->freed_by_others, t->freed_by_others);
	add(&into->freed_by_others_bytes, t->freed_by_others_bytes);
	add(&into->in_use_objects, t->in_use_objects);
	add(&into->in_use_bytes, t->in_use_bytes);
	add(&into->idle_objects, t->idle_objects);
	add(&into->idle_bytes, t->idle_bytes);
	into->peak_in_use_bytes = PT_UNKNOWN;
	into->peak_idle_bytes = PT_UNKNOWN;
	add(&into->idle_at_peak_bytes, t->idle_at_peak_bytes);
	add(&into->in_use_at_peak_bytes, t->in_use_at_peak_bytes);
	add(&into->fresh_allocations, t->fresh_allocations);
	add(&into->stranded_misses, t->stranded_misses);
	add(&into->stranded_bytes, t->stranded_bytes);
	add(&into->temporary_allocations, t->temporary_allocations);
	into->hoard_byte_seconds += t->hoard_byte_seconds;
	add_error(&into->errors.allocations, t->errors.allocations);
	add_error(&into->errors.allocated_bytes, t->errors.allocated_bytes);
	add_error(&into->errors.in_use_objects, t->errors.in_use_objects);
	add_error(&into->errors.in_use_bytes, t->errors.in_use_bytes);
	into->errors.peak_in_use_bytes = 0;
}

/* The ages of a row that goes, to the one that it becomes part of. */
static void move_ages(struct pt_tally *into, struct pt_tally *from)
{
	if (!into->idle_age) {
		into->idle_age = from->idle_age;
		from->idle_age = NULL;
	} else if (from->idle_age) {
		pt_ages_add(into->idle_age, from->idle_age);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct pt_report_cell *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static int by_bytes(const void *a, const void *b)
{
	const struct pt_report_cell *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return by_place(a, b);
}

/* The rows of idle_sites get their new numbers; cells that fall together are added. */
static void renumber(struct pt_report_matrix *m, const uint32_t *new_number)
{
	size_t kept = 0;

	if (!m->cells_nr)
		return;
	for (size_t i = 0; i < m->cells_nr; i++)
		m->cells[i].from = new_number[m->cells[i].from];
	qsort(m->cells, m->cells_nr, sizeof(*m->cells), by_place);
	for (size_t i = 1; i < m->cells_nr; i++) {
		if (!by_place(&m->cells[kept], &m->cells[i])) {
			m->cells[kept].objects += m->cells[i].objects;
			m->cells[kept].bytes += m->cells[i].bytes;
		} else {
			m->cells[++kept] = m->cells[i];
		}
	}
	m->cells_nr = kept + 1;
	qsort(m->cells, m->cells_nr, sizeof(*m->cells), by_bytes);
}

/* into[i] = the site that site i becomes part of; itself when it stays. */
static void find_same(struct pt_report *r, struct hashed *order, uint32_t *into)
{
	struct pt_names names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < r->sites_nr; i++) {
		into[i] = (uint32_t)i;
		if (r->sites[i].frames_nr)
			order[n++] = (struct hashed){ &r->sites[i], hash_of(&names, &r->sites[i]) };
	}
	qsort(order, n, sizeof(*order), by_frames);
	for (size_t i = 1; i < n; i++)
		if (order[i - 1].hash == order[i].hash && !compare_sites(order[i - 1].site, order[i].site))
			into[order[i].site - r->sites] = into[order[i - 1].site - r->sites];
}

int pt_sites_merge(struct pt_report *r)
{
	struct hashed *order = malloc((r->sites_nr + 1) * sizeof(*order));
	uint32_t *into = malloc((r->sites_nr + 1) * sizeof(*into));
	size_t kept = 0;

	if (!order || !into) {
		free(order);
		free(into);
		return -PT_ENOMEM;
	}
	find_same(r, order, into);
	for (size_t i = 0; i < r->sites_nr; i++)
		if (into[i] != i) {
			pt_tally_add(&r->sites[into[i]].tally, &r->sites[i].tally);
			move_ages(&r->sites[into[i]].tally, &r->sites[i].tally);
		}
	/* A site is merged into one before it, which by then has its new number in into[]. */
	for (size_t i = 0; i < r->sites_nr; i++) {
		if (into[i] != i) {
			pt_report_site_fini(&r->sites[i]);
			into[i] = into[into[i]];
		} else {
			r->sites[kept] = r->sites[i];
			into[i] = (uint32_t)kept++;
		}
	}
	renumber(&r->idle_sites, into);
	r->sites_nr = kept;
	free(order);
	free(into);
	return 0;
}
