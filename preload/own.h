/* SPDX-License-Identifier: MIT */
/*
 * own.h - which mappings are the recorder's: a snapshot leaves them out.
 *
 * Async-signal-safe, no locks. Beyond PT_OWN_MAX mappings (a gigabyte of ours or more) the rest is
 * not known, and what lies there is taken for the program's.
 */
#ifndef PT_OWN_H
#define PT_OWN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define PT_OWN_MAX 1024u

struct pt_own {
	_Atomic uint64_t start; /* 0 = free */
	_Atomic uint64_t end;	/* 0 = being filled */
};

/* Plain memory: a forked child has the mappings too. */
extern struct pt_own pt_own[PT_OWN_MAX];

void pt_own_add(const void *at, size_t bytes);
void pt_own_del(const void *at);

#endif
