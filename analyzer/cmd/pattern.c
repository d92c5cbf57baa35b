// SPDX-License-Identifier: MIT
/*
 * pattern.c - where traces go: -o of pooltrace record as a name for the recorder.
 */
#include "pattern.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#define PATTERN_BYTES_MAX 512u /* what the recorder takes; it would use its default for anything else */
#define RUN_BYTES	  8u   /* for "." and a number */
#define TRACE_SUFFIX	  ".ptrace"

/* `%` of a folder's own name, for a pattern. */
static char *escape(const char *folder)
{
	char *out = malloc(2 * strlen(folder) + 1), *p = out;

	for (; out && *folder; folder++) {
		if (*folder == '%')
			*p++ = '%';
		*p++ = *folder;
	}
	if (out)
		*p = '\0';
	return out;
}

static int make(const char *output, unsigned int runs_nr, char **out)
{
	char here[PATH_MAX], *folder = NULL;
	bool is_folder = false;
	const char *name = output ? output : PT_PATTERN_DEFAULT;
	struct stat st;

	if (output && output[0])
		is_folder = output[strlen(output) - 1] == '/' ||
			    (stat(output, &st) == 0 && S_ISDIR(st.st_mode));
	if (name[0] != '/') {
		if (!getcwd(here, sizeof(here)))
			return pt_fail(NULL,
				       "the working directory cannot be told (%s); use -o /FOLDER/",
				       strerror(errno));
		folder = escape(here);
	}
	if ((name[0] != '/' && !folder) ||
	    asprintf(out, "%s%s%s%s%s", folder ? folder : "", folder ? "/" : "", name,
		     is_folder && name[strlen(name) - 1] != '/' ? "/" : "",
		     is_folder ? PT_PATTERN_DEFAULT : "") < 0) {
		free(folder);
		*out = NULL;
		return pt_fail(NULL, "not enough memory");
	}
	free(folder);
	if (strlen(*out) + (runs_nr > 1 ? RUN_BYTES : 0) > PATTERN_BYTES_MAX)
		return pt_fail(
			*out,
			"longer than the %u bytes that the recorder takes; use a shorter path",
			PATTERN_BYTES_MAX);
	return PT_EXIT_OK;
}

/* `-o traces/` makes the folder; one that is only part of a name has to be there. */
static int check_folder(const char *pattern, const char *output)
{
	char *folder = strndup(pattern, (size_t)(strrchr(pattern, '/') - pattern) + 1);
	int status = PT_EXIT_OK;

	if (output && output[0] && output[strlen(output) - 1] == '/' && mkdir(output, 0777) != 0 &&
	    errno != EEXIST)
		status = pt_fail(output, "cannot be made (%s); name another folder with -o",
				 strerror(errno));

	else if (folder && !strchr(folder, '%') && access(folder, W_OK | X_OK) != 0)
		status = pt_fail(folder,
				 "no trace can be written there (%s); name another folder with -o",
				 strerror(errno));
	free(folder);
	return status;
}

int pt_pattern_make(const char *output, unsigned int runs_nr, char **out)
{
	*out = NULL;
	if (make(output, runs_nr, out) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	return check_folder(*out, output);
}

static bool names_apart(const char *pattern)
{
	for (const char *p = pattern; *p; p++) {
		if (*p != '%' || !p[1])
			continue;
		p++;
		if (*p == 'p' || *p == 'r')
			return true;
	}
	return false;
}

char *pt_pattern_of_run(const char *pattern, unsigned int run, unsigned int runs_nr)
{
	size_t length = strlen(pattern);
	int digits = snprintf(NULL, 0, "%u", runs_nr);
	bool has_suffix = length > strlen(TRACE_SUFFIX) &&
			  !strcmp(pattern + length - strlen(TRACE_SUFFIX), TRACE_SUFFIX);
	char *out;

	if (runs_nr <= 1 || names_apart(pattern))
		return strdup(pattern);
	if (has_suffix)
		length -= strlen(TRACE_SUFFIX);
	if (asprintf(&out, "%.*s.%0*u%s", (int)length, pattern, digits, run, has_suffix ? TRACE_SUFFIX : "") < 0)
		return NULL;
	return out;
}
