/* SPDX-License-Identifier: MIT */
/*
 * got.h - send calls between loaded objects somewhere else, without exporting a symbol.
 *
 * For functions that must not appear where they were not: a program that looks with dlsym()
 * or a weak reference whether mallocx exists must get the answer it gets without us.
 */
#ifndef PT_GOT_H
#define PT_GOT_H

#include <stddef.h>

struct pt_got_row {
	const char *name; /* symbol */
	void *hook;	  /* what its callers shall reach */
};

/*
 * pt_got_patch() - point every loaded object's reference to a named symbol at its hook.
 *
 * Our own references, and those of the object that defines real_ip, stay. Only at start-up:
 * objects are relocated by then and there is one thread. Returns how many references changed.
 */
unsigned int pt_got_patch(const struct pt_got_row *rows, size_t rows_nr, const void *real_ip);

#endif
