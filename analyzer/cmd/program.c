// SPDX-License-Identifier: MIT
/*
 * program.c - which file a command is, in the end.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#define SCRIPTS_MAX	 4   /* as the kernel: a script's interpreter may be a script */
#define FIRST_LINE_BYTES 256 /* BINPRM_BUF_SIZE */

/* 0, or why it cannot be executed, as errno. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return access(path, X_OK) == 0 ? 0 : errno;
}

/* As execvp(): a name with a slash is a path, another one is looked for in PATH. */
static int find(const char *command, char out[PATH_MAX])
{
	const char *path = getenv("PATH");
	int refused = 0;

	if (strchr(command, '/') || !command[0]) {
		snprintf(out, PATH_MAX, "%s", command);
		return command[0] ? executable(command) : ENOENT;
	}
	for (path = path ? path : "/bin:/usr/bin";; path++) {
		size_t length = strcspn(path, ":");
		int rc;

		snprintf(out, PATH_MAX, "%.*s%s%s", (int)length, path, length ? "/" : "", command);
		rc = executable(out);
		if (!rc)
			return 0;
		if (rc != ENOENT && rc != ENOTDIR && rc != EISDIR)
			refused = rc;
		path += length;
		if (!*path)
			return refused ? refused : ENOENT;
	}
}

static int cannot_run(const char *command, int error)
{
	if (error == ENOENT) {
		pt_fail(command, strchr(command, '/')
					 ? "no such file; check the path"
					 : "command not found; give its path, or put it into PATH");
		return PT_EXIT_NOT_FOUND;
	}
	pt_fail(command, "cannot be executed (%s)", strerror(error));
	return error == ENOTDIR ? PT_EXIT_NOT_FOUND : PT_EXIT_NOT_EXECUTABLE;
}

/* The first line of a file, without its newline, and how many bytes of it were there. */
static ssize_t first_line(const char *path, char line[FIRST_LINE_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, line, FIRST_LINE_BYTES - 1) : -1;

	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return n;
}

/* "#!/usr/bin/env python3 -u": what env would look for; NULL when that cannot be told. */
static const char *behind_env(const char *interpreter, char *argument)
{
	const char *name = strrchr(interpreter, '/');
	char *end;

	if (strcmp(name ? name + 1 : interpreter, "env") != 0)
		return NULL;
	if (!strncmp(argument, "-S", 2))
		argument += 2;
	argument += strspn(argument, " \t");
	end = argument + strcspn(argument, " \t");
	*end = '\0';
	return argument[0] && argument[0] != '-' && !strchr(argument, '=') ? argument : NULL;
}

int pt_program_check(const char *command)
{
	char path[PATH_MAX], line[FIRST_LINE_BYTES], next[FIRST_LINE_BYTES];
	const char *refusal;
	int error;

	snprintf(next, sizeof(next), "%s", "");
	for (int i = 0; i < SCRIPTS_MAX; i++) {
		char *interpreter, *argument;
		const char *program;

		error = find(i ? next : command, path);
		if (error)
			return cannot_run(i ? next : command, error);
		if (first_line(path, line) <
		    0) { /* what it is cannot be told: better not to guess */
			pt_fail(path,
				"cannot be read (%s), so it cannot be told whether it can be recorded; "
				"make it readable",
				strerror(errno));
			return PT_EXIT_NOT_EXECUTABLE;
		}
		if (!strncmp(line, "\177ELF", 4))
			break;
		/* execvp() gives a file that no loader knows to the shell. */
		interpreter = strncmp(line, "#!", 2) != 0 ? strcpy(line, "/bin/sh") : line + 2;
		interpreter += strspn(interpreter, " \t");
		argument = interpreter + strcspn(interpreter, " \t");
		argument += *argument ? (*argument = '\0', 1) : 0;
		program = behind_env(interpreter, argument);
		snprintf(next, sizeof(next), "%s", program ? program : interpreter);
	}
	refusal = pt_program_refusal(path);
	if (refusal)
		return pt_fail(path, "%s", refusal);
	return 0;
}
