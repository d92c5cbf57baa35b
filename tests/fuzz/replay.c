// SPDX-License-Identifier: MIT
/*
 * replay.c - a fuzz target without libFuzzer: replay_NAME FILE... runs each file once, "name: FILE" before it.
 *
 * Status 0 says that none broke a promise; a broken one ends the process.
 */
#include <stdlib.h>

#include "fuzz.h"

static uint8_t *whole(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	uint8_t *bytes;
	long end;

	if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
		perror(path);
		exit(2);
	}
	*size = (size_t)end;
	bytes = malloc(*size ? *size : 1); /* no byte more: reading past the end is seen */
	if (!bytes || fread(bytes, 1, *size, f) != *size) {
		perror(path);
		exit(2);
	}
	fclose(f);
	return bytes;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t size;
		uint8_t *bytes = whole(argv[i], &size);

		printf("input: %s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(bytes, size);
		free(bytes);
	}
	return 0;
}
