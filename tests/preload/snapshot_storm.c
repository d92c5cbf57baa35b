/* SPDX-License-Identifier: MIT */
/*
 * snapshot_storm.c SECONDS PLUGIN - all that can happen at once while snapshots are asked for in every way.
 *
 * One thread each forks, starts programs, loads and unloads code, begins threads and cancels them, and jumps out
 * of a handler; others allocate. (None changes the user for all threads: glibc 2.36 hangs in that, untraced too.) Snapshots by a
 * call, a mark and a signal; by time and by a reader if the environment or the caller asks. The alarm is for a
 * hang. Prints how far each came, as "NAME 1" when it came anywhere.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "../../include/pooltrace.h"
#include "snapshot_look.h"

extern char **environ;

static atomic_bool ends;
static const char *plugin;
static atomic_uint wrong;

static void forks(void)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		free(malloc(100));
		_exit(5);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 5)
		atomic_fetch_add(&wrong, 1);
}

static void starts(void)
{
	char *const argv[] = { "/bin/true", NULL };
	int status = 0;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) || waitpid(pid, &status, 0) != pid || status)
		atomic_fetch_add(&wrong, 1);
}

static void loads(void)
{
	void *handle = dlopen(plugin, RTLD_NOW);

	if (!handle || dlclose(handle))
		atomic_fetch_add(&wrong, 1);
}

static void *victim(void *arg)
{
	int kind;

	pthread_setcanceltype(arg ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED, &kind);
	for (;;)
		pthread_testcancel();
	return arg;
}

static void cancels(void)
{
	static int turn;
	void *result = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, victim, ++turn % 2 ? &turn : NULL))
		return;
	usleep(500);
	pthread_cancel(thread);
	if (pthread_join(thread, &result) || result != PTHREAD_CANCELED)
		atomic_fetch_add(&wrong, 1);
}

static __thread sigjmp_buf back;

static void jump(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

static void jumps(void)
{
	if (!sigsetjmp(back, 1)) {
		free(malloc(200));
		raise(SIGUSR1);
	}
}

static void allocates(void)
{
	void *p[100];
	int i;

	for (i = 0; i < 100; i++)
		p[i] = malloc(30 + (size_t)i);
	for (i = 0; i < 100; i++)
		free(p[i]);
}

static void calls(void)
{
	pooltrace_snapshot();
	usleep(3000);
}

static void marks(void)
{
	pooltrace_mark("storm");
	usleep(5000);
}

/* Untraced there is no handler for it. */
static void signals(void)
{
	struct sigaction now;

	if (!sigaction(SIGUSR2, NULL, &now) && now.sa_handler != SIG_DFL)
		kill(getpid(), SIGUSR2);
	usleep(4000);
}

struct doing {
	const char *name;
	void (*once)(void);
	unsigned int rounds;
};

static void *repeat(void *arg)
{
	struct doing *d = arg;

	while (!atomic_load(&ends)) {
		d->once();
		d->rounds++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct doing all[] = { { "forks", forks, 0 },	 { "starts", starts, 0 },	{ "loads", loads, 0 },
				      { "cancels", cancels, 0 }, { "jumps", jumps, 0 },
				      { "allocates", allocates, 0 }, { "allocates_too", allocates, 0 }, { "calls", calls, 0 },
				      { "marks", marks, 0 },	 { "signals", signals, 0 } };
	struct sigaction action = { .sa_handler = jump };
	pthread_t threads[sizeof(all) / sizeof(all[0])];
	size_t i, nr = sizeof(all) / sizeof(all[0]);
	unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;

	plugin = argc > 2 ? argv[2] : "";
	look_open();
	alarm(seconds + 60);
	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, repeat, &all[i]))
			return 2;
	for (i = now_ms(); now_ms() - i < seconds * 1000;)
		usleep(10000);
	atomic_store(&ends, true);
	for (i = 0; i < nr; i++) {
		pthread_join(threads[i], NULL);
		printf("%s %d\n", all[i].name, all[i].rounds > 0);
		fprintf(stderr, "rounds_of_%s %u\n", all[i].name, all[i].rounds);
	}
	fprintf(stderr, "settled %d\n", settle());
	fprintf(stderr, "begun %u\ndone %u\nlost_but_busy %u\n", header().begun, header().done,
		header().lost - header().lost_by[PT_SNAP_LOST_BUSY]);
	printf("wrong %u\n", atomic_load(&wrong));
	return 0;
}
