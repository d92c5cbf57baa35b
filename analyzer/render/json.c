// SPDX-License-Identifier: MIT
/*
 * json.c - the report for programs. docs/report.schema.json and docs/report.md say every key.
 *
 * One report is one object; several are an array inside one object, written one by one. What is
 * not known is null, and `reasons` says why, by the path of the key. Keys come in a fixed order.
 */
#include <stddef.h>

#include "../../format/error.h"
#include "../result/ages.h"
#include "../result/diagnosis.h"
#include "../result/unknown.h"
#include "json_put.h"
#include "render.h"

json_t *pt_json_ages(struct pt_json *d, const struct pt_age_histogram *h)
{
	json_t *array = json_array();

	for (unsigned int k = 0; k < PT_AGE_BUCKETS; k++) {
		json_t *bucket;

		if (!h->objects[k])
			continue;
		bucket = json_object();
		pt_json_number(d, bucket, "from_us", k ? 1ull << k : 0);
		pt_json_number(d, bucket, "objects", h->objects[k]);
		pt_json_number(d, bucket, "bytes", h->bytes[k]);
		pt_json_push(d, array, bucket);
	}
	return array;
}

json_t *pt_json_errors(struct pt_json *d, const struct pt_errors *e, const char *const names[5])
{
	const double errors[] = { e->allocations, e->allocated_bytes, e->in_use_objects, e->in_use_bytes,
				  e->peak_in_use_bytes };
	json_t *object;

	if (d->r->modes.told != PT_TOLD_SAMPLE)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		pt_json_put(d, object, names[i], json_real(errors[i]));
	return object;
}

/* A number of every tally: its key is the field's name. */
struct column {
	const char *key;
	size_t offset; /* of a uint64_t in struct pt_tally */
};
#define COLUMN(field) { #field, offsetof(struct pt_tally, field) }

/* Unknown where not every event was recorded; elsewhere only peaks of merged sites are. */
static void put_columns(struct pt_json *d, json_t *object, const char *where, const struct pt_tally *t,
			const struct column *columns, size_t nr)
{
	static const char merged[] = "sites of equal frames were merged; their own peaks do not add up";

	for (size_t i = 0; i < nr; i++)
		pt_json_known(d, object, where, columns[i].key, *(const uint64_t *)((const char *)t + columns[i].offset),
			      pt_json_why(d, merged));
}

void pt_json_tally(struct pt_json *d, json_t *object, const char *where, const struct pt_tally *t)
{
	static const struct column now[] = {
		COLUMN(allocations), COLUMN(frees), COLUMN(allocated_bytes), COLUMN(freed_bytes), COLUMN(freed_by_others),
		COLUMN(freed_by_others_bytes), COLUMN(in_use_objects), COLUMN(in_use_bytes), COLUMN(idle_objects),
		COLUMN(idle_bytes),
	};
	static const struct column peaks_and_misses[] = {
		COLUMN(peak_in_use_bytes), COLUMN(peak_idle_bytes), COLUMN(idle_at_peak_bytes), COLUMN(in_use_at_peak_bytes),
		COLUMN(fresh_allocations), COLUMN(stranded_misses), COLUMN(stranded_bytes), COLUMN(temporary_allocations),
	};
	static const char *const errors[] = { "allocations", "allocated_bytes", "in_use_objects", "in_use_bytes",
					      "peak_in_use_bytes" };
	const bool ages = d->r->modes.told == PT_TOLD_EVENTS;
	const char *why = pt_json_why(d, "not computed");

	put_columns(d, object, where, t, now, sizeof(now) / sizeof(now[0]));
	pt_json_known(d, object, where, "old_idle_bytes", ages ? pt_old_idle_bytes(d->r, t) : PT_UNKNOWN, why);
	put_columns(d, object, where, t, peaks_and_misses, sizeof(peaks_and_misses) / sizeof(peaks_and_misses[0]));
	pt_json_real(d, object, where, "hoard_byte_seconds", t->hoard_byte_seconds, why);
	if (ages)
		pt_json_put(d, object, "idle_age", pt_json_ages(d, pt_idle_ages(t)));
	else
		pt_json_known(d, object, where, "idle_age", PT_UNKNOWN, why);
	pt_json_put(d, object, "errors", pt_json_errors(d, &t->errors, errors));
}

