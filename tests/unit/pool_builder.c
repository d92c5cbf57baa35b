// SPDX-License-Identifier: MIT
/*
 * pool_builder.c - annotated pools made by hand, in reports of report_builder.h.
 */
#include "pool_builder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 64u

static void *grown(void *old, size_t nr, size_t size)
{
	char *p = realloc(old, (nr + 1) * size);

	if (!p)
		abort();
	memset(p + nr * size, 0, size);
	return p;
}

static void series(struct pt_pool_series *s, bool pool)
{
	s->width_ns = 10 * RB_SECOND / STEPS;
	s->steps_nr = STEPS;
	s->idle_max_bytes = calloc(STEPS, sizeof(uint64_t));
	s->idle_end_bytes = calloc(STEPS, sizeof(uint64_t));
	if (pool) {
		s->in_use_max_bytes = calloc(STEPS, sizeof(uint64_t));
		s->in_use_end_bytes = calloc(STEPS, sizeof(uint64_t));
	}
	for (size_t i = 0; pool && i < STEPS; i++)
		s->in_use_max_bytes[i] = s->in_use_end_bytes[i] =
			9 * RB_MIB * (i < 32 ? i : 63 - i) / 32;
}

static void counts(struct pt_pool_row *row, uint64_t nr)
{
	row->gets = nr;
	row->puts = nr - 10;
	row->misses = nr / 200;
	row->hits = nr - row->misses;
	row->in_use_objects = 10;
	row->in_use_bytes = 40960;
	row->dead_hoard_objects = row->dead_hoard_bytes = 0;
}

struct pt_report_pool *pb_pool(struct pt_report *r, const char *name, size_t shards_nr)
{
	static const struct pt_pool_limits limits = PT_POOL_LIMITS_DEFAULT;
	struct pt_report_pool *p;
	struct pt_pool_detail *d = grown(NULL, 0, sizeof(*d));

	r->limits = limits;
	r->pools = grown(r->pools, r->pools_nr, sizeof(*r->pools));
	p = &r->pools[r->pools_nr++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	strcpy(p->source, "annotated");
	p->detail = d;
	p->peak_in_use_bytes = 9 * RB_MIB;
	p->peak_held_bytes = 10 * RB_MIB;
	p->peak_held_ns = 6 * RB_SECOND;
	p->blowup = 10.0 / 9;
	d->instances_nr = d->slots_nr = 1;
	d->object_bytes = 4096;
	d->one_size = true;
	d->peak_in_use_ns = 4 * RB_SECOND;
	d->hold_p999_ns = 3 * PB_MS;
	d->graph_retained_bytes = PT_UNKNOWN;
	d->graph_ns = PT_UNKNOWN;
	counts(&d->row, 1000000);
	d->row.peak_idle_bytes = RB_MIB;
	d->row.peak_held_bytes = p->peak_held_bytes;
	d->row.peak_in_use_bytes = p->peak_in_use_bytes;
	series(&d->occupancy, true);
	d->waterfall = (struct pt_pool_waterfall){ .held_bytes = 10 * RB_MIB,
						   .in_use_bytes = 9 * RB_MIB,
						   .time_bytes = RB_MIB,
						   .graph_bytes = INT64_MIN };
	d->row.idle_at_peak_bytes = RB_MIB;
	for (size_t i = 0; i < shards_nr; i++) {
		struct pt_pool_shard *s;

		d->shards = grown(d->shards, i, sizeof(*d->shards));
		s = &d->shards[i];
		s->number = (uint32_t)i;
		s->thread = UINT32_MAX;
		s->drift_bytes_per_s = 0;
		s->forecast_s = NAN;
		counts(&s->row, 1000000 / shards_nr);
		series(&s->occupancy, false);
		s->idle_age = grown(NULL, 0, sizeof(*s->idle_age));
	}
	d->shards_nr = shards_nr;
	d->shards[0].row.idle_at_peak_bytes = RB_MIB;
	for (uint32_t i = 0; i < 2; i++) {
		d->threads = grown(d->threads, i, sizeof(*d->threads));
		d->threads[i].thread = i;
		counts(&d->threads[i].row, 500000);
		d->cpus = grown(d->cpus, i, sizeof(*d->cpus));
		d->cpus[i].cpu = 3 + 4 * i;
		counts(&d->cpus[i].row, 500000);
	}
	d->threads_nr = d->cpus_nr = 2;
	return p;
}

void pb_idle(struct pt_report_pool *p, size_t i, uint64_t bytes)
{
	struct pt_pool_detail *d = p->detail;
	struct pt_pool_row *rows[] = { &d->row, &d->shards[i].row, &d->threads[i % 2].row,
				       &d->cpus[i % 2].row };

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		rows[k]->idle_bytes += bytes;
		rows[k]->idle_objects += bytes / 4096;
		rows[k]->idle_at_peak_bytes += bytes;
		rows[k]->peak_idle_bytes += bytes;
		rows[k]->hoard_byte_seconds += 4.0 * (double)bytes;
	}
	for (size_t k = 0; k < STEPS; k++) {
		uint64_t then = bytes * (k < 40 ? k : 40) / 40;

		if (k > 20 && (k + i) % 9 == 0)
			then /= 2;
		d->shards[i].occupancy.idle_max_bytes[k] += then;
		d->shards[i].occupancy.idle_end_bytes[k] += then;
		d->occupancy.idle_max_bytes[k] += then;
		d->occupancy.idle_end_bytes[k] += then;
	}
	d->shards[i].idle_age->bytes[21] += bytes;
	d->shards[i].idle_age->objects[21] += bytes / 4096;
	p->peak_held_bytes += bytes;
	p->blowup = (double)p->peak_held_bytes / (double)p->peak_in_use_bytes;
	d->waterfall.held_bytes += bytes;
	d->waterfall.sharding_bytes += (int64_t)bytes;
}

