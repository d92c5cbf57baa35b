/* SPDX-License-Identifier: MIT */
/*
 * launch.h - a program started with the recorder in it, and waited for.
 */
#ifndef PT_LAUNCH_H
#define PT_LAUNCH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* What the program's environment says to the recorder; "" and NULL: nothing, and it uses its default. */
struct pt_launch {
	const char *pattern; /* absolute */
	char library[PATH_MAX];
	const char *depth;
	char limit[32]; /* bytes */
	char mode[40];
	bool no_children;
	char **argv;
};

/*
 * pt_launch() - runs argv to its end. wait_status: as from waitpid().
 *
 * SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 to this process are passed on to the program; SIGINT and SIGQUIT go to both, and
 * are the program's to die of. What is ignored stays ignored. Its pid, or -1 (errno): no process could be started. One
 * that cannot be executed says so, and exits as a shell would.
 */
pid_t pt_launch(const struct pt_launch *l, int *wait_status);

/* pt_launch_stopped() - the signal that came meanwhile and says that there is to be no further run; 0: none did. */
int pt_launch_stopped(void);

#endif
