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
#include <unistd.h>

#include "../../format/layout.h"

static bool is_trace_of(const char *path, long pid, unsigned long long inode)
{
	struct pt_file_header h;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool is = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == inode &&
		  read(fd, &h, sizeof(h)) == (ssize_t)sizeof(h) && !memcmp(h.magic, PT_MAGIC, sizeof(h.magic)) &&
		  h.version == PT_VERSION && h.pid == pid;

	if (fd >= 0)
		close(fd);
	return is;
}

/* A trace was made without a name and given one afterwards: by its inode, in its folder. */
static bool search(const char *folder, long pid, unsigned long long inode, char *path, size_t bytes)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d))) {
		if (e->d_ino != inode)
			continue;
		found = (size_t)snprintf(path, bytes, "%s/%s", folder, e->d_name) < bytes &&
			is_trace_of(path, pid, inode);
	}
	if (d)
		closedir(d);
	return found;
}

/* A line of /proc/PID/maps. */
static bool is_here(char *line, long pid, char *path, size_t bytes)
{
	char perms[8], *name, *slash;
	unsigned long long inode;
	int at = 0;

	if (sscanf(line, "%*s %7s %*s %*s %llu %n", perms, &inode, &at) < 2 || perms[3] != 's' || !inode || !at)
		return false;
	name = line + at;
	name[strcspn(name, "\n")] = '\0';
	if (*name != '/')
		return false;
	if ((size_t)snprintf(path, bytes, "%s", name) < bytes && is_trace_of(path, pid, inode))
		return true;
	slash = strrchr(name, '/');
	*slash = '\0';
	return search(*name ? name : "/", pid, inode, path, bytes);
}

int pt_tracefile_find(long pid, char *path, size_t bytes)
{
	char maps[64], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%ld/maps", pid);
	f = fopen(maps, "re");
	if (!f)
		return -1;
	while (!found && getline(&line, &size, f) > 0)
		found = is_here(line, pid, path, bytes);
	free(line);
	fclose(f);
	errno = ENODATA;
	return found ? 0 : -1;
}
