// SPDX-License-Identifier: MIT
/* tracefile.c - see tracefile.h. */
#include "tracefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../../format/layout.h"

struct search {
	long pid;
	unsigned int major, minor; /* of the mapping */
	unsigned long long inode;
	char *path; /* out */
	size_t path_bytes;
	int fd;	   /* out; -1 */
	int error; /* why `path` cannot be opened */
};

/* Some file systems (btrfs, overlayfs) show another device there than stat() does: then the file has to be the
 * process's own. */
static bool is_mapped_one(const struct search *s, const struct stat *st)
{
	char process[32];
	struct stat owner;

	if (!S_ISREG(st->st_mode) || st->st_ino != s->inode)
		return false;
	if (st->st_dev == makedev(s->major, s->minor))
		return true;
	snprintf(process, sizeof(process), "/proc/%ld", s->pid);
	return stat(process, &owner) == 0 && owner.st_uid == st->st_uid;
}

/* The header is that of a trace of the process. */
static bool says_so(int fd, long pid)
{
	struct pt_file_header h;

	return pread(fd, &h, sizeof(h), 0) == (ssize_t)sizeof(h) && !memcmp(h.magic, PT_MAGIC, sizeof(h.magic)) &&
	       h.version == PT_VERSION && h.pid == pid;
}

/* Looked at before it is opened: there are devices that do something when they are opened. */
static bool try(struct search *s)
{
	int named = open(s->path, O_PATH | O_NOFOLLOW | O_CLOEXEC), readable;
	char self[40];
	struct stat st;
	bool is = named >= 0 && fstat(named, &st) == 0 && is_mapped_one(s, &st);

	if (is) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", named);
		s->fd = open(self, O_RDWR | O_CLOEXEC);
		s->error = errno;
		readable = s->fd >= 0 ? s->fd : open(self, O_RDONLY | O_CLOEXEC);
		is = readable >= 0 && says_so(readable, s->pid);
		if (readable >= 0 && (readable != s->fd || !is))
			close(readable);
		if (!is)
			s->fd = -1;
	}
	if (named >= 0)
		close(named);
	return is;
}

/* A trace was made without a name and given one afterwards: by its inode, in its folder. */
static bool look_in(struct search *s, const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = e->d_ino == s->inode &&
			(size_t)snprintf(s->path, s->path_bytes, "%s/%s", folder, e->d_name) < s->path_bytes && try(s);
	if (d)
		closedir(d);
	return found;
}

/* A line of /proc/PID/maps. */
static bool is_here(struct search *s, char *line)
{
	char perms[8], *name, *slash;
	int at = 0;

	if (sscanf(line, "%*s %7s %*s %x:%x %llu %n", perms, &s->major, &s->minor, &s->inode, &at) < 4 ||
	    perms[1] != 'w' || perms[3] != 's' || !s->inode || !at)
		return false;
	name = line + at;
	name[strcspn(name, "\n")] = '\0';
	if (*name != '/')
		return false;
	if ((size_t)snprintf(s->path, s->path_bytes, "%s", name) < s->path_bytes && try(s))
		return true;
	slash = strrchr(name, '/');
	*slash = '\0';
	return look_in(s, *name ? name : "/");
}

int pt_tracefile_open(long pid, char *path, size_t bytes)
{
	struct search s = { .pid = pid, .path = path, .path_bytes = bytes, .fd = -1 };
	char maps[64], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f;

	*path = '\0';
	snprintf(maps, sizeof(maps), "/proc/%ld/maps", pid);
	f = fopen(maps, "re");
	if (!f)
		return -1;
	while (!found && getline(&line, &size, f) > 0)
		found = is_here(&s, line);
	free(line);
	fclose(f);
	if (!found)
		*path = '\0';
	errno = found ? s.error : ENODATA;
	return s.fd;
}
