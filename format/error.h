/* SPDX-License-Identifier: MIT */
/*
 * error.h - the codes that every room returns, negated.
 *
 * Libraries return them and never print; analyzer/cmd/ turns them into one line for the user.
 */
#ifndef PT_ERROR_H
#define PT_ERROR_H

enum pt_error {
	PT_OK = 0,
	PT_ENOMEM,    /* no memory for our own tables */
	PT_EIO,       /* open, read, map or write failed; errno says why */
	PT_ENOTTRACE, /* the file does not start with our magic */
	PT_EVERSION,  /* a trace of another format version */
	PT_ECORRUPT,  /* bytes that no recorder writes */
	PT_ENOSPC,    /* the size limit, or a full disk */
	PT_ENEST,     /* signals nested too deep */
	PT_EINVAL,    /* the caller's argument is out of range */
	PT_ENOENT,    /* there is no such thing */
};

/* pt_error_text() - "not a pooltrace trace", ...; `code` is 0 or negative. Never NULL. */
const char *pt_error_text(int code);

#endif
