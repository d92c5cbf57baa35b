/* SPDX-License-Identifier: MIT */
/* asking.h - wishes to a running process, written into the header of its trace. */
#ifndef PT_ASKING_H
#define PT_ASKING_H

#include <stdint.h>

#include "../../format/layout.h"

struct pt_asking {
	long pid;
	char path[4096];	  /* of the trace */
	struct pt_file_header *h; /* mapped, to be written to */
};

/* pt_asking_open() - whom `text` names; `command` is for complaints. PT_EXIT_OK, or it has complained: PT_EXIT_ERROR. */
int pt_asking_open(struct pt_asking *a, const char *command, const char *text);
void pt_asking_close(struct pt_asking *a);

uint64_t pt_asking_now_ms(void);

/* pt_asking_snapshot() - asks for one, waits until it is there, and says so. The exit status. */
int pt_asking_snapshot(const struct pt_asking *a, uint64_t until_ms);

#endif
