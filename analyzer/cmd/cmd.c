// SPDX-License-Identifier: MIT
/*
 * cmd.c - the table of commands.
 */
#include "cmd.h"

const struct pt_cmd pt_cmds[] = {
	{ "record", cmd_record, "run a program and record its heap events" },
	{ "report", cmd_report, "who hoards: threads, CPUs, pools, call sites" },
	{ "check", cmd_check, "compare traces with budgets and a baseline" },
	{ "baseline", cmd_baseline, "what runs looked like, as a file to commit" },
	{ "diff", cmd_diff, "what changed from one trace to another" },
	{ "graph", cmd_graph, "what idle objects keep alive, from the snapshots of a trace" },
	{ "snapshot", cmd_snapshot, "ask a running process for a snapshot" },
	{ "control", cmd_control, "pause, resume and switch the recording of a running process" },
	{ "info", cmd_info, "what is in a trace, whole or torn, and what was lost" },
	{ "dump", cmd_dump, "the events of a trace, one a line" },
	{ "pack", cmd_pack, "make traces small; every command reads them as they are" },
	{ "unpack", cmd_unpack, "the trace in a packed file, byte for byte" },
	{ "help", cmd_help, "how to use pooltrace, or one of its commands" },
	{ "version", cmd_version, "the version of pooltrace" },
	{ NULL, NULL, NULL },
};
