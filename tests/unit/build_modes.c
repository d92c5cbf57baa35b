// SPDX-License-Identifier: MIT
/* build_modes.c OUT counters|sample|switched [MORE] - a trace of modes_world.h, for shell tests. MORE: in the sample so many blocks of 1000 bytes more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes_world.h"

static void add(struct tb *b, uint64_t blocks_nr)
{
	uint32_t w = tb_writer(b, 32, 3, 0);

	TB_EXT(b, w, PT_EXT_THREAD, 32, 3, 103);
	tb_sample(b, w, 48, 65536);
	for (uint64_t i = 0; i < blocks_nr; i++)
		tb_alloc(b, w, 1600 + 16 * i, 0x900000000u + i * 4096, 1000, 0);
}

int main(int argc, char **argv)
{
	struct tb *b;
	const uint8_t *bytes;
	size_t nr;
	FILE *out;

	if (argc != 3 && argc != 4)
		return 2;
	b = !strcmp(argv[2], "counters") ? mw_counters() : !strcmp(argv[2], "sample") ? mw_sample() : mw_switched();
	if (argc == 4)
		add(b, strtoull(argv[3], NULL, 10));
	bytes = tb_bytes(b, &nr);
	out = fopen(argv[1], "we");
	if (!out || fwrite(bytes, nr, 1, out) != 1 || fclose(out)) {
		perror(argv[1]);
		return 1;
	}
	tb_close(b);
	return 0;
}
