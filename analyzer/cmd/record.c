// SPDX-License-Identifier: MIT
/*
 * record.c - pooltrace record: runs a program as it would run, and says where its traces are.
 *
 * The program's status becomes ours, as a shell would tell it.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../../format/layout.h"
#include "../../format/settings.h"
#include "../result/quantity.h"
#include "cmd.h"
#include "launch.h"
#include "library.h"
#include "pattern.h"
#include "program.h"
#include "recorded.h"
#include "size.h"

#define RUNS_MAX	100000u
#define COUNT_BYTES_MAX (16u << 20) /* events are counted up to this: well below a second */

enum { OPTION_DEPTH = PT_OPTION_LONG, OPTION_LIMIT, OPTION_RING, OPTION_COUNTERS, OPTION_SAMPLE, OPTION_NO_CHILDREN, OPTION_RUNS };

static const struct pt_option options[] = {
	{ 'o', "output", "PATTERN",
	  "where traces go: a folder, or a name in which %e\n"
	  "is the program, %p its pid, %r random and %% a\n"
	  "percent sign (default: " PT_PATTERN_DEFAULT " in the\n"
	  "working directory)" },
	{ OPTION_DEPTH, "depth", "N",
	  "frames of a call stack at most, up to 256; 0\n"
	  "records none (default: 64)" },
	{ OPTION_LIMIT, "size-limit", "BYTES",
	  "stop recording at that size of a trace, and count\n"
	  "from there on; K, M, G and T are understood\n"
	  "(default: 16G)" },
	{ OPTION_RING, "ring", "BYTES",
	  "keep the last BYTES of events only, from 256K to\n"
	  "16G, and count what is dropped: a flight recorder" },
	{ OPTION_COUNTERS, "counters", NULL,
	  "no events, only counters: by thread, CPU, class of\n"
	  "sizes and pool" },
	{ OPTION_SAMPLE, "sample", "BYTES",
	  "of malloc a sample: on average one allocation for\n"
	  "every BYTES, such as 512K; of pools every event" },
	{ OPTION_NO_CHILDREN, "no-children", NULL,
	  "do not record processes that the program starts" },
	{ OPTION_RUNS, "runs", "N",
	  "run CMD N times, one after the other, until one\n"
	  "fails; where PATTERN would name two runs alike a\n"
	  "number is put before .ptrace (default: 1)" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "record [OPTION]... [--] CMD [ARGUMENT]...",
	.about =
		"Runs CMD as it would run and records its heap events: one trace for each\n"
		"process. Exits with CMD's status, or 128 + n if signal n killed it. Refuses, in\n"
		"one line and with status 2, what cannot be recorded: static, setuid, musl and\n"
		"sanitizer programs and those of another architecture.\n",
	.options = options,
	.examples = "  pooltrace record -- ./server --port 80\n"
		    "        Leaves server.PID.RANDOM.ptrace in the working directory.\n"
		    "  pooltrace record -o traces/ --size-limit 2G -- make test\n"
		    "        One trace for each process that make starts, each of at most 2 GiB.\n"
		    "  pooltrace record --runs 10 -o base.ptrace -- ./app --load test\n"
		    "        base.01.ptrace to base.10.ptrace, for pooltrace baseline.\n",
	.stop_at_operand = true,
};

struct record_cmd {
	struct pt_launch launch;
	char *pattern; /* absolute; of all runs */
	unsigned int runs_nr;
};

/* The value of POOLTRACE_MODE, of which there can be one. */
static int set_mode(struct pt_launch *l, const char *name, unsigned long long bytes)
{
	if (l->mode[0])
		return pt_fail(NULL, "--ring, --counters and --sample: one of them; what to record is one thing");
	if (bytes)
		snprintf(l->mode, sizeof(l->mode), "%s=%llu", name, bytes);
	else
		snprintf(l->mode, sizeof(l->mode), "%s", name);
	return PT_EXIT_OK;
}

/* --size-limit, --ring, --counters and --sample. */
static int read_kept(struct pt_launch *l, int letter)
{
	unsigned long long bytes;

	switch (letter) {
	case OPTION_LIMIT:
		bytes = pt_size_parse(optarg, PT_SIZE_LIMIT_MIN, PT_SIZE_LIMIT_MAX);
		if (!bytes)
			return pt_fail(NULL, "--size-limit: '%s' is no size from 64K to 64T; write 500M or 2G", optarg);
		snprintf(l->limit, sizeof(l->limit), "%llu", bytes);
		return PT_EXIT_OK;
	case OPTION_RING:
		bytes = pt_size_parse(optarg, PT_RING_MIN, PT_RING_MAX);
		if (!bytes)
			return pt_fail(NULL, "--ring: '%s' is no size from 256K to 16G; write 64M", optarg);
		return set_mode(l, "ring", bytes);
	case OPTION_SAMPLE:
		bytes = pt_size_parse(optarg, 1, PT_SAMPLE_BYTES_MAX);
		if (!bytes)
			return pt_fail(NULL, "--sample: '%s' is no size up to 1G; write 512K", optarg);
		return set_mode(l, "sample", bytes);
	default:
		return set_mode(l, "counters", 0);
	}
}

static int read_options(struct record_cmd *c, int argc, char **argv)
{
	const char *output = NULL;
	int letter;

	c->runs_nr = 1;
	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		switch (letter) {
		case OPTION_DEPTH:
			pt_number("depth", optarg, PT_STACK_DEPTH_MAX);
			c->launch.depth = optarg;
			break;
		case OPTION_LIMIT:
		case OPTION_RING:
		case OPTION_COUNTERS:
		case OPTION_SAMPLE:
			if (read_kept(&c->launch, letter))
				return PT_EXIT_ERROR;
			break;
		case OPTION_NO_CHILDREN:
			c->launch.no_children = true;
			break;
		case OPTION_RUNS:
			c->runs_nr = (unsigned int)pt_number("runs", optarg, RUNS_MAX);
			if (!c->runs_nr)
				return pt_fail(NULL, "--runs: '%s' is not a number from 1 to %u", optarg, RUNS_MAX);
			break;
		default:
			output = optarg;
			break;
		}
	}
	if (optind >= argc)
		return pt_fail(
			NULL,
			"record: no command; try: pooltrace record -- CMD, or pooltrace record --help");
	c->launch.argv = argv + optind;
	return pt_pattern_make(output, c->runs_nr, &c->pattern);
}

