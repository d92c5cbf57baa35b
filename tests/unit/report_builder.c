// SPDX-License-Identifier: MIT
/*
 * report_builder.c - reports made by hand, for tests of what reads them.
 */
#include "report_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const causes[] = { "size limit", "disk", "memory", "nested" };

static void *grown(void *old, size_t nr, size_t size)
{
	char *p = realloc(old, (nr + 1) * size);

	if (!p)
		abort();
	memset(p + nr * size, 0, size);
	return p;
}

/* Texts of frames, which no report owns: kept until the test ends. */
static struct kept {
	struct kept *next;
	char text[];
} *kept;

const char *rb_text(const char *text)
{
	struct kept *k = text ? malloc(sizeof(*k) + strlen(text) + 1) : NULL;

	if (!text)
		return NULL;
	if (!k)
		abort();
	strcpy(k->text, text);
	k->next = kept;
	kept = k;
	return k->text;
}

void rb_quiet(struct pt_report *r, size_t threads_nr)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->trace_path, "traces/app.1234.ptrace");
	strcpy(r->program, "/usr/bin/app");
	r->pid = 1234;
	for (size_t i = 0; i < threads_nr; i++) {
		struct pt_tally *t;

		r->threads = grown(r->threads, i, sizeof(*r->threads));
		r->threads[i].serial = i + 1;
		r->threads[i].tid = (uint32_t)(1234 + i);
		snprintf(r->threads[i].name, sizeof(r->threads[i].name), i ? "worker-%zu" : "main",
			 i);
		t = &r->threads[i].tally;
		t->allocations = 1000;
		t->frees = 990;
		t->allocated_bytes = RB_MIB;
		t->in_use_objects = 10;
		t->in_use_bytes = 10240;
	}
	r->threads_nr = threads_nr;
	for (size_t i = 0; i < 2; i++) {
		r->cpus = grown(r->cpus, i, sizeof(*r->cpus));
		r->cpus[i].cpu = (uint32_t)(3 + 4 * i); /* CPUs 3 and 7 */
	}
	r->cpus_nr = 2;
	r->pools = grown(NULL, 0, sizeof(*r->pools));
	r->pools_nr = 1;
	strcpy(r->pools[0].name, "malloc");
	strcpy(r->pools[0].source, "allocator");
	r->pools[0].blowup = 1.05;
	r->totals.allocations = 1000 * threads_nr;
	r->totals.frees = 990 * threads_nr;
	r->totals.allocated_bytes = RB_MIB * threads_nr;
	r->totals.peak_in_use_bytes = 10 * RB_MIB;
	r->totals.peak_in_use_ns = 4 * RB_SECOND;
	r->totals.peak_held_bytes = 10 * RB_MIB + RB_MIB / 2;
	r->totals.peak_held_ns = 5 * RB_SECOND;
	r->totals.in_use_at_end_bytes = 10240 * threads_nr;
	r->totals.in_use_at_end_objects = 10 * threads_nr;
	r->totals.fresh_allocations = 100;
	r->totals.blowup = 1.05;
	r->totals.duration_ns = 10 * RB_SECOND;
	r->totals.rss =
		(struct pt_report_rss){ 5, 20 * RB_MIB, 15 * RB_MIB, 18 * RB_MIB, 13 * RB_MIB, 0, true };
	r->file.events_nr = 1990 * threads_nr;
	r->file.stack_depth = 64;
	r->file.file_bytes = 1 << 20;
	r->file.used_bytes = 1 << 16;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		r->file.losses = grown(r->file.losses, i, sizeof(*r->file.losses));
		r->file.losses[i].cause = causes[i];
	}
	r->file.losses_nr = sizeof(causes) / sizeof(causes[0]);
}

