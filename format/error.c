/* SPDX-License-Identifier: MIT */
/* error.c - words for the codes of error.h. */
#include "error.h"

static const char *const texts[] = {
	[PT_OK] = "no error",
	[PT_ENOMEM] = "out of memory",
	[PT_EIO] = "cannot be read",
	[PT_ENOTTRACE] = "not a pooltrace trace",
	[PT_EVERSION] = "written by another version of the format",
	[PT_ECORRUPT] = "damaged",
	[PT_ENOSPC] = "no space left",
	[PT_ENEST] = "signals nested too deep",
	[PT_EINVAL] = "invalid argument",
	[PT_ENOENT] = "not found",
};

const char *pt_error_text(int code)
{
	unsigned int nr = code < 0 ? 0u - (unsigned int)code : (unsigned int)code;

	return nr < sizeof(texts) / sizeof(texts[0]) ? texts[nr] : "unknown error";
}
