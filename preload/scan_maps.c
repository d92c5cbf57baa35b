/* SPDX-License-Identifier: MIT */
/* scan_maps.c - see scan_maps.h. */
#include "scan_maps.h"

#include <elf.h>
#include <string.h>
#include <sys/uio.h>

#include "../format/layout.h"
#include "../format/snap.h"
#include "own.h"
#include "sys.h"

/* A line: "start-end perms offset dev inode   path". */
struct line {
	uint64_t start, end, offset, device, inode;
	const char *perms, *path;
	size_t path_bytes;
};

static const char *hex(const char *p, uint64_t *v)
{
	for (*v = 0;; p++) {
		unsigned int c = (unsigned char)*p;

		if (c >= '0' && c <= '9')
			*v = *v << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			*v = *v << 4 | (c - 'a' + 10);
		else
			return p;
	}
}

/* `text` ends in a newline. False: not such a line. */
static bool parse(const char *text, struct line *l)
{
	const char *p = hex(text, &l->start);
	uint64_t minor;

	if (*p != '-')
		return false;
	p = hex(p + 1, &l->end);
	if (*p != ' ' || memchr(p, '\n', 6))
		return false;
	l->perms = p + 1;
	p = hex(p + 6, &l->offset);
	p = hex(p + (*p == ' '), &l->device);
	p = hex(p + (*p == ':'), &minor);
	l->device = l->device << 20 | minor;
	for (p += *p == ' ', l->inode = 0; *p >= '0' && *p <= '9'; p++)
		l->inode = l->inode * 10 + (uint64_t)(*p - '0');
	while (*p == ' ')
		p++;
	l->path = p;
	l->path_bytes = (size_t)((const char *)memchr(p, '\n', 8192) - p);
	return true;
}

static bool begins(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return l->path_bytes >= n && !memcmp(l->path, with, n);
}

static uint32_t kind_of(const struct pt_scan_maps *m, const struct line *l)
{
	if (l->start >= m->file_start && l->start < m->file_end)
		return PT_REGION_OWN;
	if (l->perms[0] != 'r')
		return PT_REGION_UNREAD;
	if (l->perms[3] == 's')
		return begins(l, "/dev/zero (deleted)") || begins(l, "/SYSV") ? PT_REGION_SHARED : PT_REGION_UNREAD;
	if (begins(l, "[heap]"))
		return PT_REGION_HEAP;
	if (begins(l, "[stack]"))
		return PT_REGION_STACK;
	return l->inode ? PT_REGION_FILE : PT_REGION_ANON;
}

static bool add(struct pt_scan_maps *m, uint64_t start, uint64_t end, uint32_t kind)
{
	if (m->regions_nr == PT_SCAN_REGIONS)
		return false;
	m->regions[m->regions_nr++] = (struct pt_scan_region){ start, end, kind };
	return true;
}

/* The range of ours that begins first at or after `at`, or holds it; UINT64_MAX when there is none below `end`. */
static uint64_t next_own(uint64_t at, uint64_t end, uint64_t *own_end)
{
	uint64_t first = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < PT_OWN_MAX; i++) {
		uint64_t start = pt_own[i].start, stop = pt_own[i].end;

		if (start && stop > at && start < end && start < first) {
			first = start;
			*own_end = stop;
		}
	}
	return first;
}

/* A region without what of it is ours. */
static bool add_cut(struct pt_scan_maps *m, const struct line *l)
{
	uint32_t kind = kind_of(m, l);
	uint64_t at = l->start, own_end = 0, own;

	if (kind != PT_REGION_ANON)
		return add(m, at, l->end, kind);
	while (at < l->end) {
		own = next_own(at, l->end, &own_end);
		if (own > l->end)
			own = l->end;
		if (own > at && !add(m, at, own, kind))
			return false;
		if (own == l->end)
			break;
		own_end = own_end < l->end ? own_end : l->end;
		if (!add(m, own > at ? own : at, own_end, PT_REGION_OWN))
			return false;
		at = own_end;
	}
	return true;
}

bool pt_scan_maps_peek(uint64_t from, void *to, size_t bytes)
{
	const struct iovec local = { to, bytes }, remote = { (void *)from, bytes };

	return pt_sys6(SYS_process_vm_readv, pt_sys_getpid(), (long)&local, 1, (long)&remote, 1, 0) == (long)bytes;
}

