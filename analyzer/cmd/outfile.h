/* SPDX-License-Identifier: MIT */
/*
 * outfile.h - files that commands write: whole, or not at all.
 *
 * A file is written beside its place, under a name of its own, and renamed into it when it is whole: a full
 * disk, a signal or a crash leaves what was there before. Only devices, pipes and files in a folder
 * that takes no new ones are written in place.
 */
#ifndef PT_OUTFILE_H
#define PT_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

struct pt_outfile {
	FILE *stream;
	const char *path; /* as given; NULL: standard output */
	char *real;	  /* what is replaced, behind symbolic links; NULL: written in place */
	char *temporary;  /* until it is whole; NULL: written in place */
	bool new;	  /* nothing may be there */
};

enum pt_outfile_how {
	PT_OUTFILE_NEW,	    /* refuses what exists, whatever it is */
	PT_OUTFILE_REPLACE, /* a file that is there keeps its mode, and its owner if that is allowed */
};

/* pt_outfile_open() - path: NULL = standard output. Prints what is wrong and returns PT_EXIT_ERROR, else PT_EXIT_OK.
 * One at a time. */
int pt_outfile_open(struct pt_outfile *o, const char *path, enum pt_outfile_how how);

/* pt_outfile_close() - ok: what was written is whole; else what was there stays as it was. Prints what is wrong and
 * returns PT_EXIT_ERROR, else PT_EXIT_OK. */
int pt_outfile_close(struct pt_outfile *o, bool ok);

#endif
