/* SPDX-License-Identifier: MIT */
/* hello.c [NR] - one line, and NR (default 10) allocations and frees by main itself. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const char text[] = "hello\n";
	int nr = argc > 1 ? atoi(argv[1]) : 10;
	void *volatile p;
	int i;

	for (i = 0; i < nr; i++) {
		p = malloc(100 + (size_t)i % 1000);
		if (!p)
			return 3;
		free(p);
	}
	return write(1, text, sizeof(text) - 1) == sizeof(text) - 1 ? 0 : 2;
}
