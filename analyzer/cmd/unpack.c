// SPDX-License-Identifier: MIT
/* unpack.c - pooltrace unpack: the trace that was packed, byte for byte. */
#include <getopt.h>

#include "cmd.h"
#include "packing.h"

enum { OPTION_RM = PT_OPTION_LONG };

static const struct pt_option options[] = {
	{ 'o', "output", "FILE", "the trace (default: PACKED without its last z)" },
	{ OPTION_RM, "rm", NULL,
	  "remove the packed file, once the trace was read\n"
	  "back and compared" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "unpack [OPTION]... PACKED|FOLDER...",
	.about =
		"The trace in a packed file, byte for byte as `pooltrace pack` found it, up to\n"
		"the last byte that was used. Not needed to read it: every command takes packed\n"
		"files too. A folder stands for all *.ptracez in it.\n",
	.options = options,
	.examples = "  pooltrace unpack server.ptracez\n"
		    "  pooltrace unpack -o /tmp/server.ptrace server.ptracez\n",
};

int cmd_unpack(int argc, char **argv)
{
	struct pt_packing_job job = { .unpack = true };
	int letter;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		if (letter == 'o')
			job.output = optarg;
		else
			job.remove = true;
	}
	return pt_packing_run(&job, argv + optind, argc - optind);
}