void rb_idle(struct pt_report *r, size_t i, uint64_t bytes, uint64_t age_us)
{
	struct pt_tally *t = &r->threads[i].tally;
	unsigned int k = 0;

	while (k + 1 < PT_AGE_BUCKETS && age_us >> (k + 1))
		k++;
	t->idle_bytes += bytes;
	t->idle_objects += bytes / 4096;
	t->peak_idle_bytes = t->idle_bytes;
	if (!t->idle_age)
		t->idle_age = grown(NULL, 0, sizeof(*t->idle_age));
	t->idle_age->bytes[k] += bytes;
	t->idle_age->objects[k] += bytes / 4096;
	t->idle_at_peak_bytes += bytes;
	r->cpus[i % 2].tally.idle_bytes += bytes;
	r->totals.idle_at_end_bytes += bytes;
	r->totals.idle_at_end_objects += bytes / 4096;
	r->totals.idle_at_peak_bytes += bytes;
	r->totals.idle_resident_at_most_bytes = r->totals.idle_at_end_bytes;
	r->totals.peak_held_bytes += bytes;
	r->totals.blowup = (double)r->totals.peak_held_bytes / (double)r->totals.peak_in_use_bytes;
	r->totals.hoard_byte_seconds += (double)bytes * (double)age_us / 1e6;
}

static void add_frame(struct pt_report_site *site, const char *function, const char *file,
		      uint32_t line, const char *module)
{
	struct pt_report_frame *f;

	site->frames = grown(site->frames, site->frames_nr, sizeof(*site->frames));
	f = &site->frames[site->frames_nr++];
	f->function = rb_text(function);
	f->file = rb_text(file);
	f->module = rb_text(module);
	f->line = line;
	f->offset_bytes = 0x1000 + site->frames_nr;
}

uint32_t rb_site(struct pt_report *r, const char *function, const char *file, uint32_t line,
		 uint64_t idle_bytes, uint64_t in_use_bytes)
{
	struct pt_report_site *site;

	r->sites = grown(r->sites, r->sites_nr, sizeof(*r->sites));
	site = &r->sites[r->sites_nr];
	site->stack = (uint32_t)r->sites_nr + 1;
	site->tally.allocations = 100;
	site->tally.allocated_bytes = idle_bytes + in_use_bytes;
	site->tally.idle_bytes = idle_bytes;
	site->tally.idle_objects = idle_bytes / 4096;
	site->tally.in_use_bytes = in_use_bytes;
	site->tally.peak_idle_bytes = idle_bytes;
	site->tally.hoard_byte_seconds = (double)idle_bytes * 2;
	add_frame(site, "operator new(unsigned long)", NULL, 0, "/usr/lib/libstdc++.so.6");
	add_frame(site, function, file, line, "/usr/bin/app");
	add_frame(site, "main", "/src/main.c", 10, "/usr/bin/app");
	return (uint32_t)r->sites_nr++;
}

void rb_cell(struct pt_report_matrix *m, uint32_t from, uint32_t to, uint64_t objects,
	     uint64_t bytes)
{
	m->cells = grown(m->cells, m->cells_nr, sizeof(*m->cells));
	m->cells[m->cells_nr++] = (struct pt_report_cell){ from, to, objects, bytes };
}

void rb_hoard(struct pt_report *r)
{
	static const char *const names[] = { "main", "hoarder", "producer", "consumer", "starved" };
	uint32_t parse;

	rb_quiet(r, 5);
	for (size_t i = 0; i < 5; i++)
		strcpy(r->threads[i].name, names[i]);
	rb_idle(r, 1, 64 * RB_MIB, 5000000);
	rb_idle(r, 3, 2 * RB_MIB, 300);
	parse = rb_site(r, "parse_message", "/src/parser.c", 120, 64 * RB_MIB, 0);
	rb_site(r, "produce(std::vector<std::string, std::allocator<std::string> >&)",
		"/src/flow.cc", 42, 2 * RB_MIB, 51200);
	rb_cell(&r->idle_sites, parse, 1, 16384, 64 * RB_MIB);
	rb_cell(&r->idle_sites, parse + 1, 3, 512, 2 * RB_MIB);
	r->threads[2].tally.allocated_bytes = 1024 * RB_MIB;
	r->threads[2].tally.freed_by_others_bytes = 1000 * RB_MIB;
	rb_cell(&r->freed_by, 2, 3, 250000, 1000 * RB_MIB);
	rb_cell(&r->freed_by, 0, 0, 990, RB_MIB);
	r->threads[4].tally.stranded_misses = 4096;
	r->threads[4].tally.stranded_bytes = 16 * RB_MIB;
	r->totals.stranded_misses = 4096;
	r->totals.fresh_allocations = 8192;
	rb_cell(&r->stranded, 4, 1, 4096, 16 * RB_MIB);
	rb_cell(&r->stranded_cpu, 0, 1, 10, 40960);
}
