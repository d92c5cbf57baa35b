// SPDX-License-Identifier: MIT
/*
 * record.c - pooltrace record: runs a program as it would run, with the recorder in it.
 *
 * The environment is changed for the program only. Its status becomes ours, as a shell would
 * tell it; signals that mean the program are left to it.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../result/quantity.h"
#include "cmd.h"
#include "library.h"
#include "program.h"
#include "recorded.h"

#define PATTERN_DEFAULT "%e.%p.%r.ptrace"
/* What the recorder takes; it would use its default for anything else. */
#define PATTERN_BYTES_MAX 512u
#define DEPTH_MAX	  256u
#define LIMIT_BYTES_MIN	  (64ull << 10)
#define LIMIT_BYTES_MAX	  (1ull << 46)
#define COUNT_BYTES_MAX	  (16u << 20) /* events are counted up to this: well below a second */

enum { OPTION_DEPTH = PT_OPTION_LONG, OPTION_LIMIT, OPTION_NO_CHILDREN };

static const struct pt_option options[] = {
	{ 'o', "output", "PATTERN",
	  "where traces go: a folder, or a name in which %e is the\n"
	  "program, %p its pid and %r random (default: " PATTERN_DEFAULT "\n"
	  "in the working directory)" },
	{ OPTION_DEPTH, "depth", "N",
	  "frames of a call stack at most, up to 256; 0 records\nnone (default: 64)" },
	{ OPTION_LIMIT, "size-limit", "BYTES",
	  "stop recording at that size, and count from there on;\n"
	  "K, M, G and T are understood (default: 16G)" },
	{ OPTION_NO_CHILDREN, "no-children", NULL,
	  "do not record processes that the program starts" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "record [OPTION]... [--] CMD [ARGUMENT]...",
	.about =
		"Runs CMD as it would run and records its heap events: one trace for each process.\n"
		"Exits with CMD's status, or 128 + n if signal n killed it. Refuses, in one line and\n"
		"with status 2, what cannot be recorded: static, setuid, musl and sanitizer programs\n"
		"and those of another architecture.\n",
	.options = options,
	.examples = "  pooltrace record -- ./server --port 80\n"
		    "        Leaves server.PID.RANDOM.ptrace in the working directory.\n"
		    "  pooltrace record -o traces/ --size-limit 2G -- make test\n"
		    "        One trace for each process that make starts, each of at most 2 GiB.\n",
	.stop_at_operand = true,
};

struct record_cmd {
	char *pattern; /* absolute */
	char library[PATH_MAX];
	const char *depth;
	char limit[32]; /* bytes; "" = the recorder's default */
	bool no_children;
	char **argv;
};

static pid_t child; /* for the handler that passes signals on */

static void pass_on(int signal_nr)
{
	int saved = errno;

	kill(child, signal_nr);
	errno = saved;
}

/* "512M" as bytes; 0 for what is no size, or none that the recorder takes. */
static unsigned long long parse_size(const char *text)
{
	unsigned long long size, unit = 1;
	char *end;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno || end == text || text[0] == '-')
		return 0;
	if (*end == 'K' || *end == 'k')
		unit = 1ull << 10;
	else if (*end == 'M' || *end == 'm')
		unit = 1ull << 20;
	else if (*end == 'G' || *end == 'g')
		unit = 1ull << 30;
	else if (*end == 'T' || *end == 't')
		unit = 1ull << 40;
	end += unit > 1;
	if (*end || size > LIMIT_BYTES_MAX / unit || size * unit < LIMIT_BYTES_MIN)
		return 0;
	return size * unit;
}

/* `%` of a folder's own name, for a pattern. */
static char *escape(const char *folder)
{
	char *out = malloc(2 * strlen(folder) + 1), *p = out;

	for (; out && *folder; folder++) {
		if (*folder == '%')
			*p++ = '%';
		*p++ = *folder;
	}
	if (out)
		*p = '\0';
	return out;
}

/* -o as an absolute pattern, so that a program that changes its folder leaves its traces here. */
static int set_pattern(struct record_cmd *c, const char *output)
{
	char here[PATH_MAX], *folder = NULL;
	bool is_folder = false;
	const char *name = output ? output : PATTERN_DEFAULT;
	struct stat st;

	if (output && output[0])
		is_folder = output[strlen(output) - 1] == '/' ||
			    (stat(output, &st) == 0 && S_ISDIR(st.st_mode));
	if (name[0] != '/') {
		if (!getcwd(here, sizeof(here)))
			return pt_fail(NULL,
				       "the working directory cannot be told (%s); use -o /FOLDER/",
				       strerror(errno));
		folder = escape(here);
	}
	if ((name[0] != '/' && !folder) ||
	    asprintf(&c->pattern, "%s%s%s%s%s", folder ? folder : "", folder ? "/" : "", name,
		     is_folder && name[strlen(name) - 1] != '/' ? "/" : "",
		     is_folder ? PATTERN_DEFAULT : "") < 0) {
		free(folder);
		return pt_fail(NULL, "not enough memory");
	}
	free(folder);
	if (strlen(c->pattern) > PATTERN_BYTES_MAX)
		return pt_fail(
			c->pattern,
			"longer than the %u bytes that the recorder takes; use a shorter path",
			PATTERN_BYTES_MAX);
	return PT_EXIT_OK;
}

/* `-o traces/` makes the folder; one that is only part of a name has to be there. */
static int check_folder(const char *pattern, const char *output)
{
	char *folder = strndup(pattern, (size_t)(strrchr(pattern, '/') - pattern) + 1);
	int status = PT_EXIT_OK;

	if (output && output[0] && output[strlen(output) - 1] == '/' && mkdir(output, 0777) != 0 &&
	    errno != EEXIST)
		status = pt_fail(output, "cannot be made (%s); name another folder with -o",
				 strerror(errno));

	else if (folder && !strchr(folder, '%') && access(folder, W_OK | X_OK) != 0)
		status = pt_fail(folder,
				 "no trace can be written there (%s); name another folder with -o",
				 strerror(errno));
	free(folder);
	return status;
}

