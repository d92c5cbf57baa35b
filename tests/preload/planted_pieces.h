/* SPDX-License-Identifier: MIT */
/* planted_pieces.h - see planted_pieces.c. Of one thread. */
#ifndef PLANTED_PIECES_H
#define PLANTED_PIECES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

uint32_t pieces_below(uint32_t n); /* at random */

/* Pools, and memory that objects may lie in without a block: all zero. */
void pieces_open(uint64_t seed, void *mapped, size_t mapped_bytes);

/* One graph more: its pieces, and the words in them. */
void pieces_graph(void);

/* Some way of pointing at one of its first pieces. */
uint64_t pieces_pointer(void);

/* `value` was written at `place`, which is in no piece. */
void pieces_tell_word(uint64_t place, uint64_t value);

/* The last pool events; then the truth: blocks, objects, words. */
void pieces_close(FILE *out);

#endif
