/* SPDX-License-Identifier: MIT */
/*
 * place.h - the trace's file: its name, its folder, how it is made.
 *
 * Never an existing file, whatever it is, and never through a symbolic link at its name. The folder is
 * looked up once; who swaps it meanwhile does not move the file. Raw system calls only.
 */
#ifndef PT_PLACE_H
#define PT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "../format/layout.h"
#include "config.h"

struct pt_place {
	int folder; /* O_PATH; negative: none */
	int fd;	    /* of the file; negative: none, as -errno */
	bool nameless; /* O_TMPFILE: it gets its name by pt_place_link() */
	const char *name; /* in `path`, behind its last slash */
	char path[sizeof(pt_config.output) + PT_PROGRAM_BYTES + 64];
};

/* pt_place_open() - the folder that POOLTRACE_OUTPUT means for `program`. False: there is none. */
bool pt_place_open(struct pt_place *p, const char *program);
void pt_place_close(struct pt_place *p);

/* pt_place_make() - a file, with or without a name, readable and writable by its owner at most. */
bool pt_place_make(struct pt_place *p, const char *program, bool nameless);

/* pt_place_link() - a nameless file gets its name. */
bool pt_place_link(struct pt_place *p, const char *program);

/* pt_place_drop() - the file is closed; and if `remove`, one with a name is removed. */
void pt_place_drop(struct pt_place *p, bool remove);

/*
 * pt_place_random() - 128 bits that differ between execs (AT_RANDOM), processes (pid) and tries (TSC). Names
 * files and traces; nothing secret hangs on it, and getrandom() may be filtered.
 */
void pt_place_random(uint8_t out[16]);

#endif
