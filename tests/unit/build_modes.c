// SPDX-License-Identifier: MIT
/* build_modes.c OUT counters|sample|switched - a trace of modes_world.h, for shell tests. */
#include <stdio.h>
#include <string.h>

#include "modes_world.h"

int main(int argc, char **argv)
{
	struct tb *b;
	const uint8_t *bytes;
	size_t nr;
	FILE *out;

	if (argc != 3)
		return 2;
	b = !strcmp(argv[2], "counters") ? mw_counters() : !strcmp(argv[2], "sample") ? mw_sample() : mw_switched();
	bytes = tb_bytes(b, &nr);
	out = fopen(argv[1], "we");
	if (!out || fwrite(bytes, nr, 1, out) != 1 || fclose(out)) {
		perror(argv[1]);
		return 1;
	}
	tb_close(b);
	return 0;
}
