// SPDX-License-Identifier: MIT
/*
 * baseline.c - pooltrace baseline: what runs looked like, as a file to commit.
 */
#include <getopt.h>
#include <string.h>

#include "../../format/error.h"
#include "../budget/baseline.h"
#include "cmd.h"
#include "figured.h"
#include "outfile.h"

static const struct pt_option options[] = {
	{ 'o', "output", "FILE",
	  "write into FILE, which is replaced when all traces\n"
	  "have been read (default: standard output)" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "baseline [OPTION]... TRACE|FOLDER...",
	.about =
		"Writes what runs of a program looked like: every metric of the process, its\n"
		"pools, threads and the call sites that matter, with how far the runs scatter.\n"
		"The file is small and sorted, the same for the same traces: commit it. From ten\n"
		"runs `pooltrace check` tells growth from noise; from one it cannot. Traces of\n"
		"several programs may be mixed; a folder stands for all *.ptrace in it.\n",
	.options = options,
	.examples =
		"  pooltrace record --runs 10 -o 'base.%r.ptrace' -- ./app --load test\n"
		"  pooltrace baseline base.*.ptrace -o pooltrace-baseline.json\n"
		"        On the main branch, when the numbers have changed for a good reason.\n"
		"  pooltrace check --baseline pooltrace-baseline.json new.ptrace\n",
};

static int write_baseline(const struct pt_baseline *b, const char *output)
{
	struct pt_outfile out;
	int rc;

	if (pt_outfile_open(&out, output, PT_OUTFILE_REPLACE) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	rc = pt_baseline_write(b, out.stream);
	if (rc == -PT_ENOMEM)
		pt_fail(NULL, "not enough memory");
	return pt_outfile_close(&out, rc != -PT_ENOMEM);
}

int cmd_baseline(int argc, char **argv)
{
	const char *output = NULL;
	struct pt_baseline baseline;
	struct pt_figured figured;
	struct pt_paths paths;
	int status, letter;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1)
		output = optarg;
	status = pt_paths_expand(argv + optind, argc - optind, &paths);
	if (status != PT_EXIT_OK)
		return status;
	status = pt_figured_read_all(&paths, &figured);
	if (status == PT_EXIT_OK) {
		if (pt_baseline_make(figured.runs, figured.runs_nr, &baseline) == 0)
			status = write_baseline(&baseline, output);
		else
			status = pt_fail(NULL, "not enough memory");
		pt_baseline_fini(&baseline);
	}
	pt_figured_fini(&figured);
	pt_paths_fini(&paths);
	return status;
}