/* The trace to name: the last one of the process that was started, for it may have exec'ed. */
static size_t main_trace(const struct pt_recorded *r, pid_t pid)
{
	size_t found = 0;

	for (size_t i = 0; i < r->traces_nr; i++)
		if (r->traces[i].pid == (uint32_t)pid)
			found = i;
	return found;
}

/* "1,234 events, 12.0 KiB" of one trace or of all others. */
static void describe(char *out, size_t size, uint64_t events, uint64_t bytes, uint64_t lost)
{
	char a[PT_QUANTITY_BYTES], b[PT_QUANTITY_BYTES], d[PT_QUANTITY_BYTES];

	snprintf(out, size, "%s%s%s%s%s", events == UINT64_MAX ? "" : pt_quantity_count(a, events),
		 events == UINT64_MAX ? ""
		 : events == 1	      ? " event, "
				      : " events, ",
		 pt_quantity_bytes(b, bytes), lost ? ", lost events: " : "",
		 lost ? pt_quantity_count(d, lost) : "");
}

/* The path as it can be typed here. */
static const char *short_path(const char *path)
{
	char here[PATH_MAX];
	size_t length;

	if (!getcwd(here, sizeof(here)))
		return path;
	length = strlen(here);
	return !strncmp(path, here, length) && path[length] == '/' ? path + length + 1 : path;
}

