// SPDX-License-Identifier: MIT
/*
 * graph_sample.c - see graph_sample.h.
 */
#include "graph_sample.h"

#include <stdio.h>
#include <string.h>

static char function_put[] = "drop", function_new[] = "new;\"session\\", function_main[] = "main";
static char file_put[] = "/src/pool.c", file_new[] = "/src/session.c", file_main[] = "/src/main.c";

static void fill_tables(struct world *w)
{
	struct pt_graph_label idle = { 0, true, 0 }, session = { NONE, false, 1 }, other = { NONE, false, 2 };

	w->frames[0] = (struct pt_report_frame){ .function = function_put, .file = file_put, .line = 88 };
	w->frames[1] = (struct pt_report_frame){ .function = function_new, .file = file_new, .line = 12 };
	w->frames[2] = (struct pt_report_frame){ .function = function_main, .file = file_main, .line = 7 };
	for (int i = 0; i < 3; i++)
		w->sites[i].site = (struct pt_report_site){ .frames = &w->frames[i], .frames_nr = 1 };
	w->pools[0] = (struct pt_graph_pool){ .name = "conn", .idle_objects = 800, .idle_bytes = 51200,
					      .graph_retained_bytes = 1200 * MIB,
					      .graph_retained_objects = 800, .site = NONE };
	w->pools[1] = (struct pt_graph_pool){ .name = "msg", .site = NONE };
	w->fields[0] = (struct pt_graph_field){ .pool = 0, .offset_bytes = 0x28,
						.retained_bytes = 1200 * MIB, .retained_objects = 800,
						.objects = 800, .site = 1, .put_site = 0,
						.put_objects = 790 };
	w->fields[1] = (struct pt_graph_field){ .pool = 0, .offset_bytes = 8, .objects = 3, .site = NONE,
						.put_site = NONE };
	w->idle[0] = (struct pt_graph_idle){ 0x7f0000001000, 64, 2 * MIB, 0, 3, 0, 5000000000 };
	w->leaks[0] = (struct pt_graph_leak){ 2, 4, 4096, 1, 0x7f0000abc000 };
	w->rows[0] = (struct pt_graph_row){ .parent = NONE, .label = idle, .objects = 800,
					    .shallow_bytes = 51200, .retained_bytes = 51200 + 1200 * MIB };
	w->rows[1] = (struct pt_graph_row){ .parent = 0, .depth = 1, .label = session, .objects = 800,
					    .shallow_bytes = 1000 * MIB, .retained_bytes = 1200 * MIB };
	w->rows[2] = (struct pt_graph_row){ .parent = 1, .depth = 2, .rest = true, .objects = 9,
					    .shallow_bytes = 200 * MIB, .retained_bytes = 200 * MIB };
	w->rows[3] = (struct pt_graph_row){ .parent = NONE, .label = other, .objects = 1,
					    .shallow_bytes = 300, .retained_bytes = 400 };
	w->rows[4] = (struct pt_graph_row){ .parent = 3, .depth = 1, .label = session, .objects = 1,
					    .shallow_bytes = 100, .retained_bytes = 100 };
}

void fill(struct world *w)
{
	memset(w, 0, sizeof(*w));
	fill_tables(w);
	w->snapshots[0] = (struct pt_graph_snapshot){
		.number = 2, .whole = true, .registers_asked = true, .threads_nr = 3, .nodes = 1611, .edges = 1612,
		.reachable_bytes = 1200 * MIB + 51600, .reachable_objects = 1611, .unreachable_bytes = 4096,
		.unreachable_objects = 4, .idle_bytes = 51200, .idle_retained_bytes = 1200 * MIB,
		.idle_retained_objects = 809,
		.pools = w->pools, .pools_nr = 2, .fields = w->fields, .fields_nr = 2, .idle = w->idle,
		.idle_nr = 1, .leaks = w->leaks, .leaks_nr = 1, .rows = w->rows, .rows_nr = 5,
		.sites = w->sites, .sites_nr = 3,
	};
	w->r.snapshots = w->snapshots;
	w->r.snapshots_nr = 1;
	w->r.begun = w->r.done = 2;
	snprintf(w->r.program, sizeof(w->r.program), "server");
}
