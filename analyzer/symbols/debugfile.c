/* SPDX-License-Identifier: MIT */
/*
 * debugfile.c - separate debug files: by build-id, by .gnu_debuglink, from debuginfod.
 *
 * libdwfl has such a search of its own, but it opens whatever a link in the file points at, FIFOs
 * included, and loads libdebuginfod and libcurl even when no server is configured. So the local
 * search is here, and libdwfl is only asked for debuginfod, in a process whose user wants that.
 */
#include "debugfile.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_matching(struct pt_elffile *out, const char *path, const uint8_t *id, size_t bytes)
{
	if (pt_elffile_open(out, path) != PT_SYMBOLS_WHOLE)
		return false;
	if (pt_elffile_has_build_id(out, id, bytes))
		return true;
	pt_elffile_close(out);
	return false;
}

/* There is no file to find: the module of ask_debuginfod() is nothing but its build-id. */
static int find_no_elf(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
		       char **file_name, Elf **elf)
{
	(void)mod, (void)userdata, (void)name, (void)base, (void)file_name, (void)elf;
	return -1;
}

static bool ask_debuginfod(struct pt_elffile *out, const uint8_t *id, size_t bytes)
{
	static char empty[] = "", *no_path = empty;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_no_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &no_path,
	};
	const char *urls = getenv("DEBUGINFOD_URLS");
	char *file_name = NULL;
	Dwfl_Module *mod;
	Dwfl *dwfl;
	int fd = -1;

	if (!urls || !*urls)
		return false;
	dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return false;
	mod = dwfl_report_module(dwfl, "module", 0, 4096);
	if (mod && dwfl_module_report_build_id(mod, id, bytes, 0) == 0)
		fd = dwfl_standard_find_debuginfo(mod, NULL, "module", 0, NULL, NULL, 0,
						  &file_name);
	free(file_name);
	dwfl_end(dwfl);
	if (fd < 0 || pt_elffile_adopt(out, fd) != PT_SYMBOLS_WHOLE)
		return false;
	if (pt_elffile_has_build_id(out, id, bytes))
		return true;
	pt_elffile_close(out);
	return false;
}

bool pt_debugfile_by_build_id(struct pt_elffile *out, const char *root, const uint8_t *id,
			      size_t bytes)
{
	char hex[2 * PT_SYMBOLS_BUILD_ID_BYTES_MAX + 1];
	char *path;
	bool found;

	*out = PT_ELFFILE_NONE;
	if (!id || bytes < 2 || bytes > PT_SYMBOLS_BUILD_ID_BYTES_MAX)
		return false;
	for (size_t i = 0; i < bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	if (asprintf(&path, "%s/.build-id/%.2s/%s.debug", root, hex, hex + 2) < 0)
		return false;
	found = open_matching(out, path, id, bytes) || ask_debuginfod(out, id, bytes);
	free(path);
	return found;
}

/* Of .gnu_debuglink: CRC-32 as in zlib, bit by bit, as modules without build-id are rare. */
static uint32_t checksum(const uint8_t *bytes, size_t bytes_nr)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes_nr; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static bool open_linked(struct pt_elffile *out, const char *path, const struct pt_elffile *main,
			GElf_Word crc)
{
	const void *id;
	ssize_t id_bytes = dwelf_elf_gnu_build_id(main->elf, &id);
	const char *bytes;
	size_t bytes_nr;

	if (id_bytes > 0)
		return open_matching(out, path, id, (size_t)id_bytes);
	if (pt_elffile_open(out, path) != PT_SYMBOLS_WHOLE)
		return false;
	bytes = elf_rawfile(out->elf, &bytes_nr);
	if (bytes && checksum((const uint8_t *)bytes, bytes_nr) == crc)
		return true;
	pt_elffile_close(out);
	return false;
}

bool pt_debugfile_by_link(struct pt_elffile *out, const char *root, const char *main_path,
			  const struct pt_elffile *main)
{
	GElf_Word crc;
	const char *name = dwelf_elf_gnu_debuglink(main->elf, &crc);
	int folder_bytes = (int)(strrchr(main_path, '/') - main_path);
	bool found = false;

	*out = PT_ELFFILE_NONE;
	if (!name || !*name || strchr(name, '/'))
		return false;
	for (int where = 0; where < 3 && !found; where++) {
		char *path;

		if (asprintf(&path, "%s%.*s%s/%s", where == 2 ? root : "", folder_bytes, main_path,
			     where == 1 ? "/.debug" : "", name) < 0)
			return false;
		found = open_linked(out, path, main, crc);
		free(path);
	}
	return found;
}

bool pt_debugfile_by_altlink(struct pt_elffile *out, const char *root,
			     const struct pt_elffile *from, const char *name, const uint8_t *id,
			     size_t bytes)
{
	bool found;
	char *path;

	if (pt_debugfile_by_build_id(out, root, id, bytes))
		return true;
	if (name[0] == '/')
		return open_matching(out, name, id, bytes);
	if (!from->folder || asprintf(&path, "%s/%s", from->folder, name) < 0)
		return false;
	found = open_matching(out, path, id, bytes);
	free(path);
	return found;
}