/* Null: everything was kept. */
static json_t *ring(struct pt_json *d)
{
	const struct pt_report_ring *r = &d->r->file.ring;
	json_t *object;

	if (!r->bytes)
		return json_null();
	object = json_object();
	pt_json_number(d, object, "bytes", r->bytes);
	pt_json_number(d, object, "since_ns", r->since_ns);
	pt_json_number(d, object, "dropped_chunks", r->chunks);
	pt_json_number(d, object, "dropped_allocations", r->allocations);
	pt_json_number(d, object, "dropped_frees", r->frees);
	pt_json_number(d, object, "dropped_pool_events", r->pool_events);
	return object;
}

static json_t *trace(struct pt_json *d)
{
	const struct pt_report_file *f = &d->r->file;
	json_t *object = json_object(), *lost = json_array(), *notes = json_array(),
	       *anomalies = json_object();

	pt_json_put(d, object, "path", pt_json_text(d->r->trace_path));
	pt_json_put(d, object, "program", pt_json_text(d->r->program));
	pt_json_number(d, object, "pid", d->r->pid);
	pt_json_put(d, object, "allocator", pt_json_text(*d->r->allocator ? d->r->allocator : NULL));
	pt_json_number(d, object, "ppid", f->ppid);
	pt_json_put(d, object, "forked", json_boolean(f->forked));
	pt_json_put(d, object, "whole",
		    json_boolean(!f->truncated && !f->corrupt_chunks && !f->missing_chunks));
	pt_json_put(d, object, "truncated", json_boolean(f->truncated));
	pt_json_put(d, object, "stopped", pt_json_text(f->stopped));
	pt_json_number(d, object, "corrupt_chunks", f->corrupt_chunks);
	pt_json_number(d, object, "missing_chunks", f->missing_chunks);
	pt_json_number(d, object, "file_bytes", f->file_bytes);
	pt_json_number(d, object, "used_bytes", f->used_bytes);
	pt_json_number(d, object, "events", f->events_nr);
	pt_json_number(d, object, "reordered_events", f->repaired_nr);
	pt_json_number(d, object, "stack_depth", f->stack_depth);
	pt_json_put(d, object, "ring", ring(d));
	for (size_t i = 0; i < f->losses_nr; i++) {
		json_t *loss = json_object();

		pt_json_put(d, loss, "cause", pt_json_text(f->losses[i].cause));
		pt_json_number(d, loss, "allocations", f->losses[i].allocations);
		pt_json_number(d, loss, "frees", f->losses[i].frees);
		pt_json_number(d, loss, "pool_events", f->losses[i].pool_events);
		pt_json_push(d, lost, loss);
	}
	pt_json_put(d, object, "lost", lost);
	pt_json_number(d, anomalies, "allocations_of_live", d->r->alloc_of_live);
	pt_json_number(d, anomalies, "frees_of_dead", d->r->free_of_dead);
	pt_json_number(d, anomalies, "frees_of_unknown", d->r->free_of_unknown);
	pt_json_number(d, anomalies, "explained_by_gaps", d->r->modes.explained_nr);
	pt_json_put(d, object, "anomalies", anomalies);
	for (size_t i = 0; i < d->r->notes_nr; i++)
		pt_json_push(d, notes, pt_json_text(d->r->notes[i]));
	pt_json_put(d, object, "notes", notes);
	return object;
}

static json_t *diagnosis(struct pt_json *d)
{
	struct pt_finding found[PT_FINDINGS_MAX];
	size_t found_nr = pt_diagnose(d->r, found);

	return pt_json_findings(d, found, found_nr);
}

