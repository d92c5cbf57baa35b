// SPDX-License-Identifier: MIT
/*
 * fuzz_baseline.c - libFuzzer: any bytes, read as a baseline; what is one, is written and read again the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/budget/baseline.h"
#include "../../format/error.h"
#include "fuzz.h"

static int read_again(const void *data, size_t size, struct pt_baseline *out)
{
	char error[PT_BASELINE_ERROR_BYTES] = "", path[FUZZ_PATH_BYTES];
	int fd = fuzz_file(data, size, path), rc;
	unsigned int line, column;

	rc = pt_baseline_read(path, out, error);
	close(fd);
	if (rc && (rc != -PT_EINVAL || sscanf(error, "%u:%u: ", &line, &column) != 2 || strpbrk(error, "\n\r\033")))
		abort();
	return rc;
}

static char *written(const struct pt_baseline *b, size_t *size)
{
	char *bytes = NULL;
	FILE *f = open_memstream(&bytes, size);

	if (!f || pt_baseline_write(b, f) || fclose(f))
		abort();
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pt_baseline first, second;

	if (!read_again(data, size, &first)) {
		size_t once_nr, twice_nr;
		char *once = written(&first, &once_nr), *twice;

		if (read_again(once, once_nr, &second))
			abort();
		twice = written(&second, &twice_nr);
		if (once_nr != twice_nr || memcmp(once, twice, once_nr) != 0)
			abort();
		free(once);
		free(twice);
		pt_baseline_fini(&second);
	}
	pt_baseline_fini(&first);
	return 0;
}
