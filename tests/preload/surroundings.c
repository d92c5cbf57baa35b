/* SPDX-License-Identifier: MIT */
/*
 * surroundings.c [child] - what a process finds around it after two threads have allocated a lot. child: in a forked one,
 * which has two such threads of its own.
 *
 * Descriptors, signal masks, dispositions and stack, threads, timers, names, folder, umask, limits and the environment (but
 * for the recorder's own variables). Plain and traced must be the same.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void *churn(void *arg)
{
	void *live[256] = { NULL };
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		free(live[i % 256]);
		live[i % 256] = malloc(16 + i * 7919u % 3000);
	}
	for (i = 0; i < 256; i++)
		free(live[i]);
	return arg;
}

static void print_descriptors(void)
{
	char path[64], to[512];
	ssize_t len;
	int fd;

	for (fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, to, sizeof(to) - 1);
		if (len < 0)
			continue;
		to[len] = '\0';
		printf("fd %d %s\n", fd, fd > 2 ? to : "");
	}
}

static void print_status(void)
{
	static const char *const keys[] = { "Threads:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:",
					    "SigCgt:", "NoNewPrivs:", "Seccomp:", "Umask:" };
	FILE *f = fopen("/proc/self/status", "r");
	char line[512];
	size_t i;

	while (f && fgets(line, sizeof(line), f))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	if (f)
		fclose(f);
}

static void print_signals(void)
{
	struct sigaction now;
	stack_t stack;
	int i;

	for (i = 1; i < 65; i++)
		if (!sigaction(i, NULL, &now) && (now.sa_handler != SIG_DFL || now.sa_flags))
			printf("signal %d %s %#x\n", i, now.sa_handler == SIG_IGN ? "ignored" : "handled", (unsigned int)now.sa_flags);
	sigaltstack(NULL, &stack);
	printf("stack %p %#x\n", stack.ss_sp, (unsigned int)stack.ss_flags);
}

static void print_self(void)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
	struct itimerval timer;
	char text[512] = "";
	size_t i;

	prctl(PR_GET_NAME, text);
	printf("name %s priority %d dumpable %d", text, getpriority(PRIO_PROCESS, 0), prctl(PR_GET_DUMPABLE));
	printf(" personality %#x slack %d\n", (unsigned int)personality(0xffffffff), prctl(PR_GET_TIMERSLACK));
	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		if (!getitimer((__itimer_which_t)timers[i], &timer))
			printf("timer %ld\n", (long)timer.it_value.tv_sec);
	printf("folder %s group %d\n", getcwd(text, sizeof(text)), getpgrp() == getpid());
}

static void fork_first(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid > 0 && (waitpid(pid, &status, 0) != pid || waitpid(-1, NULL, 0) != -1))
		puts("another child");
	if (pid)
		exit(pid < 0 || status);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	struct rlimit limit;
	const char *error = dlerror(); /* before anything else could make one */
	int i;

	printf("dlerror %s\n", error ? error : "none");
	if (argc > 1 && !strcmp(argv[1], "child")) {
		churn(NULL);
		fflush(stdout);
		fork_first();
	}
	if (pthread_create(&thread, NULL, churn, NULL))
		return 2;
	churn(NULL);
	pthread_join(thread, NULL);
	print_descriptors();
	print_status();
	print_signals();
	print_self();
	for (i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			printf("limit %d %lu %lu\n", i, (unsigned long)limit.rlim_cur,
			       (unsigned long)limit.rlim_max);
	for (i = 0; environ[i]; i++)
		if (strncmp(environ[i], "POOLTRACE_", 10) && strncmp(environ[i], "LD_PRELOAD=", 11))
			puts(environ[i]);
	return 0;
}
