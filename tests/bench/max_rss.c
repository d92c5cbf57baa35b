// SPDX-License-Identifier: MIT
/* max_rss.c - runs a command and writes the largest resident set of it, in bytes: max_rss FILE COMMAND... */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	FILE *out;
	pid_t pid;

	if (argc < 3 || (pid = fork()) < 0)
		return 2;
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid || !(out = fopen(argv[1], "w")))
		return 2;
	fprintf(out, "%ld\n", usage.ru_maxrss * 1024);
	if (fclose(out))
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
