// SPDX-License-Identifier: MIT
/*
 * fuzz_baseline.c - libFuzzer: any bytes, read as a baseline; what is one, is written and read again the same.
 *
 * Built and run for some seconds by fuzz.sh. Without libFuzzer's main (-DSEEDS) it writes the baseline to start from.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../analyzer/budget/baseline.h"
#include "../../format/error.h"

#ifdef SEEDS

/* A row of each scope and a phase, of three runs that differ. */
static void figure(struct pt_figures *f, struct pt_figures_row *rows, double scale)
{
	static struct pt_figure_frame frames[] = { { "take", "/src/pool.c", 7 }, { "main", "main.c", 9 } };
	size_t nr = 0;

	for (int scope = 0; scope < PT_SCOPE_NR; scope++) {
		bool site = scope == PT_SCOPE_SITE || scope == PT_SCOPE_POOL_SITE;

		for (int phase = 0; phase <= (scope <= PT_SCOPE_POOL); phase++) {
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

int main(int argc, char **argv)
{
	static struct pt_figures_row rows[3][PT_SCOPE_NR + 2];
	struct pt_baseline baseline;
	struct pt_figures runs[3];
	FILE *out;

	if (argc != 2)
		return 2;
	for (int i = 0; i < 3; i++)
		figure(&runs[i], rows[i], 1000.5 * (i + 1));
	out = fopen(argv[1], "w");
	if (!out || pt_baseline_make(runs, 3, &baseline) || pt_baseline_write(&baseline, out) || fclose(out)) {
		perror(argv[1]);
		return 1;
	}
	pt_baseline_fini(&baseline);
	return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_again(const void *data, size_t size, struct pt_baseline *out)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), rc;
	char error[PT_BASELINE_ERROR_BYTES] = "", path[64];
	unsigned int line, column;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = pt_baseline_read(path, out, error);
	close(fd);
	if (rc && (rc != -PT_EINVAL || sscanf(error, "%u:%u: ", &line, &column) != 2 || strpbrk(error, "\n\r\033")))
		abort();
	return rc;
}

static char *written(const struct pt_baseline *b, size_t *size)
{
	char *bytes = NULL;
	FILE *f = open_memstream(&bytes, size);

	if (!f || pt_baseline_write(b, f) || fclose(f))
		abort();
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pt_baseline first, second;

	if (!read_again(data, size, &first)) {
		size_t once_nr, twice_nr;
		char *once = written(&first, &once_nr), *twice;

		if (read_again(once, once_nr, &second))
			abort();
		twice = written(&second, &twice_nr);
		if (once_nr != twice_nr || memcmp(once, twice, once_nr) != 0)
			abort();
		free(once);
		free(twice);
		pt_baseline_fini(&second);
	}
	pt_baseline_fini(&first);
	return 0;
}

#endif
