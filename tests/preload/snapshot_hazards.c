/* SPDX-License-Identifier: MIT */
/*
 * snapshot_hazards.c hidden|load N|many N|canary WORD|limits|nproc|seccomp - what a program could notice of its snapshots.
 *
 * Prints "NAME VALUE" lines. POOLTRACE_OUTPUT must name the trace: what its header says of snapshots is read
 * from there (docs/format.md). Without the recorder the lines are the same but for those of the header.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/pooltrace.h"
#include "snapshot_look.h"

#define THREADS_NR 8
#define LINKS_NR 100000

static atomic_int *shared_runs; /* of handlers, in any process */
static atomic_bool stop_load;

static void on_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(shared_runs, 1);
}

/* Descriptors, signals and threads, as /proc tells. */
static void look_around(char *out, size_t bytes)
{
	static const char *const keys[] = { "Threads:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:", "Umask:" };
	FILE *f = fopen("/proc/self/status", "r");
	char line[512], to[256];
	size_t i, used = 0;
	ssize_t len;
	int fd;

	out[0] = '\0';
	while (f && fgets(line, sizeof(line), f))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				used += (size_t)snprintf(out + used, bytes - used, "%s", line);
	if (f)
		fclose(f);
	for (fd = 0; fd < 256; fd++) {
		snprintf(line, sizeof(line), "/proc/self/fd/%d", fd);
		len = readlink(line, to, sizeof(to) - 1);
		if (len < 0)
			continue;
		to[len] = '\0';
		used += (size_t)snprintf(out + used, bytes - used, "%d %s\n", fd, to);
	}
}

/* A connected pair over loopback, in ends[]. */
static int connect_loopback(int ends[2])
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&to, &len))
		return -1;
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (ends[0] < 0 || connect(ends[0], (struct sockaddr *)&to, sizeof(to)))
		return -1;
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
	return ends[1] < 0 ? -1 : 0;
}

/* 1 at end of file, 0 when it did not come in 2 s */
static int reads_to_end(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char buf[64];

	while (poll(&p, 1, 2000) == 1)
		if (read(fd, buf, sizeof(buf)) <= 0)
			return 1;
	return 0;
}

static void at_exit(void)
{
	static const char line[] = "exit_handler ran\n";
	ssize_t written;

	fflush(stdout);
	written = write(1, line, sizeof(line) - 1);
	(void)written;
}

static void check_ends(const int pipe_ends[2], const int sockets[2], int locked)
{
	ssize_t written = write(pipe_ends[1], "text", 4);
	int other;

	close(pipe_ends[1]);
	printf("pipe_reaches_its_end %d %zd\n", reads_to_end(pipe_ends[0]), written);
	close(sockets[0]);
	printf("socket_reaches_its_end %d\n", reads_to_end(sockets[1]));
	other = open("/proc/self/exe", O_RDONLY);
	close(locked);
	printf("lock_is_given_back %d\n", flock(other, LOCK_EX | LOCK_NB));
	close(other);
}

static int hidden(void)
{
	static char before[16384], after[16384];
	int pipe_ends[2], sockets[2], locked, status, kept;
	struct sigaction action = { .sa_handler = on_signal };
	char *heap = make_heap();
	uint32_t number;
	pid_t pid;

	setpgid(0, 0);
	atexit(at_exit);
	printf("buffered text\n");
	if (!heap || pipe(pipe_ends) || connect_loopback(sockets))
		return 2;
	locked = open("/proc/self/exe", O_RDONLY);
	if (flock(locked, LOCK_EX | LOCK_NB))
		return 2;
	sigaction(SIGCHLD, &action, NULL);
	look_around(before, sizeof(before));
	errno = 1234;
	number = pooltrace_snapshot();
	kept = errno;
	look_around(after, sizeof(after));
	printf("errno %d\n", kept);
	printf("surroundings_changed %d\n", strcmp(before, after) != 0 || strlen(before) < 100);
	errno = 0;
	pid = waitpid(-1, &status, WNOHANG);
	printf("waitpid %d %s\n", (int)pid, errno == ECHILD ? "ECHILD" : "other");
	check_ends(pipe_ends, sockets, locked);
	if (still_writing())
		fprintf(stderr, "alive\n");
	sigaction(SIGTERM, &action, NULL);
	kill(0, SIGTERM);
	printf("handlers_ran %d\n", atomic_load(shared_runs));
	printf("settled %d\n", settle());
	usleep(50000);
	printf("handlers_ran_after_its_end %d\n", atomic_load(shared_runs));
	fprintf(stderr, "number %u\nzombies %d\n", number, zombies());
	free(heap);
	return 3;
}

static void *churn(void *arg)
{
	void *live[64] = { NULL };
	unsigned int i, at;

	for (i = 0; !atomic_load(&stop_load); i++) {
		at = i * 7919u % 64;
		free(live[at]);
		live[at] = malloc(16 + i * 31u % 700);
		if (live[at])
			*(void **)live[at] = live[(at + 1) % 64];
		if (i % 256 == 0)
			usleep(1000);
	}
	for (at = 0; at < 64; at++)
		free(live[at]);
	return arg;
}

