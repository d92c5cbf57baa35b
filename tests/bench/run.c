/* SPDX-License-Identifier: MIT */
/*
 * run.c - one process, untraced or under a tracer, pinned and timed.
 *
 * heaptrack is measured at its best: its library writes the raw file straight to disk, as
 * pooltrace does; nothing is interpreted or compressed meanwhile.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEAPTRACK_LIBRARY "/usr/lib/heaptrack/libheaptrack_preload.so"
#define FNV_BASIS 14695981039346656037u
#define FNV_PRIME 1099511628211u

double bench_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int bench_use_library(struct bench_place *place, const char *name)
{
	const char *end = strrchr(place->churn, '/'); /* beside the other programs of the bench */

	snprintf(place->library, sizeof(place->library), "%.*s/%s", (int)(end - place->churn), place->churn, name);
	if (!access(place->library, R_OK))
		return 0;
	fprintf(stderr, "bench: %s: %s\n", place->library, strerror(errno)); /* ld.so would go on without */
	return -1;
}

static void redirect(const struct bench_place *place, const char *name, int to)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, to) < 0)
		_exit(126);
	close(fd);
}

static void become(const struct bench_place *place, enum bench_tool tool, const struct bench_command *c)
{
	cpu_set_t one;

	if (c->cpu >= 0) {
		CPU_ZERO(&one);
		CPU_SET((unsigned int)c->cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	close(STDIN_FILENO);
	if (open("/dev/null", O_RDONLY) != STDIN_FILENO)
		_exit(126);
	redirect(place, "stdout", STDOUT_FILENO);
	redirect(place, "stderr", STDERR_FILENO);
	if (c->variable && putenv((char *)c->variable))
		_exit(126);
	if (tool == BENCH_POOLTRACE) {
		setenv("LD_PRELOAD", place->library, 1);
		setenv("POOLTRACE_OUTPUT", place->trace, 1);
	} else if (tool == BENCH_HEAPTRACK) {
		setenv("LD_PRELOAD", HEAPTRACK_LIBRARY, 1);
		setenv("DUMP_HEAPTRACK_OUTPUT", place->heaptrack, 1);
	}
	execvp(c->argv[0], (char *const *)c->argv);
	_exit(127);
}

pid_t bench_start(const struct bench_place *place, enum bench_tool tool, const struct bench_command *c)
{
	pid_t pid;

	if (tool == BENCH_POOLTRACE)
		unlink(place->trace);
	if (tool == BENCH_HEAPTRACK)
		unlink(place->heaptrack);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(place, tool, c);
	return pid;
}

static uint64_t hash_file(const char *folder, const char *name)
{
	uint64_t hash = FNV_BASIS;
	char path[4200];
	FILE *f;
	int byte;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while ((byte = getc(f)) != EOF)
		hash = (hash ^ (uint64_t)byte) * FNV_PRIME;
	fclose(f);
	return hash;
}

/* A line "NUMBER operations/s" on its stderr. */
static double said_rate(const char *folder)
{
	char path[4200], line[256];
	double rate = 0, value;
	char unit[32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/stderr", folder);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lf %31s", &value, unit) == 2 && strcmp(unit, "operations/s") == 0)
			rate = value;
	fclose(f);
	return rate;
}

int bench_wait(const struct bench_place *place, pid_t pid, struct bench_result *out)
{
	struct rusage used;
	int status;

	while (wait4(pid, &status, 0, &used) != pid)
		if (errno != EINTR)
			return -1;
	out->end_s = bench_now_s();
	out->cpu_s = (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec * 1e-6 +
		     (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec * 1e-6;
	out->peak_bytes = (double)used.ru_maxrss * 1024;
	out->output_hash = hash_file(place->folder, "stdout");
	out->rate_per_s = said_rate(place->folder);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int bench_run(const struct bench_place *place, enum bench_tool tool, const struct bench_command *c,
	      struct bench_result *out)
{
	double start;
	pid_t pid;
	int err;

	memset(out, 0, sizeof(*out));
	start = bench_now_s();
	pid = bench_start(place, tool, c);
	if (pid < 0)
		return -1;
	err = bench_wait(place, pid, out);
	out->wall_s = out->end_s - start;
	return err;
}