uint32_t pb_site(struct pt_report *r, const char *function, const char *file, uint32_t line)
{
	/* Made as a site of the allocator and moved. */
	uint32_t at = rb_site(r, function, file, line, 0, 0);

	r->pool_sites = grown(r->pool_sites, r->pool_sites_nr, sizeof(*r->pool_sites));
	r->pool_sites[r->pool_sites_nr] = r->sites[at];
	r->sites_nr--;
	return (uint32_t)r->pool_sites_nr++;
}

struct pt_pool_row *pb_row(struct pt_report_pool *p, uint32_t site)
{
	struct pt_pool_detail *d = p->detail;

	for (size_t i = 0; i < d->sites_nr; i++)
		if (d->sites[i].site == site)
			return &d->sites[i].row;
	d->sites = grown(d->sites, d->sites_nr, sizeof(*d->sites));
	d->sites[d->sites_nr].site = site;
	d->sites[d->sites_nr].row.peak_held_bytes = PT_UNKNOWN;
	return &d->sites[d->sites_nr++].row;
}

void pb_cell(struct pt_pool_matrix *m, uint32_t from, uint32_t to, uint64_t objects, uint64_t bytes)
{
	m->cells = grown(m->cells, m->cells_nr, sizeof(*m->cells));
	m->cells[m->cells_nr++] = (struct pt_pool_cell){ from, to, objects, bytes };
}

void pb_leak(struct pt_report_pool *p, const struct pt_pool_leak *leak)
{
	struct pt_pool_detail *d = p->detail;

	d->leaks = grown(d->leaks, d->leaks_nr, sizeof(*d->leaks));
	d->leaks[d->leaks_nr++] = *leak;
}

void pb_misuse(struct pt_report_pool *p, const struct pt_pool_misuse *misuse)
{
	struct pt_pool_detail *d = p->detail;

	d->misuse = grown(d->misuse, d->misuse_nr, sizeof(*d->misuse));
	d->misuse[d->misuse_nr++] = *misuse;
}

void pb_mark(struct pt_report *r, const char *name, uint64_t time_ns)
{
	r->marks = grown(r->marks, r->marks_nr, sizeof(*r->marks));
	r->marks[r->marks_nr++] = (struct pt_report_mark){ strdup(name), time_ns, 9 * RB_MIB,
							   2 * RB_MIB, 100 * RB_MIB };
}

