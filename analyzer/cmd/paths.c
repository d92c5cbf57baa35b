// SPDX-License-Identifier: MIT
/*
 * paths.c - operands of a command to trace files.
 */
#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

static int add(struct pt_paths *p, char *name)
{
	char **names = name ? realloc(p->names, (p->names_nr + 1) * sizeof(*names)) : NULL;

	if (!names) {
		free(name);
		return pt_fail(NULL, "no memory for the list of traces");
	}
	p->names = names;
	names[p->names_nr++] = name;
	return PT_EXIT_OK;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return length > tail && !strcmp(name + length - tail, suffix);
}

static int is_trace(const struct dirent *entry)
{
	return ends_in(entry->d_name, PT_PATHS_TRACE) || ends_in(entry->d_name, PT_PATHS_PACKED);
}

/* Packed, and the trace itself is there too: it is not told twice. */
static bool is_told_already(const char *name)
{
	char *trace = ends_in(name, PT_PATHS_PACKED) ? strndup(name, strlen(name) - 1) : NULL;
	bool told = trace && access(trace, F_OK) == 0;

	free(trace);
	return told;
}

static int add_folder(struct pt_paths *p, const char *folder)
{
	struct dirent **entries;
	int entries_nr = scandir(folder, &entries, is_trace, alphasort);
	int status = PT_EXIT_OK;

	if (entries_nr < 0)
		return pt_fail(folder, "cannot read the folder (%s)", strerror(errno));
	if (!entries_nr)
		status = pt_fail(folder, "no *" PT_PATHS_TRACE
					 " in this folder; name the traces, or record one: "
					 "pooltrace record -- CMD");
	for (int i = 0; i < entries_nr; i++) {
		char *name = NULL;

		if (status == PT_EXIT_OK) {
			if (asprintf(&name, "%s/%s", folder, entries[i]->d_name) < 0)
				name = NULL;
			if (name && is_told_already(name))
				free(name);
			else
				status = add(p, name);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

int pt_paths_expand(char **operands, int operands_nr, struct pt_paths *out)
{
	int status = PT_EXIT_OK;

	memset(out, 0, sizeof(*out));
	if (operands_nr <= 0)
		return pt_fail(NULL,
			       "no trace named; name one or more traces, or a folder of them");
	for (int i = 0; i < operands_nr && status == PT_EXIT_OK; i++) {
		struct stat st;
		char *folder;

		if (stat(operands[i], &st) != 0 || !S_ISDIR(st.st_mode)) {
			status = add(out, strdup(operands[i]));
			continue;
		}
		folder = strdup(operands[i]);
		for (size_t n = folder ? strlen(folder) : 0; n > 1 && folder[n - 1] == '/'; n--)
			folder[n - 1] = '\0';
		status = folder ? add_folder(out, folder) : pt_fail(NULL, "no memory");
		free(folder);
	}
	if (status != PT_EXIT_OK)
		pt_paths_fini(out);
	return status;
}

void pt_paths_fini(struct pt_paths *p)
{
	for (size_t i = 0; i < p->names_nr; i++)
		free(p->names[i]);
	free(p->names);
	memset(p, 0, sizeof(*p));
}
