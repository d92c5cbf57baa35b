/* SPDX-License-Identifier: MIT */
/*
 * pack_world.h - traces as files, packed and read. For tests; fails them by itself.
 */
#ifndef PT_PACK_WORLD_H
#define PT_PACK_WORLD_H

#include "../../analyzer/trace/trace.h"
#include "trace_builder.h"

#define X 0x7f0000001000u /* where blocks are */

/* pw_everything() - every kind of record, twice over in two writers, and a snapshot. */
struct tb *pw_everything(void);

/* pw_bytes() - of a file; free() them. */
uint8_t *pw_bytes(const char *path, size_t *nr);

/* pw_pack() - into a new file, whose name it returns. pw_unpack(): likewise into *to; 0 or a negative PT_E*. */
char *pw_pack(const char *path, int level);
int pw_unpack(const char *path, char **to);

/* pw_forget() - removes the file, and frees its name. */
void pw_forget(char *path);

/* pw_digest() - a number that all events and what they say have a part in; -1 if it does not open. */
int64_t pw_digest(const char *path, struct pt_trace_state *st);
extern int pw_snapshots_read; /* by the last one */

/* What was built, as a file and packed. */
struct pw_packed {
	struct tb *b;
	char *path, *packed;
	uint8_t *bytes; /* packed */
	size_t nr;
};

/* pw_open() - takes `b`. */
struct pw_packed pw_open(struct tb *b);
void pw_close(struct pw_packed *p);

#endif
