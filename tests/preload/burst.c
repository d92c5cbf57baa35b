/* SPDX-License-Identifier: MIT */
/*
 * burst.c - grows to 47 MB and frees them, in less time than the recorder looks at RSS in.
 *
 * argv[1]: how it ends: "return", "kill", "pause" and then returns, "fork" a child that does nothing and then returns.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define BLOCKS	    3000
#define BLOCK_BYTES 16000

int main(int argc, char **argv)
{
	static char *blocks[BLOCKS];
	char *volatile last;
	int i;

	if (argc != 2)
		return 2;
	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK_BYTES);
		memset(blocks[i], 1, BLOCK_BYTES);
	}
	last = malloc(BLOCK_BYTES); /* else the heap's top would go back to the system */
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	if (!strcmp(argv[1], "kill"))
		raise(SIGKILL);
	if (!strcmp(argv[1], "pause"))
		pooltrace_pause();
	if (!strcmp(argv[1], "fork") && !fork())
		exit(0);
	if (!strcmp(argv[1], "fork"))
		wait(NULL);
	return !last;
}
