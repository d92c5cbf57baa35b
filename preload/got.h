/* SPDX-License-Identifier: MIT */
/*
 * got.h - send calls between loaded objects somewhere else, without exporting a symbol.
 *
 * For functions that must not appear where they were not: a program that looks with dlsym()
 * or a weak reference whether mallocx exists must get the answer it gets without us.
 */
#ifndef PT_GOT_H
#define PT_GOT_H

#include <stdbool.h>
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

/* pt_got_patch_in() - the same for one object alone: the one that holds `ip`. */
unsigned int pt_got_patch_in(const struct pt_got_row *rows, size_t rows_nr, const void *ip);

/*
 * pt_got_patch_calls() - the same, but what the object may hand to others, the address of a symbol, stays as it is.
 *
 * True: none of its references to a named symbol leads elsewhere.
 */
bool pt_got_patch_calls(const struct pt_got_row *rows, size_t rows_nr, const void *ip);

/*
 * pt_got_publish() - let objects that are loaded from now on, and dlsym(), find the hook.
 *
 * real: where the object that defines the symbol has it; its entry in that object's symbol table is
 * changed in memory. False when that did not work. Only at start-up.
 */
bool pt_got_publish(const struct pt_got_row *row, const void *real);

#endif
