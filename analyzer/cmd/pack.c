// SPDX-License-Identifier: MIT
/* pack.c - pooltrace pack: a trace in a fraction of its bytes, which every command still reads. */
#include <getopt.h>

#include "cmd.h"
#include "packing.h"

enum { OPTION_LEVEL = PT_OPTION_LONG, OPTION_RM };

static const struct pt_option options[] = {
	{ 'o', "output", "FILE", "the packed file (default: TRACE with a z behind)" },
	{ OPTION_LEVEL, "level", "N", "how hard zstd tries, 1 to 19 (default: 3)" },
	{ OPTION_RM, "rm", NULL,
	  "remove the trace, once the packed file was read\n"
	  "back and compared" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "pack [OPTION]... TRACE|FOLDER...",
	.about =
		"Packs traces to keep or to send: every command reads the packed file as it is,\n"
		"and `pooltrace unpack` gives back the same bytes. A folder stands for all\n"
		"*.ptrace in it. A trace that is still being written is packed up to now, a torn\n"
		"one as it is.\n",
	.options = options,
	.examples = "  pooltrace pack server.ptrace && pooltrace report server.ptracez\n"
		    "  pooltrace pack --rm --level 19 traces/\n",
};

int cmd_pack(int argc, char **argv)
{
	struct pt_packing_job job = { .level = PT_PACK_LEVEL };
	int letter;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		switch (letter) {
		case 'o':
			job.output = optarg;
			break;
		case OPTION_LEVEL:
			job.level = (int)pt_number("level", optarg, PT_PACK_LEVEL_MAX);
			if (!job.level)
				return pt_fail(NULL, "--level: 0 is no level; they are 1 to %d", PT_PACK_LEVEL_MAX);
			break;
		default:
			job.remove = true;
		}
	}
	return pt_packing_run(&job, argv + optind, argc - optind);
}
