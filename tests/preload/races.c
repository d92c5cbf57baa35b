/* SPDX-License-Identifier: MIT */
/*
 * races.c PLUGIN POINT EVERY ACTION - forces a race at a point of the recorder (PT_POINT in preload/).
 *
 * Run with libpooltrace-faults.so, which calls pooltrace_test_point() from inside its hooks. At each EVERYth
 * time that it comes by POINT something happens in its midst:
 *	signal	a handler that allocates
 *	twice	a handler that allocates, and in the midst of that another
 *	fork	a child, that goes on out of the hook, allocates and ends; the parent waits for it
 *	_fork	the same without the handlers of pthread_atfork()
 *	fork-open	the child has opened its own trace when it goes on out of the hook
 *	jump	a handler that jumps out of the hook for good
 *	cancel	a cancellation of this thread is pending from here on
 *	dlclose	another thread unloads code that was just in the stack, and loads it again
 *	kill	SIGKILL
 * "self HITS ACTIONS JUMPS LEAKED" goes to stdout, and "child ..." from a child that begins its trace; LEAKED:
 * descriptors that are open in vain. A hang is ended by the alarm.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 600u
#define FORKS_MAX 40u

void pooltrace_test_point(const char *name);

static const char *wanted, *action, *plugin_path;
/* volatile: malloc() is declared a leaf that never comes back into this file, and here it does. */
static volatile unsigned long every, hits, actions, jumps;
static atomic_int armed;
static __thread volatile int inside;
static void *plugin;
static void *(*plugin_allocate)(size_t);
static sigjmp_buf out;
static __thread volatile int may_jump, in_plugin;

static void churn(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *volatile p = malloc(40 + i % 3 * 100);

		free(p);
	}
}

/* The child goes on out of the handler, and out of the hook; work() sees who it is. */
static void fork_here(int plain)
{
	int status = -1;
	pid_t pid = plain ? fork() : _Fork(); /* the former with the handlers of pthread_atfork() */

	if (!pid) {
		armed = 0;
		alarm(60);
		if (strstr(action, "open"))
			churn(3);
		return;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		dprintf(2, "child: %d\n", status);
		_exit(3);
	}
}

static void on_signal(int signal)
{
	if (strstr(action, "fork")) {
		fork_here(*action == 'f');
		return;
	}
	if (!strcmp(action, "jump") && may_jump) {
		jumps++;
		inside = 0;
		siglongjmp(out, 1);
	}
	churn(signal == SIGUSR1 ? 3 : 2);
}

static void *reload(void *arg)
{
	inside = 2; /* what this thread comes by is of no interest: it has the loader's lock */
	if (plugin)
		dlclose(plugin);
	plugin = dlopen(plugin_path, RTLD_NOW);
	*(void **)&plugin_allocate = plugin ? dlsym(plugin, "plugin_allocate") : NULL;
	return arg;
}

static void act(void)
{
	pthread_t thread;

	if (strstr("signal twice jump fork-open _fork", action)) {
		if (!strstr(action, "fork") || actions <= FORKS_MAX)
			raise(inside == 1 ? SIGUSR1 : SIGUSR2);
	} else if (!strcmp(action, "cancel")) {
		pthread_cancel(pthread_self());
	} else if (!strcmp(action, "dlclose")) {
		if (pthread_create(&thread, NULL, reload, NULL) || pthread_join(thread, NULL))
			_exit(4);
	} else if (!strcmp(action, "kill")) {
		raise(SIGKILL);
	}
}

void pooltrace_test_point(const char *name)
{
	if (!armed || inside > !strcmp(action, "twice") || strcmp(name, wanted))
		return;
	if (in_plugin && !strcmp(action, "dlclose")) /* it has to return there, and may be loaded elsewhere */
		return;
	if (!inside && ++hits % every)
		return;
	inside++;
	actions++;
	act();
	inside--;
}

/* Many stacks, so that tables grow and frames are defined. */
__attribute__((noinline)) static void *deep(unsigned int path, size_t bytes)
{
	void *p;

	if (!path)
		return malloc(bytes);
	p = path & 1 ? deep(path >> 1, bytes) : deep(path >> 2, bytes);
	__asm__ volatile("");
	return p;
}

static void *work(void *arg)
{
	pid_t self = getpid();
	volatile unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		void *volatile p = NULL, *volatile q = NULL;

		if (!sigsetjmp(out, 1)) {
			may_jump = 1;
			p = deep(i * 2654435761u % 4096, 10 + i % 1000);
			p = realloc(p, 500 + i);
			in_plugin = 1;
			q = plugin_allocate(100);
			in_plugin = 0;
			free(p);
			p = NULL;
			free(q);
		}
		in_plugin = 0;
		may_jump = 0; /* what was jumped out of is lost to the program */
		if (getpid() != self) {
			churn(100);
			_exit(0);
		}
		if (i % 128 == 0) { /* time for the recorder to look at RSS */
			const struct timespec nap = { 0, 900000 };

			nanosleep(&nap, NULL);
		}
	}
	return arg;
}

static void *work_and_end(void *arg)
{
	work(arg);
	pthread_testcancel();
	return arg;
}

static unsigned int descriptors(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < 256; i++)
		nr += fcntl((int)i, F_GETFD) != -1;
	return nr;
}

/* Whole, and then a cancellation may end the thread. (One in dprintf() leaves a FILE on its stack that exit() then looks at.) */
static void say(const char *who, unsigned int leaked)
{
	char line[128];
	int state, nr;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	nr = snprintf(line, sizeof(line), "%s %lu %lu %lu %u\n", who, hits, actions, jumps, leaked);

	if (write(1, line, (size_t)nr) != nr)
		_exit(6);
	pthread_setcancelstate(state, NULL);
	pthread_testcancel();
}

/* A child's first allocation opens its trace. */
static void open_in_child(void)
{
	int status = -1;
	unsigned int before = descriptors();
	pid_t pid = fork();

	if (!pid) {
		alarm(60);
		pid = getpid();
		if (!sigsetjmp(out, 1)) {
			may_jump = 1;
			churn(10);
		}
		may_jump = 0;
		if (getpid() == pid)
			say("child", descriptors() - before);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || (status && strcmp(action, "kill")))
		_exit(5);
}

int main(int argc, char **argv)
{
	struct sigaction sa;
	pthread_t thread;
	unsigned int before = descriptors();
	int i, threads = 3;

	if (argc != 5)
		return 2;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_NODEFER;
	plugin_path = argv[1];
	wanted = argv[2];
	every = strtoul(argv[3], NULL, 10);
	action = argv[4];
	alarm(100);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	reload(NULL);
	inside = 0;
	if (!plugin_allocate)
		return 2;
	armed = 1;
	open_in_child();
	if (strcmp(action, "cancel"))
		work(NULL);
	for (i = 0; i < threads; i++) /* one after the other: each takes over what the last one left */
		if (pthread_create(&thread, NULL, work_and_end, NULL) || pthread_join(thread, NULL))
			return 2;
	armed = 0;
	inside = 0;
	say("self", descriptors() - before);
	return 0;
}