static int load(unsigned int snapshots)
{
	pthread_t threads[THREADS_NR];
	unsigned int i, taken = 0, settled = 0;
	struct counts c;

	for (i = 0; i < THREADS_NR; i++)
		if (pthread_create(&threads[i], NULL, churn, NULL))
			return 2;
	for (i = 0; i < snapshots; i++) {
		taken += pooltrace_snapshot() != 0;
		settled += (unsigned int)settle();
	}
	atomic_store(&stop_load, true);
	for (i = 0; i < THREADS_NR; i++)
		pthread_join(threads[i], NULL);
	c = header();
	printf("taken %u\nsettled %u\nbegun %u\ndone %u\nlost %u\n", taken, settled, c.begun, c.done, c.lost);
	printf("zombies_beyond_eight %d\n", zombies() > 8);
	return 0;
}

/* One after the other without a pause: more than eight at once are refused. */
static int many(unsigned int snapshots)
{
	char *heap = make_heap();
	unsigned int i, taken = 0;
	struct counts c;

	for (i = 0; i < snapshots; i++)
		taken += pooltrace_snapshot() != 0;
	i = (unsigned int)settle();
	c = header();
	printf("settled %u\nbegun %u\nadds_up %d\nrefused %d\ntaken_are_done %d\n", i, c.begun, c.begun == c.done + c.lost,
	       c.lost > 0, c.done == taken);
	free(heap);
	return 0;
}

static char secret_static[256];

static void spell(char *to, const char *word)
{
	int i;

	for (i = 0; i < 8; i++)
		memcpy(to + 24 * i, word, strlen(word) + 1);
}

/* `word` with its last letter changed, which alone is on the command line. */
static int canary(const char *word)
{
	static void *kept[3];
	char secret_stack[256] __attribute__((aligned(8)));
	char secret[24] = { 0 };
	uint32_t number;
	char *freed;

	strncpy(secret, word, sizeof(secret) - 1);
	secret[strlen(secret) - 1]++;
	kept[0] = malloc(256);
	freed = malloc(256);
	if (!kept[0] || !freed)
		return 2;
	spell(kept[0], secret);
	spell(freed, secret);
	spell(secret_static, secret);
	spell(secret_stack, secret);
	free(freed);
	__asm__ volatile("" : : "r"(secret_stack), "r"(secret_static) : "memory");
	number = pooltrace_snapshot();
	fprintf(stderr, "secret %s\nnumber %u\nsettled %d\n", secret, number, settle());
	__asm__ volatile("" : : "r"(secret_stack) : "memory");
	printf("place %p value %p\n", (void *)&kept[0], kept[0]);
	return 0;
}

/* A long list, then what nothing may come in the way of. `deny`: what is denied before the snapshot */
static int limits(int (*deny)(void))
{
	void **head = NULL, **link;
	unsigned int i, number, links = 0;

	for (i = 0; i < LINKS_NR; i++) {
		link = malloc(32);
		if (!link)
			break;
		*link = head;
		head = link;
	}
	if (deny && deny())
		return 2;
	number = pooltrace_snapshot();
	fprintf(stderr, "number %u\nsettled %d\n", number, settle());
	while (head) {
		link = *head;
		free(head);
		head = link;
		links++;
	}
	printf("links %u\n", links);
	return 0;
}

static int deny_processes(void)
{
	const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_NPROC, &none) || (geteuid() == 0 && setresuid(65534, 65534, 65534));
}

static int deny_memory(void)
{
	const struct rlimit little = { 4096, 4096 };

	return setrlimit(RLIMIT_AS, &little);
}

static int confined(void)
{
	static const char line[] = "alive\n";
	void *volatile p = malloc(10);

	free(p); /* recording has begun */
	if (prctl(PR_SET_SECCOMP, 1 /* strict: read, write, _exit */))
		return 2;
	pooltrace_snapshot();
	syscall(SYS_write, 1, line, sizeof(line) - 1);
	syscall(SYS_exit, 0);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *arg = argc > 2 ? argv[2] : "1";

	look_open();
	shared_runs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared_runs == MAP_FAILED)
		return 2;
	if (strcmp(what, "hidden") == 0)
		return hidden();
	if (strcmp(what, "load") == 0)
		return load((unsigned int)atoi(arg));
	if (strcmp(what, "many") == 0)
		return many((unsigned int)atoi(arg));
	if (strcmp(what, "canary") == 0)
		return canary(arg);
	if (strcmp(what, "limits") == 0)
		return limits(NULL);
	if (strcmp(what, "memory") == 0)
		return limits(deny_memory);
	if (strcmp(what, "nproc") == 0)
		return limits(deny_processes);
	if (strcmp(what, "seccomp") == 0)
		return confined();
	return 2;
}
