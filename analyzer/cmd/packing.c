// SPDX-License-Identifier: MIT
/*
 * packing.c - see packing.h.
 *
 * The new file is written beside its place and renamed into it when it is whole. It never goes over one that exists, and
 * is readable for whom the old one was.
 */
#include "packing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../result/quantity.h"
#include "cmd.h"
#include "outfile.h"
#include "paths.h"
#include "recorded.h"

static bool ends_in(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length > tail && !strcmp(text + length - tail, suffix);
}

/* The other file's name; owned by the caller. NULL: no memory, or `path` does not say. */
static char *other_name(const struct pt_packing_job *job, const char *path)
{
	char *name = NULL;

	if (job->output)
		return strdup(job->output);
	if (job->unpack)
		return ends_in(path, PT_PATHS_PACKED) ? strndup(path, strlen(path) - strlen(PT_PATHS_PACKED) +
								       strlen(PT_PATHS_TRACE)) : NULL;
	if (asprintf(&name, "%s%s", path, ends_in(path, PT_PATHS_TRACE) ? "z" : PT_PATHS_PACKED) < 0)
		name = NULL;
	return name;
}

/* Before anything is written: PT_EXIT_OK, or it says why not. */
static int look_first(const struct pt_packing_job *job, const char *path, const char *name, struct stat *st)
{
	struct stat other;

	if (lstat(path, st) != 0)
		return pt_fail_trace(path, -PT_EIO);
	if (!S_ISLNK(st->st_mode) && !S_ISREG(st->st_mode))
		return pt_fail_trace(path, -PT_ENOTTRACE);
	if (job->remove && S_ISLNK(st->st_mode))
		return pt_fail(path, "a symbolic link, which --rm does not remove; name the file itself");
	if (job->remove && !pt_recorded_quiet(path))
		return pt_fail(path, "is still being written, or is not yours: --rm would not be safe; try again without it, or "
				     "when its program has ended");
	if (lstat(name, &other) == 0)
		return pt_fail(name, "exists already and is not overwritten; remove it, or name another file with -o");
	return stat(path, st) == 0 ? PT_EXIT_OK : pt_fail_trace(path, -PT_EIO);
}

static int complain(const struct pt_packing_job *job, const char *path, int err)
{
	if (err == -PT_EINVAL)
		return pt_fail(path, job->unpack ? "is not packed; every command reads it as it is" :
						   "is packed already; every command reads it as it is");
	if (err == -PT_ECORRUPT && job->unpack)
		return pt_fail(path, "is damaged and does not hold all of the trace; `pooltrace info` and `report` read what is left");
	return pt_fail_trace(path, err);
}

/* The trace into o->stream, or out of its packed file. 0, negative. */
static int convert(const struct pt_packing_job *job, const char *path, const struct pt_outfile *o, const struct stat *st,
		   struct pt_packing *done)
{
	int fd = fileno(o->stream), err;

	if (fchmod(fd, st->st_mode & 0777))
		return -PT_EIO;
	err = job->unpack ? pt_unpack(path, fd, done) : pt_pack(path, o->stream, job->level, done);
	if (!err && (fflush(o->stream) || (job->remove && fsync(fd))))
		err = -PT_EIO;
	return err;
}

static int remove_it(const struct pt_packing_job *job, const char *path, const char *name)
{
	int same = job->unpack ? pt_pack_same(name, path) : pt_pack_same(path, name);

	if (same < 0)
		return pt_fail_trace(name, same);
	if (!same)
		return pt_fail(path, "is kept: %s, read back, does not hold the same", name);
	return unlink(path) == 0 ? PT_EXIT_OK : pt_fail(path, "cannot be removed (%s)", strerror(errno));
}

static void tell(const struct pt_packing_job *job, const char *name, const struct pt_packing *done, bool live)
{
	char from[PT_QUANTITY_BYTES], to[PT_QUANTITY_BYTES];

	pt_quantity_bytes(from, job->unpack ? done->packed_bytes : done->used_bytes);
	pt_quantity_bytes(to, job->unpack ? done->used_bytes : done->packed_bytes);
	pt_say(stdout, "%s: %s, from %s%s%s", name, to, from,
	       done->truncated ? "; the trace is cut off, and this is all of it that there is" : "",
	       live ? "; the trace is still being written, and this is it up to now" : "");
}

static int convert_file(const struct pt_packing_job *job, const char *path)
{
	struct pt_packing done;
	struct pt_outfile o;
	struct stat st;
	char *name = other_name(job, path);
	bool live;
	int status, err;

	if (!name)
		return pt_fail(path, "how to name the trace? its name does not end in " PT_PATHS_PACKED "; use -o");
	status = look_first(job, path, name, &st);
	live = status == PT_EXIT_OK && !job->unpack && pt_recorded_written(path);
	if (status == PT_EXIT_OK)
		status = pt_outfile_open(&o, name, PT_OUTFILE_NEW);
	if (status == PT_EXIT_OK) {
		err = convert(job, path, &o, &st, &done);
		if (err)
			status = complain(job, path, err);
		if (pt_outfile_close(&o, !err) != PT_EXIT_OK)
			status = PT_EXIT_ERROR;
	}
	if (status == PT_EXIT_OK)
		tell(job, name, &done, live);
	if (status == PT_EXIT_OK && job->remove)
		status = remove_it(job, path, name);
	free(name);
	return status;
}

/* What a folder holds of the right kind. */
static int convert_folder(const struct pt_packing_job *job, const char *folder, const struct pt_paths *paths)
{
	int status = PT_EXIT_OK;
	size_t nr = 0;

	for (size_t i = 0; i < paths->names_nr; i++) {
		if (ends_in(paths->names[i], job->unpack ? PT_PATHS_PACKED : PT_PATHS_TRACE)) {
			nr++;
			if (convert_file(job, paths->names[i]) != PT_EXIT_OK)
				status = PT_EXIT_ERROR;
		}
	}
	return nr ? status : pt_fail(folder, "no *%s in this folder that could be %s", job->unpack ? PT_PATHS_PACKED :
				     PT_PATHS_TRACE, job->unpack ? "unpacked" : "packed");
}

int pt_packing_run(const struct pt_packing_job *job, char **operands, int operands_nr)
{
	int status = PT_EXIT_OK;
	struct pt_paths paths;
	struct stat st;

	if (job->output && operands_nr > 1)
		return pt_fail(NULL, "-o names one file, and there are %d operands", operands_nr);
	for (int i = 0; i < operands_nr || !i; i++) {
		bool folder = operands_nr > 0 && stat(operands[i], &st) == 0 && S_ISDIR(st.st_mode);
		int one = PT_EXIT_ERROR;

		if (folder && job->output)
			one = pt_fail(operands[i], "a folder, and -o names one file");
		else if (pt_paths_expand(operands + i, operands_nr ? 1 : 0, &paths) == PT_EXIT_OK) {
			one = folder ? convert_folder(job, operands[i], &paths) : convert_file(job, paths.names[0]);
			pt_paths_fini(&paths);
		}
		status = one == PT_EXIT_OK ? status : PT_EXIT_ERROR;
	}
	return pt_flush() == PT_EXIT_OK ? status : PT_EXIT_ERROR;
}
