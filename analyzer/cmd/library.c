// SPDX-License-Identifier: MIT
/*
 * library.c - where libpooltrace.so is, seen from the running program.
 *
 * Never a fixed path: a copied build tree and a moved installation work as well.
 */
#include "library.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

#define LIBRARY_NAME "libpooltrace.so"

/* Seen from the folder of the program: the build tree first, then what meson was told. */
static const char *const folders[] = {
	"../preload",
	PT_LIBDIR_FROM_BINDIR "/pooltrace",
	PT_LIBDIR_FROM_BINDIR,
	"../lib/pooltrace",
	"../lib",
	"../lib64",
};

int pt_library_find(char *out, size_t size)
{
	char own[PATH_MAX], candidate[PATH_MAX + 64], path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

	own[n > 0 ? n : 0] = '\0';
	if (strrchr(own, '/'))
		*strrchr(own, '/') = '\0';
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(candidate, sizeof(candidate), "%s/%s/" LIBRARY_NAME, own, folders[i]);
		if (!realpath(candidate, path) || access(path, R_OK) != 0)
			continue;
		if (strpbrk(path, ": ")) /* LD_PRELOAD has no way to quote them */
			return pt_fail(
				path,
				"its path holds a blank or a colon, which LD_PRELOAD cannot express; "
				"install it somewhere else");
		snprintf(out, size, "%s", path);
		return PT_EXIT_OK;
	}
	return pt_fail(LIBRARY_NAME, "not found beside %s; build it, or run meson install", own);
}
