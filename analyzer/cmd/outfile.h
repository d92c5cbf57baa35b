/* SPDX-License-Identifier: MIT */
/* outfile.h - files that commands write: new ones, and ones that are replaced whole. */
#ifndef PT_OUTFILE_H
#define PT_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct pt_outfile {
	FILE *stream;
	const char *path; /* as given; NULL: standard output */
	char *real;	  /* what is replaced, behind symbolic links; NULL: written in place */
	char *temporary;  /* until it is whole; NULL: written in place */
};

enum pt_outfile_how {
	PT_OUTFILE_NEW,	    /* refuses what exists */
	PT_OUTFILE_PLAIN,   /* truncated and written */
	PT_OUTFILE_REPLACE, /* renamed into place when it is whole: nobody ever reads a half of it */
};

/* pt_outfile_open() - path: NULL = standard output. Prints what is wrong and returns PT_EXIT_ERROR, else PT_EXIT_OK. */
int pt_outfile_open(struct pt_outfile *o, const char *path, enum pt_outfile_how how);

/* pt_outfile_close() - ok: what was written is whole; else a replaced file stays as it was. Prints what is wrong and
 * returns PT_EXIT_ERROR, else PT_EXIT_OK. */
int pt_outfile_close(struct pt_outfile *o, bool ok);

#endif
