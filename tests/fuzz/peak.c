// SPDX-License-Identifier: MIT
/*
 * peak.c SECONDS COMMAND... - runs it, for at most so many seconds; "STATUS PEAK_KB MILLISECONDS" on descriptor 3.
 *
 * PEAK_KB is the most that was resident at one time, of the command alone.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void expired(int number)
{
	(void)number;
	kill(child, SIGKILL);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	double start = now_ms();
	struct rusage use;
	int status;

	if (argc < 3)
		return 2;
	child = fork();
	if (child < 0)
		return 2;
	if (!child) {
		close(3);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	signal(SIGALRM, expired);
	alarm((unsigned int)atoi(argv[1]));
	while (wait4(child, &status, 0, &use) < 0)
		if (errno != EINTR)
			return 2;
	dprintf(3, "%d %ld %.0f\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), use.ru_maxrss,
		now_ms() - start);
	return 0;
}