static json_t *rss(struct pt_json *d, const struct pt_report_rss *s)
{
	static const char reason[] = PT_WHY_NO_RSS;
	json_t *object = json_object();
	bool known = s->samples_nr > 0;

	pt_json_number(d, object, "samples", s->samples_nr);
	pt_json_known(d, object, "totals.rss", "peak_bytes", known ? s->peak_bytes : PT_UNKNOWN,
		      reason);
	pt_json_known(d, object, "totals.rss", "peak_anonymous_bytes",
		      known ? s->peak_anon_bytes : PT_UNKNOWN, reason);
	pt_json_known(d, object, "totals.rss", "end_bytes", known ? s->end_bytes : PT_UNKNOWN,
		      reason);
	pt_json_known(d, object, "totals.rss", "end_anonymous_bytes",
		      known ? s->end_anon_bytes : PT_UNKNOWN, reason);
	pt_json_known(d, object, "totals.rss", "end_ns", known ? s->end_ns : PT_UNKNOWN, reason);
	pt_json_put(d, object, "peak_told", json_boolean(s->peak_told));
	return object;
}

/* Null where not every event was recorded. */
static void total(struct pt_json *d, json_t *object, const char *key, uint64_t value)
{
	pt_json_known(d, object, "totals", key, value, pt_json_why(d, "not computed"));
}

static json_t *totals(struct pt_json *d)
{
	static const char *const errors[] = { "allocations", "allocated_bytes", "in_use_at_end_objects",
					      "in_use_at_end_bytes", "peak_in_use_bytes" };
	const struct pt_report_totals *t = &d->r->totals;
	const bool peak = t->peak_held_bytes != PT_UNKNOWN && t->idle_at_peak_bytes != PT_UNKNOWN;
	json_t *object = json_object();

	total(d, object, "allocations", t->allocations);
	total(d, object, "frees", t->frees);
	pt_json_number(d, object, "lost_events", t->lost_events);
	total(d, object, "allocated_bytes", t->allocated_bytes);
	total(d, object, "peak_in_use_bytes", t->peak_in_use_bytes);
	total(d, object, "peak_in_use_ns", t->peak_in_use_ns);
	total(d, object, "peak_held_bytes", t->peak_held_bytes);
	total(d, object, "peak_held_ns", t->peak_held_ns);
	pt_json_real(d, object, "totals", "blowup", t->blowup, pt_json_why(d, "nothing was allocated"));
	total(d, object, "idle_at_peak_bytes", t->idle_at_peak_bytes);
	total(d, object, "in_use_at_peak_bytes", peak ? t->peak_held_bytes - t->idle_at_peak_bytes : PT_UNKNOWN);
	total(d, object, "in_use_at_end_bytes", t->in_use_at_end_bytes);
	total(d, object, "in_use_at_end_objects", t->in_use_at_end_objects);
	total(d, object, "idle_at_end_bytes", t->idle_at_end_bytes);
	total(d, object, "idle_at_end_objects", t->idle_at_end_objects);
	pt_json_known(d, object, "totals", "idle_resident_at_most_bytes", t->idle_resident_at_most_bytes,
		      pt_json_why(d, t->rss.samples_nr ? PT_WHY_RSS_OLD : PT_WHY_NO_RSS));
	pt_json_real(d, object, "totals", "hoard_byte_seconds", t->hoard_byte_seconds, pt_json_why(d, "not computed"));
	total(d, object, "fresh_allocations", t->fresh_allocations);
	total(d, object, "stranded_misses", t->stranded_misses);
	total(d, object, "temporary_allocations", t->temporary_allocations);
	pt_json_number(d, object, "peak_mapped_bytes", t->peak_mapped_bytes);
	pt_json_number(d, object, "mapped_at_end_bytes", t->mapped_at_end_bytes);
	pt_json_number(d, object, "duration_ns", t->duration_ns);
	pt_json_put(d, object, "errors", pt_json_errors(d, &t->errors, errors));
	pt_json_put(d, object, "rss", rss(d, &t->rss));
	return object;
}

static void threads(struct pt_json *d, json_t *document)
{
	json_t *array = pt_json_begin(d, document, "threads", PT_JSON_ARRAY);

	for (size_t i = 0; i < d->r->threads_nr; i++) {
		const struct pt_report_thread *t = &d->r->threads[i];
		json_t *object = json_object();

		pt_json_number(d, object, "serial", t->serial);
		pt_json_number(d, object, "tid", t->tid);
		pt_json_put(d, object, "name", pt_json_text(t->name));
		pt_json_put(d, object, "exited", json_boolean(t->exited));
		pt_json_tally(d, object, "threads[]", &t->tally);
		pt_json_push(d, array, object);
	}
	pt_json_end(d, array);
}