/* run: its number, 1 = first. */
static void say_where(const struct record_cmd *c, const struct pt_recorded *r, pid_t pid, unsigned int run)
{
	uint64_t bytes = 0, lost = 0, events = 0;
	size_t named = main_trace(r, pid);
	const uint64_t ring = r->traces_nr ? r->traces[named].ring_bytes : 0;
	char size[PT_QUANTITY_BYTES];
	char one[160], others[160], which[48] = "", more[256] = "";
	bool count = true;

	if (!r->traces_nr) {
		pt_fail(c->launch.argv[0], "no trace of it at %s; POOLTRACE_VERBOSE=1 says why",
			short_path(c->launch.pattern));
		return;
	}
	for (size_t i = 0; i < r->traces_nr; i++) {
		bytes += r->traces[i].used_bytes;
		count &= !r->traces[i].counters;
	}
	count &= bytes <= COUNT_BYTES_MAX;
	bytes -= r->traces[named].used_bytes;
	for (size_t i = 0; i < r->traces_nr; i++) {
		if (i == named)
			continue;
		lost += r->traces[i].lost_events;
		events += count ? pt_recorded_events(&r->traces[i]) : 0;
	}
	describe(one, sizeof(one), count ? pt_recorded_events(&r->traces[named]) : UINT64_MAX,
		 r->traces[named].used_bytes, r->traces[named].lost_events);
	if (ring && !r->traces[named].lost_events) /* what was asked for; the file has some pages more */
		snprintf(one, sizeof(one), "flight recorder of %s", pt_quantity_bytes(size, ring));
	describe(others, sizeof(others), count ? events : UINT64_MAX, bytes, lost);
	if (c->runs_nr > 1)
		snprintf(which, sizeof(which), "run %u of %u: ", run, c->runs_nr);
	if (r->traces_nr > 1)
		snprintf(more, sizeof(more), " and %zu more trace%s of this run (%s)", r->traces_nr - 1,
			 r->traces_nr == 2 ? "" : "s", others);
	pt_say(stderr, "pooltrace: %srecorded %s (%s)%s", which, short_path(r->traces[named].path), one, more);
}

static int exit_as(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) ==
	    SIGINT) { /* a shell loop around us stops only if we die of it too */
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	return 128 + WTERMSIG(status);
}

/* The program once, from start to end, and what it has left behind. 0 or -PT_EIO (errno). */
static int run_once(const struct record_cmd *c, unsigned int run, int *wait_status)
{
	struct pt_recorded found;
	struct timespec since;
	pid_t pid;

	clock_gettime(CLOCK_REALTIME, &since);
	pid = pt_launch(&c->launch, wait_status);
	if (pid < 0)
		return -PT_EIO;
	if (pt_recorded_find(c->launch.pattern, pid,
			     (uint64_t)since.tv_sec * 1000000000 + (uint64_t)since.tv_nsec,
			     &found) == 0) {
		for (size_t i = 0; i < found.traces_nr; i++)
			pt_recorded_settle(&found.traces[i]);
		say_where(c, &found, pid, run);
		for (size_t i = 0; i < found.traces_nr; i++)
			pt_recorded_trim(&found.traces[i]);
	}
	pt_recorded_fini(&found);
	return 0;
}

/* One run after another, up to the first that fails or the user's ^C. The exit status. */
static int run_all(struct record_cmd *c)
{
	int wait_status = 0;

	for (unsigned int run = 1; run <= c->runs_nr; run++) {
		char *pattern = pt_pattern_of_run(c->pattern, run, c->runs_nr);
		int rc;

		if (!pattern)
			return pt_fail(NULL, "not enough memory");
		c->launch.pattern = pattern;
		rc = run_once(c, run, &wait_status);
		free(pattern);
		if (rc)
			return pt_fail(NULL, "no process can be started (%s)", strerror(errno));
		if (run == c->runs_nr || (!wait_status && !pt_launch_stopped()))
			continue;
		pt_fail(NULL, "run %u of %u %s; stopped there", run, c->runs_nr,
			wait_status ? "failed" : "was the last: interrupted");
		return wait_status ? exit_as(wait_status) : 128 + pt_launch_stopped();
	}
	return exit_as(wait_status);
}

int cmd_record(int argc, char **argv)
{
	struct record_cmd c = { 0 };
	int status = read_options(&c, argc, argv);

	if (status == PT_EXIT_OK)
		status = pt_program_check(c.launch.argv[0]);
	if (status == PT_EXIT_OK)
		status = pt_library_find(c.launch.library, sizeof(c.launch.library));
	if (status == PT_EXIT_OK)
		status = run_all(&c);
	free(c.pattern);
	return status;
}
