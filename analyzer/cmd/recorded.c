// SPDX-License-Identifier: MIT
/*
 * recorded.c - which traces a run has left behind.
 *
 * The run may have forked, and a child may outlive it or its own parent. So this looks at the
 * headers of all files that the pattern can have named, and follows who began whom.
 */
#include "recorded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../trace/trace.h"
#include "pattern.h"

#define NAP_NS	 5000000
#define NAPS_MAX 2000u /* 10 s without one byte more: whoever writes it is stuck, or gone */

/* "%e.%p.ptrace" as a glob: "*.*.ptrace*", for the recorder appends something to a name that
 * exists. NULL: no memory. */
static char *glob_of(const char *name)
{
	char *glob = malloc(2 * strlen(name) + 2), *out = glob;

	for (; glob && *name; name++) {
		if (*name == '%' && name[1] && name[1] != '%') {
			*out++ = '*';
			name++;
			continue;
		}
		name += *name == '%' && name[1] == '%';
		if (strchr("*?[]\\", *name))
			*out++ = '\\';
		*out++ = *name;
	}
	if (glob)
		strcpy(out, "*");
	return glob;
}

static uint64_t lost_events(const struct pt_file_header *h)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < PT_LOST_SHARDS; i++)
		for (size_t k = 0; k < PT_LOST_NR; k++)
			lost += h->lost[i].allocs[k] + h->lost[i].frees[k];
	return lost;
}

/* Snapshots that were begun, and neither written nor dropped. */
static bool has_unfinished(const struct pt_file_header *h)
{
	uint32_t settled = h->snaps_done;

	for (size_t i = 0; i < PT_SNAP_LOST_NR; i++)
		settled += h->snaps_lost[i];
	return settled < h->snaps_begun;
}

/* A trace's header, or false when the file is something else. */
static bool read_header_of(int fd, struct pt_recorded_trace *t)
{
	struct pt_file_header h;
	ssize_t n = pread(fd, &h, sizeof(h), 0);

	if (n != (ssize_t)sizeof(h) || memcmp(h.magic, PT_MAGIC, sizeof(h.magic)) != 0 ||
	    h.version != PT_VERSION)
		return false;
	memcpy(t->trace_id, h.trace_id, sizeof(t->trace_id));
	memcpy(t->parent_id, h.parent_id, sizeof(t->parent_id));
	t->pid = h.pid;
	t->ppid = h.ppid;
	t->start_real_ns = h.start_real_ns;
	t->used_bytes =
		(h.cursor_pages < h.limit_pages ? h.cursor_pages : h.limit_pages) * PT_PAGE_BYTES;
	t->ring_bytes = (uint64_t)h.ring_slots * h.ring_slot_pages * PT_PAGE_BYTES;
	t->lost_events = lost_events(&h);
	t->counters = h.mode == PT_MODE_COUNTERS || h.modes_changed;
	t->unfinished = has_unfinished(&h);
	return true;
}

/* Not that of another user, who could have us name, and cut, what he likes; root records programs that become somebody else. */
static bool read_header(const char *path, struct pt_recorded_trace *t)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;
	bool is = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid == geteuid() || !geteuid()) &&
		  read_header_of(fd, t);

	if (fd >= 0)
		close(fd);
	return is;
}

static int add(struct pt_recorded *r, const struct pt_recorded_trace *t)
{
	struct pt_recorded_trace *traces = realloc(r->traces, (r->traces_nr + 1) * sizeof(*traces));

	if (!traces)
		return -PT_ENOMEM;
	r->traces = traces;
	traces[r->traces_nr++] = *t;
	return 0;
}

/* Every trace in `folder`, which ends in a slash, that matches and is not older than the run. */
static int scan(const char *folder, const char *glob, uint64_t since_ns, struct pt_recorded *out)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	while (!rc && dir && (entry = readdir(dir))) {
		struct pt_recorded_trace t = { 0 };

		if (fnmatch(glob, entry->d_name, FNM_PERIOD) != 0)
			continue;
		if (asprintf(&t.path, "%s%s", folder, entry->d_name) < 0) {
			rc = -PT_ENOMEM;
		} else if (!read_header(t.path, &t) || t.start_real_ns < since_ns) {
			free(t.path);
		} else {
			rc = add(out, &t);
			if (rc)
				free(t.path);
		}
	}
	if (dir)
		closedir(dir);
	return rc;
}

