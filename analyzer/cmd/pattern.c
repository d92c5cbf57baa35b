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

#include "../../format/settings.h"
#include "cmd.h"

#define RUN_BYTES    8u /* for "." and a number */
#define TRACE_SUFFIX ".ptrace"

/* A name that is meant as it is, for a pattern: its % are doubled. */
static char *escape(const char *name)
{
	char *out = malloc(2 * strlen(name) + 1), *p = out;

	for (; out && *name; name++) {
		if (*name == '%')
			*p++ = '%';
		*p++ = *name;
	}
	if (out)
		*p = '\0';
	return out;
}

/* Asked for as a folder: one that is there, or that ends in a slash and is made. Its name is meant as it is. */
static bool is_folder(const char *output)
{
	struct stat st;

	return output &&
	       (output[strlen(output) - 1] == '/' || (stat(output, &st) == 0 && S_ISDIR(st.st_mode)));
}

/* The name asked for as a pattern, not yet absolute: malloc'ed. NULL without memory. */
static char *name_of(const char *output)
{
	char *folder, *name;

	if (!is_folder(output))
		return strdup(output ? output : PT_PATTERN_DEFAULT);
	folder = escape(output);
	if (!folder || asprintf(&name, "%s%s%s", folder, output[strlen(output) - 1] == '/' ? "" : "/", PT_PATTERN_DEFAULT) < 0)
		name = NULL;
	free(folder);
	return name;
}

/* Puts the working directory before *name, which is relative. */
static int make_absolute(char **name)
{
	char here[PATH_MAX], *folder, *path;

	if (!getcwd(here, sizeof(here)))
		return pt_fail(NULL, "the working directory cannot be told (%s); use -o /FOLDER/", strerror(errno));
	folder = escape(here);
	if (!folder || asprintf(&path, "%s/%s", folder, *name) < 0)
		path = NULL;
	free(folder);
	if (!path)
		return pt_fail(NULL, "not enough memory");
	free(*name);
	*name = path;
	return PT_EXIT_OK;
}

static int make(const char *output, unsigned int runs_nr, char **out)
{
	const char *fault;

	if (output && !output[0])
		return pt_fail(NULL, "-o: '' names no file and no folder; write -o ./ for the working directory");
	*out = name_of(output);
	if (!*out)
		return pt_fail(NULL, "not enough memory");
	fault = pt_pattern_fault(*out);
	if (fault)
		return pt_fail(NULL, "-o: '%s' has %s, where only %%e, %%p, %%r and %%%% have a meaning; write %%%% for a percent sign",
			       output, fault[1] ? (const char[]){ '%', fault[1], '\0' } : "a % at its end");
	if ((*out)[0] != '/' && make_absolute(out))
		return PT_EXIT_ERROR;
	if (strlen(*out) + (runs_nr > 1 ? RUN_BYTES : 0) > PT_PATTERN_BYTES_MAX)
		return pt_fail(*out, "longer than the %u bytes that the recorder takes; use a shorter path", PT_PATTERN_BYTES_MAX);
	return PT_EXIT_OK;
}

/* `-o traces/` makes the folder; one that is only part of a name has to be there. */
static int check_folder(const char *pattern, const char *output)
{
	char *folder;
	int status = PT_EXIT_OK;

	if (output && output[strlen(output) - 1] == '/' && mkdir(output, 0777) != 0 && errno != EEXIST)
		return pt_fail(output, "cannot be made (%s); name another folder with -o", strerror(errno));
	folder = pt_pattern_folder(pattern);
	if (folder && access(folder, W_OK | X_OK) != 0)
		status = pt_fail(folder, "no trace can be written there (%s); name another folder with -o", strerror(errno));
	free(folder);
	return status;
}

char *pt_pattern_folder(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char *folder = strndup(pattern, (size_t)(slash - pattern) + 1), *to = folder;

	for (const char *from = folder; from && *from; from++) {
		if (*from == '%' && *++from != '%') {
			free(folder);
			return NULL;
		}
		*to++ = *from;
	}
	if (folder)
		*to = '\0';
	return folder;
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
