/* SPDX-License-Identifier: MIT */
/*
 * workloads.c - Debian's programs and one of our own, with the arguments that make them allocate.
 */
#include "workloads.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A script in the folder, whose path goes to `path`. Returns 0, or -1. */
static int put_script(const struct bench_place *place, const char *name, const char *text, char path[4200])
{
	FILE *f;

	snprintf(path, 4200, "%s/%s", place->folder, name);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

/*
 * Trial division in bc, which allocates a number for every step: 40 calls a trial. (coreutils'
 * factor does not allocate: a few hundred calls whatever the number.)
 */
static int run_factor(const struct bench_place *place, enum bench_tool tool, bool quick,
		      struct bench_result *out)
{
	static const char program[] = "define f(n) {\n"
				      "for (d = 3; d * d <= n; d += 2)\n"
				      "while (n % d == 0) { print d, \" \"; n /= d }\n"
				      "if (n > 1) print n, \"\\n\"\n"
				      "}\n";
	char text[1024], script[4200];
	const char *argv[] = { "/usr/bin/bc", "-q", script, NULL };
	struct bench_command c = { .argv = argv, .cpu = place->cpu_last };

	/* 100003 * 100019, or 1000003 * 1000033 */
	snprintf(text, sizeof(text), "%sn = f(%s)\nhalt\n", program, quick ? "10002200057" : "1000036000099");
	if (put_script(place, "factor.bc", text, script))
		return -1;
	return bench_run(place, tool, &c, out);
}

static int run_sqlite(const struct bench_place *place, enum bench_tool tool, bool quick,
		      struct bench_result *out)
{
	int rows = quick ? 60000 : 300000;
	char read[4300], script[4200];
	const char *argv[] = { "/usr/bin/sqlite3", "-batch", "-init", "/dev/null", ":memory:", read, NULL };
	struct bench_command c = { .argv = argv, .cpu = place->cpu_last };

	snprintf(script, sizeof(script), "%s/%d.sql", place->folder, rows);
	if (access(script, R_OK)) { /* made once */
		char make[9000];
		const char *sh[] = { "/bin/sh", "-c", make, NULL };
		struct bench_command maker = { .argv = sh, .cpu = -1 };
		struct bench_result unused;

		snprintf(make, sizeof(make), "sh '%s' %d >'%s'", place->script, rows, script);
		if (bench_run(place, BENCH_PLAIN, &maker, &unused))
			return -1;
	}
	snprintf(read, sizeof(read), ".read %s", script);
	return bench_run(place, tool, &c, out);
}

static int run_python(const struct bench_place *place, enum bench_tool tool, bool quick,
		      struct bench_result *out)
{
	static const char program[] =
		"import json, sys\n"
		"def tree(d): return {'d': d, 'kids': [tree(d - 1) for _ in range(3)]} if d else [str(d)] * 3\n"
		"def walk(t): return 1 + sum(walk(k) for k in t['kids']) if isinstance(t, dict) else len(t)\n"
		"total = 0\n"
		"for i in range(int(sys.argv[1])):\n"
		"    t = json.loads(json.dumps(tree(7)))\n"
		"    total += walk(t) + len(' '.join(sorted(str(x * 7919 % 10007) for x in range(8000))))\n"
		"print(total)\n";
	char script[4200];
	const char *argv[] = { "/usr/bin/python3", "-S", script, quick ? "6" : "100", NULL };
	struct bench_command c = { .argv = argv, .variable = "PYTHONMALLOC=malloc", .cpu = place->cpu_last };

	if (put_script(place, "work.py", program, script))
		return -1;
	return bench_run(place, tool, &c, out);
}

static int run_churn(const struct bench_place *place, enum bench_tool tool, bool quick,
		     struct bench_result *out)
{
	const char *argv[] = { place->churn, "2", quick ? "2000000" : "10000000", NULL };
	struct bench_command c = { .argv = argv, .cpu = -1 };

	return bench_run(place, tool, &c, out);
}

static int wait_for_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timespec pause = { 0, 5000000 };
	int tries, fd, err = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	for (tries = 0; tries < 2000 && err; tries++) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		err = connect(fd, (struct sockaddr *)&address, sizeof(address));
		close(fd);
		if (err)
			nanosleep(&pause, NULL);
	}
	return err;
}

pid_t bench_redis_start(const struct bench_place *place, enum bench_tool tool, const char *path)
{
	const char *argv[] = { "/usr/bin/redis-server", "--port", "0", "--unixsocket", path, "--save", "",
			       "--appendonly", "no", "--daemonize", "no", "--dir", place->folder, NULL };
	struct bench_command c = { .argv = argv, .cpu = place->cpu_first };
	pid_t pid;

	unlink(path);
	pid = bench_start(place, tool, &c);
	if (pid < 0 || !wait_for_socket(path))
		return pid;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -1;
}

int bench_redis_load(const struct bench_place *place, const char *path, const char *requests, double *wall_s)
{
	const char *argv[] = { "/usr/bin/redis-benchmark", "-q", "-s", path, "-n", requests, "-c", "20", "-P", "16",
			       "-r", "10000", "-d", "100", "-t", "set,get,lpush,lpop,sadd,hset,zadd", NULL };
	struct bench_command c = { .argv = argv, .cpu = place->cpu_last };
	struct bench_result loaded;
	int err = bench_run(place, BENCH_PLAIN, &c, &loaded);

	*wall_s = loaded.wall_s;
	return err;
}

/* Wall time is the benchmark's, CPU time the server's. */
static int run_redis(const struct bench_place *place, enum bench_tool tool, bool quick,
		     struct bench_result *out)
{
	double wall_s;
	char path[64];
	pid_t pid;
	int err;

	memset(out, 0, sizeof(*out));
	snprintf(path, sizeof(path), "/tmp/pooltrace-bench.%d", (int)getpid());
	pid = bench_redis_start(place, tool, path);
	if (pid < 0)
		return -1;
	err = bench_redis_load(place, path, quick ? "20000" : "200000", &wall_s);
	kill(pid, SIGTERM);
	if (bench_wait(place, pid, out) || err)
		return -1;
	out->wall_s = wall_s;
	out->output_hash = 0;
	unlink(path);
	return 0;
}

const struct bench_workload bench_workloads[] = {
	{ "factor", "bc factorises 1000036000099 by trial division: 40 calls a trial", run_factor, true, 0.001 },
	{ "sqlite3", "300,000 rows, an index, a sort, a join", run_sqlite, true, 0.001 },
	{ "python3", "CPython with PYTHONMALLOC=malloc: json, recursion, sorting", run_python, true, 0.01 },
	{ "redis", "redis-server under redis-benchmark -P 16; cpu is the server's", run_redis, false, 0.05 },
	{ "churn", "two threads of server-like churn, 10 M calls", run_churn, true, 0.001 },
	{ NULL, NULL, NULL, false, 0 },
};
