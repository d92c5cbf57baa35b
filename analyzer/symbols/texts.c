// SPDX-License-Identifier: MIT
/* texts.c - see texts.h. */
#include "texts.h"

#include <stdlib.h>
#include <string.h>

/* An analyzer out of memory says so and exits 2; it does not die inside a macro. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct pt_text_kept {
	UT_hash_handle hh;
	char bytes[];
};

const char *pt_texts_keep(struct pt_texts *t, const char *bytes, size_t bytes_nr)
{
	struct pt_text_kept *text;

	HASH_FIND(hh, t->all, bytes, bytes_nr, text);
	if (text)
		return text->bytes;
	text = malloc(sizeof(*text) + bytes_nr + 1);
	if (!text)
		return NULL;
	memcpy(text->bytes, bytes, bytes_nr);
	text->bytes[bytes_nr] = '\0';
	HASH_ADD(hh, t->all, bytes, bytes_nr, text);
	if (!text->hh.tbl) {
		free(text);
		return NULL;
	}
	return text->bytes;
}

void pt_texts_fini(struct pt_texts *t)
{
	struct pt_text_kept *text, *next;

	HASH_ITER (hh, t->all, text, next) {
		HASH_DEL(t->all, text);
		free(text);
	}
}
