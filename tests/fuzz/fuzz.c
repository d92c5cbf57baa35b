// SPDX-License-Identifier: MIT
/* fuzz.c - see fuzz.h. */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../analyzer/result/figures.h"
#include "../../analyzer/symbols/symbols.h"

void fuzz_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, what);
	abort();
}

int fuzz_file(const uint8_t *data, size_t size, char path[FUZZ_PATH_BYTES])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, FUZZ_PATH_BYTES, "/proc/self/fd/%d", fd);
	return fd;
}

FILE *fuzz_null(void)
{
	static FILE *null;

	if (!null)
		null = fopen("/dev/null", "we");
	if (!null)
		abort();
	return null;
}

struct pt_symbols *fuzz_symbols(void)
{
	static struct pt_symbols *symbols;
	static unsigned int used;

	if (symbols && used++ < 500)
		return symbols;
	pt_symbols_fini(symbols);
	used = 0;
	if (pt_symbols_init(&symbols) || pt_symbols_set_debug_root(symbols, "/nonexistent"))
		abort();
	return symbols;
}

void fuzz_figures(struct pt_figures *f, struct pt_figures_row *rows, double scale, int phases)
{
	static struct pt_figure_frame frames[] = { { "take", "/src/pool.c", 7 }, { "main", "main.c", 9 } };
	size_t nr = 0;

	for (int scope = 0; scope < PT_SCOPE_NR; scope++) {
		bool site = scope == PT_SCOPE_SITE || scope == PT_SCOPE_POOL_SITE;

		for (int phase = 0; phase <= (phases && scope <= PT_SCOPE_POOL); phase++) {
			struct pt_figures_row *row = &rows[nr++];

			*row = (struct pt_figures_row){ .scope = (enum pt_scope)scope, .frames = site ? frames : NULL,
							.frames_nr = site ? 2 : 0, .from = phase ? "start" : NULL,
							.to = phase ? "end" : NULL };
			if (scope == PT_SCOPE_POOL || scope >= PT_SCOPE_POOL_THREAD)
				row->pool = "msgbuf";
			if (scope >= PT_SCOPE_THREAD)
				row->name = site ? "take (pool.c) < main (main.c)" : scope == PT_SCOPE_CPU ? "3" : "worker-*";
			for (int i = 0; i < PT_METRIC_NR; i++)
				row->values[i] = pt_metrics[i].scopes & PT_SCOPE_BIT(scope) ? i * scale : NAN;
		}
	}
	*f = (struct pt_figures){ .program = "app", .trace = "app.ptrace", .rows = rows, .rows_nr = nr };
}
_Static_assert(PT_SCOPE_NR + 2 <= FUZZ_ROWS_MAX, "a row of each scope, and phases of two");
