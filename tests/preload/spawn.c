/* SPDX-License-Identifier: MIT */
/*
 * spawn.c HOW PROGRAM - a child made by fork, fork+exec, vfork+exec or posix_spawn.
 *
 * Prints the child's pid. The parent allocates before and after; with fork the child
 * makes 10 allocations and frees of its own.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void churn(int nr)
{
	void *volatile p;

	while (nr-- > 0) {
		p = malloc(100);
		free(p);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc == 3 ? argv[1] : "";
	char *args[] = { argc == 3 ? argv[2] : NULL, NULL };
	pid_t pid = -1;
	int status, len;
	char out[32]; /* dprintf() would allocate */

	churn(50);
	if (strcmp(how, "fork") == 0 || strcmp(how, "fork+exec") == 0) {
		pid = fork();
		if (pid == 0) {
			churn(10);
			if (strcmp(how, "fork+exec") == 0)
				execv(args[0], args);
			_exit(0);
		}
	} else if (strcmp(how, "vfork+exec") == 0) {
		pid = vfork();
		if (pid == 0) {
			execv(args[0], args);
			_exit(127);
		}
	} else if (strcmp(how, "posix_spawn") == 0) {
		if (posix_spawn(&pid, args[0], NULL, NULL, args, environ))
			return 2;
	}
	churn(50);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return 3;
	len = snprintf(out, sizeof(out), "%d\n", (int)pid);
	return write(1, out, (size_t)len) == len ? 0 : 2;
}