static int by_start(const void *a, const void *b)
{
	const struct pt_recorded_trace *x = a, *y = b;

	return (x->start_real_ns > y->start_real_ns) - (x->start_real_ns < y->start_real_ns);
}

/* Does one of the run's traces found so far stand behind this one? */
static bool descends(const struct pt_recorded *r, const struct pt_recorded_trace *t, pid_t pid)
{
	static const uint8_t nobody[16];

	if (t->pid == (uint32_t)pid || t->ppid == (uint32_t)pid)
		return true;
	for (size_t i = 0; i < r->traces_nr; i++) {
		const struct pt_recorded_trace *other = &r->traces[i];

		if (!other->ours || other == t)
			continue;
		if (t->pid == other->pid || t->ppid == other->pid)
			return true;
		if (memcmp(t->parent_id, nobody, sizeof(nobody)) != 0 &&
		    !memcmp(t->parent_id, other->trace_id, sizeof(nobody)))
			return true;
	}
	return false;
}

int pt_recorded_find(const char *pattern, pid_t pid, uint64_t since_ns, struct pt_recorded *out)
{
	char *folder = pt_pattern_folder(pattern);
	char *glob = glob_of(strrchr(pattern, '/') + 1);
	size_t kept = 0;
	bool more = true;
	int rc = glob ? 0 : -PT_ENOMEM;

	memset(out, 0, sizeof(*out));
	if (!rc && folder)
		rc = scan(folder, glob, since_ns, out);
	free(folder);
	free(glob);
	if (out->traces_nr)
		qsort(out->traces, out->traces_nr, sizeof(*out->traces), by_start);
	/* A child may have begun its trace before its parent did: until nothing changes. */
	while (!rc && more) {
		more = false;
		for (size_t i = 0; i < out->traces_nr; i++) {
			if (!out->traces[i].ours && descends(out, &out->traces[i], pid)) {
				out->traces[i].ours = 1;
				more = true;
			}
		}
	}
	for (size_t i = 0; i < out->traces_nr; i++) {
		if (out->traces[i].ours)
			out->traces[kept++] = out->traces[i];
		else
			free(out->traces[i].path);
	}
	out->traces_nr = kept;
	return rc;
}

void pt_recorded_fini(struct pt_recorded *r)
{
	for (size_t i = 0; i < r->traces_nr; i++)
		free(r->traces[i].path);
	free(r->traces);
	memset(r, 0, sizeof(*r));
}

/* A read lease is granted only while nobody has the file open or mapped for writing, so a process
 * that lives on somewhere, in whichever pid namespace, is noticed. errno: EAGAIN when somebody has. */
bool pt_recorded_quiet(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	bool granted = fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
	int saved = errno;

	if (granted)
		fcntl(fd, F_SETLEASE, F_UNLCK);
	if (fd >= 0)
		close(fd);
	errno = saved;
	return granted;
}

bool pt_recorded_written(const char *path)
{
	return !pt_recorded_quiet(path) && errno == EAGAIN;
}

void pt_recorded_settle(struct pt_recorded_trace *t)
{
	const struct timespec nap = { 0, NAP_NS };
	uint64_t used_bytes = t->used_bytes;
	unsigned int naps = 0;

	while (t->unfinished && naps++ < NAPS_MAX && !pt_recorded_quiet(t->path)) {
		nanosleep(&nap, NULL);
		if (read_header(t->path, t) && t->used_bytes != used_bytes) {
			used_bytes = t->used_bytes;
			naps = 0;
		}
	}
}

void pt_recorded_trim(struct pt_recorded_trace *t)
{
	struct stat st;
	int fd;

	if (!pt_recorded_quiet(t->path))
		return;
	fd = open(t->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return;
	/* The header once more: a snapshot may have been finished since it was last read, and in a folder of
	 * everybody the name may be another file's by now. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_header_of(fd, t) && (uint64_t)st.st_size > t->used_bytes &&
	    t->used_bytes >= PT_PAGE_BYTES)
		(void)!ftruncate(fd, (off_t)t->used_bytes);
	close(fd);
}

uint64_t pt_recorded_events(const struct pt_recorded_trace *t)
{
	struct pt_trace *trace;
	struct pt_event ev;
	uint64_t events;
	int rc = pt_trace_open(&trace, t->path);

	if (rc)
		return UINT64_MAX;
	while ((rc = pt_trace_next(trace, &ev)) > 0)
		;
	events = rc ? UINT64_MAX : trace->state.events_nr;
	pt_trace_close(trace);
	return events;
}
