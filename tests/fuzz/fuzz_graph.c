// SPDX-License-Identifier: MIT
/*
 * fuzz_graph.c - libFuzzer: any bytes, read as a trace with snapshots, through the graph into every format.
 *
 * Also asked: the path to some address of the last one, and the differences to itself.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../analyzer/cmd/frames.h"
#include "../../analyzer/passes/graph.h"
#include "../../analyzer/render/graph.h"
#include "fuzz.h"

static void render(const struct pt_graph_report *r)
{
	static int (*const formats[])(const struct pt_render *, const struct pt_graph_report *) = {
		pt_graph_text, pt_graph_json, pt_graph_folded, pt_graph_dot, pt_graph_nodes,
	};
	struct pt_render to = { .out = fuzz_null(), .width = 80, .utf8 = true, .top = 10 };

	if (!r->snapshots_nr)
		return; /* the command says so instead */
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		formats[i](&to, r);
	to.top = 0;
	pt_graph_json(&to, r);
	if (r->snapshots[0].whole)
		pt_graph_text_diff(&to, r, r);
}

static void analyse(const char *path, struct pt_symbols *symbols, const struct pt_graph_ask *ask, uint64_t *addr)
{
	struct pt_graph_report r;
	struct pt_trace *t;

	if (pt_trace_open(&t, path))
		return;
	if (!pt_graph_analyse(t, ask, NULL, NULL, &r)) {
		if (pt_frames_fill_graph(symbols, t, &r))
			abort();
		render(&r);
		for (size_t i = 0; i < r.snapshots_nr; i++) {
			if (r.snapshots[i].rows_nr)
				*addr = r.snapshots[i].rows[r.snapshots[i].rows_nr / 2].largest_addr;
		}
		pt_graph_report_fini(&r);
	}
	pt_trace_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pt_graph_ask ask = { .all = true };
	char path[FUZZ_PATH_BYTES];
	int fd = fuzz_file(data, size, path);
	struct pt_symbols *symbols = fuzz_symbols();
	uint64_t addr = 0;

	analyse(path, symbols, &ask, &addr);
	ask = (struct pt_graph_ask){ .path = true, .path_addr = addr, .nodes = true };
	analyse(path, symbols, &ask, &addr);
	close(fd);
	return 0;
}
