/* SPDX-License-Identifier: MIT */
/*
 * texts.h - strings, each kept once: hundreds of thousands of frames share a few thousand names.
 */
#ifndef PT_TEXTS_H
#define PT_TEXTS_H

#include <stddef.h>

struct pt_texts {
	struct pt_text_kept *all; /* by their bytes; NULL = none */
};

/* pt_texts_keep() - the kept copy of `bytes`, NUL-terminated, until pt_texts_fini(). NULL: no memory. */
const char *pt_texts_keep(struct pt_texts *t, const char *bytes, size_t bytes_nr);
void pt_texts_fini(struct pt_texts *t);

#endif