static void add_static(struct pt_scan_maps *m, uint64_t bias, const Elf64_Phdr *ph, const struct line *l)
{
	struct pt_scan_static *s = &m->statics[m->statics_nr];
	uint64_t start = bias + ph->p_vaddr, end = start + ph->p_memsz;
	size_t bytes = l->path_bytes < PT_SNAP_PATH_BYTES_MAX ? l->path_bytes : PT_SNAP_PATH_BYTES_MAX;

	while (m->statics_nr && !s[-1].mapped && start < s[-1].end) {
		m->statics_nr--;
		s--;
	}
	if (m->statics_nr == PT_SCAN_STATICS || end <= start || bytes > sizeof(m->paths) - m->paths_bytes ||
	    (m->statics_nr && start < s[-1].end))
		return;
	*s = (struct pt_scan_static){ start, end, bias, m->paths_bytes, (uint32_t)bytes, l->device, l->inode,
				      start < l->end && ph->p_offset < 4096 };
	memcpy(m->paths + m->paths_bytes, l->path, bytes);
	m->paths_bytes += (uint32_t)bytes;
	m->statics_nr++;
}

/* The first mapping of a module begins with its ELF header; its program headers lie in the same page. */
static void find_statics(struct pt_scan_maps *m, const struct line *l)
{
	_Alignas(16) unsigned char page[1024];
	const Elf64_Ehdr *eh = (const void *)page;
	const Elf64_Phdr *ph;
	uint64_t bias = 0;
	bool based = false;
	unsigned int i;

	if (l->offset || l->path[0] != '/' || l->perms[0] != 'r' || !pt_scan_maps_peek(l->start, page, sizeof(page)) ||
	    memcmp(eh->e_ident, ELFMAG, SELFMAG) || eh->e_phentsize != sizeof(*ph) ||
	    eh->e_phoff % 8 || eh->e_phoff > sizeof(page) || eh->e_phnum > (sizeof(page) - eh->e_phoff) / sizeof(*ph))
		return;
	ph = (const void *)(page + eh->e_phoff);
	for (i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD)
			continue;
		if (!based)
			bias = l->start - (ph[i].p_vaddr & ~4095ull);
		based = true;
		if (ph[i].p_flags & PF_W)
			add_static(m, bias, &ph[i], l);
	}
}

/* Is this line the first page of some module's writable data? ld.so maps each segment on its own, with a line that
 * begins there, or at the part that it made read-only afterwards. */
static void find_mapped(struct pt_scan_maps *m, const struct line *l)
{
	uint32_t i;

	for (i = m->statics_nr; i-- > 0 && !m->statics[i].mapped;) {
		struct pt_scan_static *s = &m->statics[i];

		s->mapped = l->start == (s->start & ~4095ull) && (!l->inode || (l->inode == s->inode && l->device == s->device));
	}
}

/* What was not found to be mapped is no module's. */
static void drop_unmapped(struct pt_scan_maps *m)
{
	uint32_t i, nr = 0;

	for (i = 0; i < m->statics_nr; i++)
		if (m->statics[i].mapped)
			m->statics[nr++] = m->statics[i];
	m->statics_nr = nr;
}

static bool take_line(struct pt_scan_maps *m, const char *text)
{
	struct line l;

	if (!parse(text, &l))
		return false;
	find_mapped(m, &l);
	find_statics(m, &l);
	if (l.perms[1] == 'w' && !add_cut(m, &l))
		return false;
	/* What is mapped stays open, a socket's ring as well as a memfd that the program is about to seal: not
	 * for longer than it must be. */
	if (l.perms[3] == 's' && kind_of(m, &l) == PT_REGION_UNREAD)
		pt_sys_munmap((void *)l.start, l.end - l.start);
	return true;
}

bool pt_scan_maps_read(struct pt_scan_maps *m, uint64_t file_start, uint64_t file_end)
{
	int fd = (int)pt_sys_open("/proc/self/maps", 02000000 /* O_CLOEXEC */, 0);
	size_t kept = 0, at;
	bool fine = true;
	const char *end;
	long n;

	if (fd < 0)
		return false;
	m->file_start = file_start;
	m->file_end = file_end;
	while (fine && (n = pt_sys_read(fd, m->text + kept, sizeof(m->text) - 1 - kept)) > 0) {
		kept += (size_t)n;
		for (at = 0; fine && (end = memchr(m->text + at, '\n', kept - at)); at = (size_t)(end - m->text) + 1)
			fine = take_line(m, m->text + at);
		memmove(m->text, m->text + at, kept - at);
		kept -= at;
	}
	pt_sys_close(fd);
	drop_unmapped(m);
	return fine && m->regions_nr;
}
