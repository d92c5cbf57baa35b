// SPDX-License-Identifier: MIT
/* outfile.c - see outfile.h. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

static int cannot(const char *path)
{
	return pt_fail(path, "cannot be written (%s)", strerror(errno));
}

/* A file beside the one that it will replace, with the same permissions, or those of a new one. */
static int open_temporary(struct pt_outfile *o, const struct stat *st)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	o->real = st ? realpath(o->path, NULL) : strdup(o->path);
	if (!o->real)
		return cannot(o->path);
	if (asprintf(&o->temporary, "%s.XXXXXX", o->real) < 0) {
		o->temporary = NULL;
		return pt_fail(o->path, "not enough memory");
	}
	fd = mkostemp(o->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(o->temporary);
		o->temporary = NULL;
		return cannot(o->path);
	}
	fchmod(fd, st ? st->st_mode & 0777 : 0666 & ~mask);
	o->stream = fdopen(fd, "w");
	return o->stream ? PT_EXIT_OK : cannot(o->path);
}

int pt_outfile_open(struct pt_outfile *o, const char *path, enum pt_outfile_how how)
{
	int fd, status = PT_EXIT_OK;
	struct stat st;
	bool exists;

	*o = (struct pt_outfile){ .path = path };
	if (!path) {
		o->stream = stdout;
		return PT_EXIT_OK;
	}
	exists = stat(path, &st) == 0;
	if (how == PT_OUTFILE_REPLACE && (!exists || S_ISREG(st.st_mode))) {
		status = open_temporary(o, exists ? &st : NULL);
		if (status != PT_EXIT_OK)
			pt_outfile_close(o, false);
		return status;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (how == PT_OUTFILE_NEW ? O_EXCL : O_TRUNC), 0666);
	if (fd < 0 && errno == EEXIST)
		return pt_fail(path, "exists already and is not overwritten; remove it, or name another file with -o");
	if (fd < 0)
		return cannot(path);
	o->stream = fdopen(fd, "w");
	if (!o->stream) {
		close(fd);
		return cannot(path);
	}
	return PT_EXIT_OK;
}

int pt_outfile_close(struct pt_outfile *o, bool ok)
{
	int status = PT_EXIT_OK;

	if (!o->path)
		return ok ? pt_flush() : PT_EXIT_ERROR;
	if (o->stream && (ferror(o->stream) | (fclose(o->stream) != 0)) && ok)
		status = cannot(o->path);
	if (o->temporary && ok && status == PT_EXIT_OK && rename(o->temporary, o->real) != 0)
		status = cannot(o->path);
	if (o->temporary && (!ok || status != PT_EXIT_OK))
		unlink(o->temporary);
	free(o->temporary);
	free(o->real);
	*o = (struct pt_outfile){ 0 };
	return ok ? status : PT_EXIT_ERROR;
}