static void trading_pool(struct pt_report *r)
{
	struct pt_report_pool *p = pb_pool(r, "msgbuf", 32);
	struct pt_pool_detail *d = p->detail;
	uint32_t get = pb_site(r, "recv_message", "/src/feed.c", 88),
		 put = pb_site(r, "release_message", "/src/book.c", 140);

	p->peak_in_use_bytes = 509 * RB_MIB;
	d->waterfall.in_use_bytes = 500 * RB_MIB;
	d->waterfall.held_bytes = 560 * RB_MIB;
	d->waterfall.time_bytes = 57 * RB_MIB + 12345;
	d->waterfall.ratchet_bytes = 3 * RB_MIB - 12345;
	p->peak_held_bytes = 560 * RB_MIB;
	d->row.idle_at_peak_bytes = 60 * RB_MIB;
	for (size_t i = 0; i < 32; i++)
		pb_idle(p, i, (190 + (i * 7) % 90) * RB_MIB);
	snprintf(d->shards[7].name, sizeof(d->shards[7].name), "rx-eth1");
	d->shards[7].drift_bytes_per_s = 1.3 * 1024 * 1024;
	d->shards[7].forecast_s = 781;
	d->row.misses = 12345;
	d->row.stranded_misses = 8764;
	d->row.stranded_bytes = 8764ull * 4096;
	d->row.ambiguous_misses = 380;
	pb_cell(&d->stranded, 3, 7, 4000, 4000ull * 4096);
	pb_cell(&d->stranded, 12, 7, 3000, 3000ull * 4096);
	pb_cell(&d->stranded, 9, 31, 1764, 1764ull * 4096);
	pb_cell(&d->flow, 3, 3, 600000, 600000ull * 4096);
	pb_cell(&d->flow, 3, 7, 300000, 300000ull * 4096);
	pb_cell(&d->flow, 12, 9, 100000, 100000ull * 4096);
	*pb_row(p, get) = (struct pt_pool_row){
		.gets = 1000000, .misses = 12345, .in_use_bytes = 40960, .in_use_objects = 10
	};
	*pb_row(p, put) = (struct pt_pool_row){ .puts = 999990,
						.idle_bytes = d->row.idle_bytes,
						.idle_objects = d->row.idle_objects };
}

static void broken_pool(struct pt_report *r)
{
	struct pt_report_pool *p = pb_pool(r, "apr:allocator", 2);
	struct pt_pool_detail *d = p->detail;
	uint32_t get = pb_site(r, "open_session", "/src/session.c", 31),
		 put = pb_site(r, "close_session", "/src/session.c", 77),
		 purge = pb_site(r, "reap_idle", "/src/reaper.c", 19);

	strcpy(p->source, "apr");
	d->object_bytes = 0;
	d->one_size = false;
	d->slots_nr = 2;
	d->instances_nr = 9;
	d->shards[1].slot = 1;
	d->shards[1].thread = 1;
	d->shards[1].number = UINT32_MAX;
	pb_idle(p, 1, 5 * RB_MIB);
	d->row.dead_hoard_bytes = d->shards[1].row.dead_hoard_bytes = 4 * RB_MIB;
	d->row.dead_hoard_objects = d->shards[1].row.dead_hoard_objects = 1024;
	d->row.purged = 9000;
	d->row.drops = 20;
	d->row.regretted_drops = 8000;
	d->row.regretted_bytes = 8000ull * 4096;
	d->row.useful_drops = 1020;
	d->row.ratchet_bytes = 12345;
	d->stray_drops = 3;
	*pb_row(p, purge) = (struct pt_pool_row){ .purged = 9000,
						  .regretted_drops = 8000,
						  .regretted_bytes = 8000ull * 4096,
						  .useful_drops = 1000 };
	pb_leak(p, &(struct pt_pool_leak){ get, 1, 3, 12288, 8 * RB_SECOND, 3, 2, 0 });
	pb_leak(p, &(struct pt_pool_leak){ put, 0, 1, 100, RB_SECOND, 0, 0, 1 });
	pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_PUT_OF_IDLE, true, put, put, 0, 1, 7,
					       0x7f0011223340, 2 * RB_SECOND });
	pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_PUT_OF_FOREIGN, false, put, 0, 1, 0, 1,
					       0x7f0011223380, 3 * RB_SECOND });
	pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_GET_OF_IN_USE, true, get, get, 1, 0, 1,
					       0x7f00112233c0, 4 * RB_SECOND });
}

void pb_trading(struct pt_report *r)
{
	rb_quiet(r, 4);
	trading_pool(r);
	pb_pool(r, "ring", 1);
	broken_pool(r);
	pb_mark(r, "load done", 2 * RB_SECOND);
	pb_mark(r, "burst", 7 * RB_SECOND);
	r->pauses_nr = 2;
	r->paused_ns = 30 * PB_MS;
	r->layers = grown(NULL, 0, sizeof(*r->layers));
	*r->layers = (struct pt_report_layers){ 512 * RB_MIB, 7400 * RB_MIB, 5 * RB_MIB,
						30 * RB_MIB, PT_UNKNOWN };
}
