/* SPDX-License-Identifier: MIT */
/* debugfile.h - the search for separate debug files; what does not match is never returned. */
#ifndef PT_DEBUGFILE_H
#define PT_DEBUGFILE_H

#include "elffile.h"

/*
 * pt_debugfile_by_build_id() - ROOT/.build-id/xx/yyyy.debug, else ask debuginfod.
 *
 * id: NULL or short (bytes < 2) is not found. The network is used only if the environment sets
 * DEBUGINFOD_URLS to more than nothing. Returns false when there is none with this build-id.
 */
bool pt_debugfile_by_build_id(struct pt_elffile *out, const char *root, const uint8_t *id,
			      size_t bytes);

/*
 * pt_debugfile_by_link() - the file that .gnu_debuglink names.
 *
 * main_path: of the module, absolute; looked for beside it, in .debug/ beside it, and under root.
 * It must have the build-id of `main`, or the checksum in the link if main has no build-id.
 */
bool pt_debugfile_by_link(struct pt_elffile *out, const char *root, const char *main_path,
			  const struct pt_elffile *main);

/*
 * pt_debugfile_by_altlink() - the file that .gnu_debugaltlink names, shared by several (dwz).
 *
 * from: the file that has the link.
 * name: absolute, or relative to the folder of `from`.
 */
bool pt_debugfile_by_altlink(struct pt_elffile *out, const char *root,
			     const struct pt_elffile *from, const char *name, const uint8_t *id,
			     size_t bytes);

#endif
