/* SPDX-License-Identifier: MIT */
/* info.c - pooltrace info: what is in a trace, whether it is whole, what was lost. */
#include <getopt.h>
#include <stdio.h>

#include "../../format/error.h"
#include "cmd.h"
#include "paths.h"
#include "summary.h"

enum { OPTION_JSON = PT_OPTION_LONG };

static const struct pt_option options[] = {
	{ OPTION_JSON, "json", NULL,
	  "write JSON: an object, or an array of them for\n"
	  "several traces" },
	{ 'a', "all", NULL, "every thread and every module, not the first 20" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "info [OPTION]... TRACE|FOLDER...",
	.about =
		"Says what is in a trace: the program, whether the file is whole or torn, how\n"
		"many events of which kind, what was lost and why, threads, and modules with\n"
		"build-id. A torn trace is no error: what can be read is counted. A folder\n"
		"stands for all *.ptrace in it. A trace that is still being written is read up\n"
		"to now.\n",
	.options = options,
	.examples = "  pooltrace info server.ptrace\n"
		    "  pooltrace info --json server.ptrace | jq .whole\n",
};

/* Appends the trace to *array. */
static int collect(const struct pt_summary *s, json_t **array)
{
	json_t *object = pt_summary_json(s);

	if (!*array)
		*array = json_array();
	return json_array_append_new(*array, object) ? -PT_ENOMEM : 0;
}

static void show_json(json_t *array, size_t wanted)
{
	json_t *document = wanted == 1 && array ? json_array_get(array, 0) : array;

	if (document && !json_dumpf(document, stdout, JSON_INDENT(2)))
		fputc('\n', stdout);
	json_decref(array);
}

int cmd_info(int argc, char **argv)
{
	bool as_json = false, all = false;
	struct pt_summary s;
	struct pt_paths paths;
	json_t *array = NULL;
	int letter, status;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		as_json |= letter == OPTION_JSON;
		all |= letter == 'a';
	}
	status = pt_paths_expand(argv + optind, argc - optind, &paths);
	if (status != PT_EXIT_OK)
		return status;
	for (size_t i = 0; i < paths.names_nr; i++) {
		int err = pt_summary_read(&s, paths.names[i]);

		if (err) {
			status = pt_fail_trace(paths.names[i], err);
			continue;
		}
		if (!as_json && i)
			fputc('\n', stdout);
		err = as_json ? collect(&s, &array) : pt_summary_print(&s, all);
		pt_summary_fini(&s);
		if (err)
			status = pt_fail_trace(paths.names[i], err);
	}
	if (as_json)
		show_json(array, paths.names_nr);
	pt_paths_fini(&paths);
	return pt_flush() == PT_EXIT_OK ? status : PT_EXIT_ERROR;
}
