// SPDX-License-Identifier: MIT
/*
 * build_trace.c - a small trace whose truth is known, written without the recorder.
 *
 * build_trace OUT [lossy]: thread 1 "main" and thread 2 "hoarder". The hoarder allocates 16 blocks
 * of 1 MiB, frees them at 100 ms and idles to the end, 2 s; main keeps one block of 1000 bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_builder.h"

#define MS	    1000000ull
#define BLOCKS_NR   16u
#define BLOCK_BYTES (1ull << 20)
#define HEAP	    0x7f0000000000ull
#define CODE	    0x400000ull

int main(int argc, char **argv)
{
	struct tb *b = tb_open();
	uint32_t one, two, stack;
	char *path;

	if (argc < 2)
		return 2;
	if (argc > 2)
		tb_header(b)->lost[0].allocs[PT_LOST_DISK] = 7;
	one = tb_writer(b, 0, 1, 0);
	TB_EXT(b, one, PT_EXT_THREAD, 0, 1, 100);
	tb_text(b, one, PT_EXT_THREAD_NAME, 0, "main");
	tb_module(b, one, 16, CODE, 0x10000, CODE, NULL, 0, "/nowhere/built");
	two = tb_writer(b, 32, 2, 1);
	TB_EXT(b, two, PT_EXT_THREAD, 32, 2, 101);
	tb_text(b, two, PT_EXT_THREAD_NAME, 32, "hoarder");
	tb_alloc(b, one, 48, 0x10000, 1000, tb_frame(b, one, 48, 0, CODE + 0x123));
	stack = tb_frame(b, two, 64, 0, CODE + 0x789); /* called 0x456 */
	stack = tb_frame(b, two, 64, stack, CODE + 0x456);
	for (uint64_t i = 0; i < BLOCKS_NR; i++)
		tb_alloc(b, two, 10 * MS + i * 16, HEAP + i * 2 * BLOCK_BYTES, BLOCK_BYTES, stack);
	for (uint64_t i = 0; i < BLOCKS_NR; i++)
		tb_free(b, two, 100 * MS + i * 16, HEAP + i * 2 * BLOCK_BYTES);
	TB_EXT(b, one, PT_EXT_RSS, 2000 * MS, 40 * BLOCK_BYTES, 30 * BLOCK_BYTES, 0);
	path = tb_save(b);
	tb_close(b);
	if (rename(path, argv[1]) != 0) {
		perror(argv[1]);
		return 1;
	}
	free(path);
	return 0;
}
