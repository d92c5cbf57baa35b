// SPDX-License-Identifier: MIT
/* outfile.c - see outfile.h. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#define EXISTS "exists already and is not overwritten; remove it, or name another file with -o"

static const char *volatile unfinished; /* to be removed if a signal ends us; NULL = nothing is */

static int cannot(const char *path)
{
	return pt_fail(path, "cannot be written (%s)", strerror(errno));
}

static void remove_unfinished(int signal_nr)
{
	if (unfinished)
		unlink(unfinished);
	signal(signal_nr, SIG_DFL);
	raise(signal_nr);
}

/* What is ignored stays ignored. */
static void clean_up_on_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU };
	struct sigaction now;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
			signal(ends[i], remove_unfinished);
	signal(SIGXFSZ, SIG_IGN); /* the write says so too */
}

/* "/a/b/.pooltrace-XXXXXX" for "/a/b/c"; NULL: no memory. */
static char *temporary_name(const char *real)
{
	const char *slash = strrchr(real, '/');
	char *name;

	if (asprintf(&name, "%.*s.pooltrace-XXXXXX", slash ? (int)(slash + 1 - real) : 0, real) < 0)
		return NULL;
	return name;
}

/* A file beside the one that it will replace, with the same permissions, or those of a new one. False: errno says why
 * there can be none. */
static bool open_temporary(struct pt_outfile *o, const struct stat *st)
{
	mode_t mask = umask(0);
	int fd = -1;

	umask(mask);
	o->real = st ? realpath(o->path, NULL) : strdup(o->path);
	o->temporary = o->real ? temporary_name(o->real) : NULL;
	if (o->temporary)
		fd = mkostemp(o->temporary, O_CLOEXEC);
	if (fd < 0) {
		free(o->temporary);
		free(o->real);
		o->temporary = o->real = NULL;
		return false;
	}
	unfinished = o->temporary;
	clean_up_on_signals();
	if (st)
		(void)!fchown(fd, st->st_uid, st->st_gid);
	fchmod(fd, st ? st->st_mode & 0777 : 0666 & ~mask);
	o->stream = fdopen(fd, "w");
	if (!o->stream)
		close(fd);
	return o->stream;
}

static bool open_in_place(struct pt_outfile *o)
{
	int fd = open(o->path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);

	o->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (fd >= 0 && !o->stream)
		close(fd);
	return o->stream;
}

/* A symbolic link that somebody put where anybody may put one, /tmp for one. The kernel refuses such ones too, where
 * it is told to (proc_sys_fs(5), protected_symlinks). */
static bool is_planted(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
	struct stat link, in;
	bool planted = folder && lstat(path, &link) == 0 && S_ISLNK(link.st_mode) && stat(folder, &in) == 0 &&
		       (in.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH) && link.st_uid != geteuid() &&
		       link.st_uid != in.st_uid;

	free(folder);
	return planted;
}

int pt_outfile_open(struct pt_outfile *o, const char *path, enum pt_outfile_how how)
{
	struct stat st;
	bool exists, opened;

	*o = (struct pt_outfile){ .path = path, .new = how == PT_OUTFILE_NEW };
	if (!path) {
		o->stream = stdout;
		return PT_EXIT_OK;
	}
	if (o->new && lstat(path, &st) == 0)
		return pt_fail(path, EXISTS);
	if (is_planted(path))
		return pt_fail(path, "somebody else's symbolic link in a folder of everybody; name another file with -o");
	exists = !o->new && stat(path, &st) == 0;
	if (exists && !S_ISREG(st.st_mode)) {
		opened = open_in_place(o);
	} else {
		opened = open_temporary(o, exists ? &st : NULL);
		if (!opened && exists && (errno == EACCES || errno == EPERM || errno == EROFS))
			opened = open_in_place(o);
	}
	if (!opened) {
		cannot(path);
		return pt_outfile_close(o, false);
	}
	return PT_EXIT_OK;
}

static int put_in_place(const struct pt_outfile *o)
{
	if (!o->new)
		return rename(o->temporary, o->real);
	if (renameat2(AT_FDCWD, o->temporary, AT_FDCWD, o->real, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL) /* a file system that has no such thing */
		return -1;
	if (link(o->temporary, o->real) != 0)
		return -1;
	return unlink(o->temporary);
}

int pt_outfile_close(struct pt_outfile *o, bool ok)
{
	int status = PT_EXIT_OK;
	struct stat st;

	if (!o->path)
		return ok ? pt_flush() : PT_EXIT_ERROR;
	if (o->stream && (fflush(o->stream) != 0) | ferror(o->stream) && ok)
		status = cannot(o->path);
	if (o->stream && !o->temporary && (!ok || status != PT_EXIT_OK) && fstat(fileno(o->stream), &st) == 0 &&
	    S_ISREG(st.st_mode)) /* better nothing than a part of it */
		(void)!ftruncate(fileno(o->stream), 0);
	if (o->stream && fclose(o->stream) != 0 && ok && status == PT_EXIT_OK)
		status = cannot(o->path);
	if (o->temporary && ok && status == PT_EXIT_OK && put_in_place(o) != 0)
		status = errno == EEXIST ? pt_fail(o->path, EXISTS) : cannot(o->path);
	if (o->temporary && (!ok || status != PT_EXIT_OK))
		unlink(o->temporary);
	unfinished = NULL;
	free(o->temporary);
	free(o->real);
	*o = (struct pt_outfile){ 0 };
	return ok ? status : PT_EXIT_ERROR;
}