static void cpus(struct pt_json *d, json_t *document)
{
	json_t *array = pt_json_begin(d, document, "cpus", PT_JSON_ARRAY);

	for (size_t i = 0; i < d->r->cpus_nr; i++) {
		json_t *object = json_object();

		pt_json_number(d, object, "cpu", d->r->cpus[i].cpu);
		pt_json_tally(d, object, "cpus[]", &d->r->cpus[i].tally);
		pt_json_push(d, array, object);
	}
	pt_json_end(d, array);
}

static uint64_t serial_of(const struct pt_report *r, uint32_t i)
{
	return i < r->threads_nr ? r->threads[i].serial : 0;
}

static uint64_t cpu_of(const struct pt_report *r, uint32_t i)
{
	return i < r->cpus_nr ? r->cpus[i].cpu : 0;
}

/* Null where not every event was recorded. */
static void matrix(struct pt_json *d, json_t *document, const char *key, const struct pt_report_matrix *m,
		   uint64_t (*number_of)(const struct pt_report *r, uint32_t i))
{
	json_t *array;

	if (d->r->modes.told != PT_TOLD_EVENTS) {
		pt_json_put(d, document, key, json_null());
		pt_json_put(d, d->reasons, key, json_string(pt_report_why_not(d->r)));
		return;
	}
	array = pt_json_begin(d, document, key, PT_JSON_ARRAY);
	for (size_t i = 0; i < m->cells_nr; i++) {
		json_t *cell = json_object();

		pt_json_number(d, cell, "from", number_of(d->r, m->cells[i].from));
		pt_json_number(d, cell, "to", number_of(d->r, m->cells[i].to));
		pt_json_number(d, cell, "objects", m->cells[i].objects);
		pt_json_number(d, cell, "bytes", m->cells[i].bytes);
		pt_json_push(d, array, cell);
	}
	pt_json_end(d, array);
}

static int report(const struct pt_render *to, const struct pt_report *r, size_t index)
{
	struct pt_json d = { .r = r, .reasons = json_object(), .out = to->out };
	json_t *document;

	if (index)
		fputs(",\n", to->out);
	document = pt_json_begin(&d, NULL, NULL, PT_JSON_OBJECT);
	pt_json_put(&d, document, "schema", json_string("pooltrace-report-1"));
	pt_json_put(&d, document, "trace", trace(&d));
	pt_json_modes(&d, document);
	pt_json_put(&d, document, "diagnosis", diagnosis(&d));
	pt_json_put(&d, document, "totals", totals(&d));
	pt_json_pools(&d, document, to->top);
	pt_json_whole(&d, document);
	threads(&d, document);
	cpus(&d, document);
	matrix(&d, document, "freed_by", &r->freed_by, serial_of);
	matrix(&d, document, "stranded", &r->stranded, serial_of);
	matrix(&d, document, "stranded_cpus", &r->stranded_cpu, cpu_of);
	pt_json_sites(&d, document, to->top);
	pt_json_put(&d, document, "reasons", d.reasons);
	pt_json_end(&d, document);
	if (to->reports_nr == 1)
		fputc('\n', to->out);
	if (ferror(to->out))
		return -PT_EIO;
	return d.failed ? -PT_ENOMEM : 0;
}

static int begin(const struct pt_render *to)
{
	if (to->reports_nr > 1)
		fputs("{\n\"schema\": \"pooltrace-reports-1\",\n\"reports\": [\n", to->out);
	return ferror(to->out) ? -PT_EIO : 0;
}

static int end(const struct pt_render *to)
{
	if (to->reports_nr > 1)
		fputs("\n]\n}\n", to->out);
	return ferror(to->out) ? -PT_EIO : 0;
}

const struct pt_renderer pt_render_json = { "json", begin, report, end };
