/* SPDX-License-Identifier: MIT */
/*
 * elffile.h - one ELF file, mapped, and nothing but a regular file ever opened.
 *
 * The mapping is private and read-only in use; the file must not be truncated under us, as with
 * any program that maps files.
 */
#ifndef PT_ELFFILE_H
#define PT_ELFFILE_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

struct pt_elffile {
	Elf *elf;     /* NULL: none */
	int fd;	      /* -1: none, or detached */
	size_t bytes; /* of the whole file */
	char *folder; /* where it really is, symbolic links followed; NULL: unknown */
};

#define PT_ELFFILE_NONE ((struct pt_elffile){ .fd = -1 })

/*
 * pt_elffile_open() - map an ELF executable, shared object, object file or debug file.
 *
 * No FIFO can block us and no device is disturbed: they are not opened.
 * Returns PT_SYMBOLS_WHOLE, or what is wrong: MISSING, NOT_REGULAR, NOT_ELF or UNREADABLE.
 */
enum pt_symbols_state pt_elffile_open(struct pt_elffile *out, const char *path);

/*
 * pt_elffile_adopt() - the same for a descriptor that somebody else opened; closed on failure.
 */
enum pt_symbols_state pt_elffile_adopt(struct pt_elffile *out, int fd);

/* pt_elffile_detach() - close the descriptor, keep the mapping: a program has 1,000 modules. */
void pt_elffile_detach(struct pt_elffile *f);

void pt_elffile_close(struct pt_elffile *f);

/* pt_elffile_has_build_id() - exactly this one; with bytes == 0: has it none? */
bool pt_elffile_has_build_id(const struct pt_elffile *f, const uint8_t *id, size_t bytes);

#endif
