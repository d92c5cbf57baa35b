// SPDX-License-Identifier: MIT
/*
 * launch.c - a program started with the recorder in it, and waited for.
 *
 * The environment is changed for the program only; signals that mean the program are left to it.
 */
#include "launch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "program.h"

static volatile pid_t child; /* for the handler that passes signals on; 0: none is running */
static volatile sig_atomic_t stop_asked; /* no further run */

static void pass_on(int signal_nr)
{
	int saved = errno;

	if (child > 0)
		kill(child, signal_nr);
	if (signal_nr == SIGTERM || signal_nr == SIGHUP)
		stop_asked = signal_nr;
	errno = saved;
}

/* ^C and ^\ go to the program too, which may live on: wait for it, as a shell does. */
static void note_stop(int signal_nr)
{
	stop_asked = signal_nr;
}

/* In the child: what the recorder reads. */
static bool set_environment(const struct pt_launch *l)
{
	const char *old = getenv("LD_PRELOAD");
	char *preload;
	int rc;

	if (asprintf(&preload, "%s%s%s", l->library, old && old[0] ? ":" : "", old ? old : "") < 0)
		return false;
	rc = setenv("LD_PRELOAD", preload, 1) | setenv("POOLTRACE_OUTPUT", l->pattern, 1);
	if (l->depth)
		rc |= setenv("POOLTRACE_STACK_DEPTH", l->depth, 1);
	if (l->limit[0])
		rc |= setenv("POOLTRACE_SIZE_LIMIT", l->limit, 1);
	if (l->mode[0])
		rc |= setenv("POOLTRACE_MODE", l->mode, 1);
	if (l->no_children)
		rc |= setenv("POOLTRACE_CHILDREN", "0", 1);
	free(preload);
	return rc == 0;
}

/* Handlers of a run before this one go when the program is executed; until then they would be the child's too. */
static void forget_handlers(void)
{
	static const int handled[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (sigaction(handled[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			signal(handled[i], SIG_DFL);
}

/* What is ignored stays ignored, by the program too. */
static void handle(int signal_nr, void (*handler)(int signal_nr))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, before;

	if (sigaction(signal_nr, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal_nr, &action, NULL);
}

/* The program's pid, or -1. Signals that arrive between fork() and here wait until they are
 * handled. */
static pid_t start(const struct pt_launch *l)
{
	static const int passed_on[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t all, saved;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &saved);
	child = fork();
	if (child == 0) {
		forget_handlers();
		sigprocmask(SIG_SETMASK, &saved, NULL);
		if (set_environment(l))
			execvp(l->argv[0], l->argv);
		pt_fail(l->argv[0], "cannot be executed (%s)", strerror(errno));
		_exit(errno == ENOENT ? PT_EXIT_NOT_FOUND : PT_EXIT_NOT_EXECUTABLE);
	}
	handle(SIGINT, note_stop);
	handle(SIGQUIT, note_stop);
	for (size_t i = 0; child > 0 && i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		handle(passed_on[i], pass_on);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return child;
}

pid_t pt_launch(const struct pt_launch *l, int *wait_status)
{
	pid_t pid;

	fflush(NULL);
	pid = start(l);
	while (pid > 0 && waitpid(pid, wait_status, 0) < 0 && errno == EINTR)
		;
	child = 0;
	return pid;
}

int pt_launch_stopped(void)
{
	return stop_asked;
}
