/* SPDX-License-Identifier: MIT */
/*
 * fault_sweep.c LIBRARY FOLDER FROM TO KIND:ERRNO... -- COMMAND... - the nth system call of the recorder
 * fails, n = FROM to TO, in a run of COMMAND each.
 *
 * KIND ends with + : from the nth on all fail. A run must end as COMMAND does plain, with the same on stdout
 * and stderr, within 60 s. A kind is done early when eight runs in a row had fewer than n calls of it. Prints
 * "KIND N FIRED SAME" for each run; the traces are FOLDER/KIND.N.*.ptrace. What differs is told on stderr and
 * kept as FOLDER/KIND.N.out.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 60
#define OUTPUT_BYTES (1u << 20)
#define IDLE_RUNS 8

struct result {
	int status;
	size_t bytes;
	char *out;
};

static const char *library, *folder;

static void child(char **command, const char *out, const char *name, const char *spec)
{
	char value[4096];
	int fd = open(out, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);

	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	close(fd);
	if (name) {
		setenv("LD_PRELOAD", library, 1);
		snprintf(value, sizeof(value), "%s/%s.%%p.%%r.ptrace", folder, name);
		setenv("POOLTRACE_OUTPUT", value, 1);
		snprintf(value, sizeof(value), "%s/log", folder);
		setenv("POOLTRACE_FAULT_LOG", value, 1);
		setenv("POOLTRACE_FAULT", spec, 1);
	}
	alarm(LIMIT_S); /* survives the exec */
	execvp(command[0], command);
	_exit(127);
}

static void run(char **command, const char *name, const char *spec, struct result *r)
{
	char out[4096];
	pid_t pid;
	ssize_t n;
	int fd;

	snprintf(out, sizeof(out), "%s/%s.out", folder, name ? name : "plain");
	pid = fork();
	if (!pid)
		child(command, out, name, spec);
	if (pid < 0 || waitpid(pid, &r->status, 0) != pid)
		exit(2);
	fd = open(out, O_RDONLY);
	n = read(fd, r->out, OUTPUT_BYTES);
	close(fd);
	if (n < 0)
		exit(2);
	r->bytes = (size_t)n;
	unlink(out);
}

static int same(const struct result *a, const struct result *b)
{
	return a->status == b->status && a->bytes == b->bytes && !memcmp(a->out, b->out, a->bytes);
}

static void keep(const char *name, const struct result *r)
{
	char out[4096];
	int fd;

	snprintf(out, sizeof(out), "%s/%s.out", folder, name);
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, r->out, r->bytes) != (ssize_t)r->bytes)
		exit(2);
	close(fd);
	fprintf(stderr, "%s: status %x, %zu bytes\n", name, (unsigned int)r->status, r->bytes);
}

/* How many calls failed. */
static int fired(void)
{
	char path[4096];
	struct stat st;
	int nr;

	snprintf(path, sizeof(path), "%s/log", folder);
	nr = stat(path, &st) ? 0 : (int)st.st_size;
	unlink(path);
	return nr;
}

/* "mmap+:ENOMEM", 7 -> the name "mmap+.7" and what the recorder reads, "mmap:7+:ENOMEM". */
static void name_run(const char *kind, int n, char *name, char *spec, size_t bytes)
{
	size_t len = strcspn(kind, ":");
	int and_on = len && kind[len - 1] == '+';

	snprintf(name, bytes, "%.*s.%d", (int)len, kind, n);
	snprintf(spec, bytes, "%.*s:%d%s%s", (int)len - and_on, kind, n, and_on ? "+" : "", kind + len);
}

static int sweep(char **command, const char *kind, int from, int to, const struct result *plain, struct result *r)
{
	int n, idle = 0, differ = 0;

	for (n = from; n <= to && idle < IDLE_RUNS; n++) {
		char name[256], spec[256];
		int nr, is_same;

		name_run(kind, n, name, spec, sizeof(name));
		run(command, name, spec, r);
		nr = fired();
		idle = nr ? 0 : idle + 1;
		is_same = same(plain, r);
		if (!is_same) {
			keep(name, r);
			differ++;
		}
		printf("%s %d %d %d\n", strtok(name, "."), n, nr, is_same);
	}
	return differ;
}

int main(int argc, char **argv)
{
	struct result plain = { 0, 0, malloc(OUTPUT_BYTES) }, r = { 0, 0, malloc(OUTPUT_BYTES) };
	int i, command = 0, differ = 0;

	for (i = 5; i < argc && !command; i++)
		if (!strcmp(argv[i], "--"))
			command = i + 1;
	if (!command || command >= argc || !plain.out || !r.out)
		return 2;
	library = argv[1];
	folder = argv[2];
	run(argv + command, NULL, NULL, &plain);
	for (i = 5; i < command - 1; i++)
		differ += sweep(argv + command, argv[i], atoi(argv[3]), atoi(argv[4]), &plain, &r);
	return differ ? 1 : 0;
}