static int read_options(struct record_cmd *c, int argc, char **argv)
{
	const char *output = NULL;
	int letter;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		switch (letter) {
		case OPTION_DEPTH:
			pt_number("depth", optarg, DEPTH_MAX);
			c->depth = optarg;
			break;
		case OPTION_LIMIT:
			if (!parse_size(optarg))
				return pt_fail(
					NULL,
					"--size-limit: '%s' is no size from 64K to 64T; write 500M or 2G",
					optarg);
			snprintf(c->limit, sizeof(c->limit), "%llu", parse_size(optarg));
			break;
		case OPTION_NO_CHILDREN:
			c->no_children = true;
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
	c->argv = argv + optind;
	if (set_pattern(c, output) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	return check_folder(c->pattern, output);
}

/* In the child: what the recorder reads. */
static bool set_environment(const struct record_cmd *c)
{
	const char *old = getenv("LD_PRELOAD");
	char *preload;
	int rc;

	if (asprintf(&preload, "%s%s%s", c->library, old && old[0] ? ":" : "", old ? old : "") < 0)
		return false;
	rc = setenv("LD_PRELOAD", preload, 1) | setenv("POOLTRACE_OUTPUT", c->pattern, 1);
	if (c->depth)
		rc |= setenv("POOLTRACE_STACK_DEPTH", c->depth, 1);
	if (c->limit[0])
		rc |= setenv("POOLTRACE_SIZE_LIMIT", c->limit, 1);
	if (c->no_children)
		rc |= setenv("POOLTRACE_CHILDREN", "0", 1);
	free(preload);
	return rc == 0;
}

/* The program's pid, or -1. Signals that arrive between fork() and here wait until they are
 * handled. */
static pid_t start(const struct record_cmd *c)
{
	static const int passed_on[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	struct sigaction ignore = { .sa_handler = SIG_IGN },
			 pass = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	struct sigaction before;
	sigset_t all, saved;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &saved);
	child = fork();
	if (child == 0) {
		sigprocmask(SIG_SETMASK, &saved, NULL);
		if (set_environment(c))
			execvp(c->argv[0], c->argv);
		pt_fail(c->argv[0], "cannot be executed (%s)", strerror(errno));
		_exit(errno == ENOENT ? PT_EXIT_NOT_FOUND : PT_EXIT_NOT_EXECUTABLE);
	}
	/* ^C and ^\ go to the program too, which may live on: wait for it, as a shell does. */
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	for (size_t i = 0; child > 0 && i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		if (sigaction(passed_on[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(passed_on[i], &pass, NULL);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return child;
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

static void say_where(const struct record_cmd *c, const struct pt_recorded *r, pid_t pid)
{
	uint64_t bytes = 0, lost = 0, events = 0;
	size_t named = main_trace(r, pid);
	char one[160], others[160];
	bool count;

	if (!r->traces_nr) {
		pt_fail(c->argv[0], "no trace of it at %s; POOLTRACE_VERBOSE=1 says why",
			short_path(c->pattern));
		return;
	}
	for (size_t i = 0; i < r->traces_nr; i++)
		bytes += r->traces[i].used_bytes;
	count = bytes <= COUNT_BYTES_MAX;
	bytes -= r->traces[named].used_bytes;
	for (size_t i = 0; i < r->traces_nr; i++) {
		if (i == named)
			continue;
		lost += r->traces[i].lost_events;
		events += count ? pt_recorded_events(&r->traces[i]) : 0;
	}
	describe(one, sizeof(one), count ? pt_recorded_events(&r->traces[named]) : UINT64_MAX,
		 r->traces[named].used_bytes, r->traces[named].lost_events);
	describe(others, sizeof(others), count ? events : UINT64_MAX, bytes, lost);
	fprintf(stderr, "pooltrace: recorded %s (%s)", short_path(r->traces[named].path), one);
	if (r->traces_nr > 1)
		fprintf(stderr, " and %zu more trace%s of this run (%s)", r->traces_nr - 1,
			r->traces_nr == 2 ? "" : "s", others);
	fputc('\n', stderr);
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

int cmd_record(int argc, char **argv)
{
	struct record_cmd c = { 0 };
	struct pt_recorded found;
	struct timespec since;
	int status = read_options(&c, argc, argv), wait_status;
	pid_t pid;

	if (status == PT_EXIT_OK)
		status = pt_program_check(c.argv[0]);
	if (status == PT_EXIT_OK)
		status = pt_library_find(c.library, sizeof(c.library));
	if (status != PT_EXIT_OK) {
		free(c.pattern);
		return status;
	}
	fflush(NULL);
	clock_gettime(CLOCK_REALTIME, &since);
	pid = start(&c);
	if (pid < 0) {
		free(c.pattern);
		return pt_fail(NULL, "no process can be started (%s)", strerror(errno));
	}
	while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
		;
	if (pt_recorded_find(c.pattern, pid,
			     (uint64_t)since.tv_sec * 1000000000 + (uint64_t)since.tv_nsec,
			     &found) == 0) {
		for (size_t i = 0; i < found.traces_nr; i++)
			pt_recorded_settle(&found.traces[i]);
		say_where(&c, &found, pid);
		for (size_t i = 0; i < found.traces_nr; i++)
			pt_recorded_trim(&found.traces[i]);
	}
	pt_recorded_fini(&found);
	free(c.pattern);
	return exit_as(wait_status);
}
