/* SPDX-License-Identifier: MIT */
/* elffile.c - see elffile.h. libelf checks what it parses; every return of it is checked here. */
#include "elffile.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum pt_symbols_state check(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return PT_SYMBOLS_NOT_REGULAR;
	/* Also what keeps us out of /proc, whose files are "regular", empty, and may block. */
	return (uint64_t)st->st_size < sizeof(Elf32_Ehdr) ? PT_SYMBOLS_NOT_ELF : PT_SYMBOLS_WHOLE;
}

static enum pt_symbols_state from_errno(void)
{
	return errno == ENOENT || errno == ENOTDIR ? PT_SYMBOLS_MISSING : PT_SYMBOLS_UNREADABLE;
}

/* libdw resolves relative names against this folder, so who checks them first must, too. */
static char *folder_of(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t bytes;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	bytes = readlink(link, path, sizeof(path) - 1);
	if (bytes <= 0 || path[0] != '/')
		return NULL;
	path[bytes] = '\0';
	*strrchr(path, '/') = '\0';
	return strdup(path);
}

enum pt_symbols_state pt_elffile_adopt(struct pt_elffile *out, int fd)
{
	struct pt_elffile f = { .fd = fd };
	enum pt_symbols_state state;
	struct stat st;
	GElf_Ehdr header;

	*out = PT_ELFFILE_NONE;
	state = fstat(fd, &st) == 0 ? check(&st) : PT_SYMBOLS_UNREADABLE;
	if (state != PT_SYMBOLS_WHOLE)
		goto fail;
	state = PT_SYMBOLS_NOT_ELF;
	f.bytes = (size_t)st.st_size;
	if (elf_version(EV_CURRENT) == EV_NONE)
		goto fail;
	f.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!f.elf || elf_kind(f.elf) != ELF_K_ELF || !gelf_getehdr(f.elf, &header))
		goto fail;
	/* A core file is none of ours; the files that dwz shares between others are relocatable. */
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN && header.e_type != ET_REL)
		goto fail;
	f.folder = folder_of(fd);
	*out = f;
	return PT_SYMBOLS_WHOLE;
fail:
	pt_elffile_close(&f);
	return state;
}

enum pt_symbols_state pt_elffile_open(struct pt_elffile *out, const char *path)
{
	enum pt_symbols_state state;
	struct stat st;
	int fd;

	*out = PT_ELFFILE_NONE;
	if (stat(path, &st) != 0)
		return from_errno();
	state = check(&st);
	if (state != PT_SYMBOLS_WHOLE)
		return state;
	/* Should it become a FIFO in between: O_NONBLOCK, and adopt() looks again. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 ? pt_elffile_adopt(out, fd) : from_errno();
}

void pt_elffile_detach(struct pt_elffile *f)
{
	/* FDREAD is for the file system that cannot map: it reads the rest first. */
	if (f->elf && f->fd >= 0 && elf_cntl(f->elf, ELF_C_FDREAD) == 0) {
		close(f->fd);
		f->fd = -1;
	}
}

void pt_elffile_close(struct pt_elffile *f)
{
	elf_end(f->elf);
	if (f->fd >= 0)
		close(f->fd);
	free(f->folder);
	*f = PT_ELFFILE_NONE;
}

bool pt_elffile_has_build_id(const struct pt_elffile *f, const uint8_t *id, size_t bytes)
{
	const void *own = NULL;
	ssize_t own_bytes = dwelf_elf_gnu_build_id(f->elf, &own);

	if (own_bytes <= 0)
		return bytes == 0;
	return (size_t)own_bytes == bytes && memcmp(own, id, bytes) == 0;
}
