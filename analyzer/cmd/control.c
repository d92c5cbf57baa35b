// SPDX-License-Identifier: MIT
/*
 * control.c - pooltrace control: pause and resume the recording of a running process, or have a snapshot taken.
 *
 * The wish is a word in the header of its trace, as that of `pooltrace snapshot` is.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "asking.h"
#include "cmd.h"

enum { OPTION_WAIT = PT_OPTION_LONG };

static const struct pt_option options[] = {
	{ OPTION_WAIT, "wait", "SECONDS", "how long to wait until it is done (default: 10)" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "control [OPTION]... PID pause|resume|snapshot",
	.about = "Tells a process that is being recorded what to do from now on. `pause`: its events are\n"
		 "forwarded and not recorded, until `resume`. `snapshot`: as `pooltrace snapshot`.\n"
		 "It notices when it next allocates or frees.\n",
	.options = options,
	.examples = "  pooltrace control $(pidof server) pause\n"
		    "  pooltrace control $(pidof server) resume\n",
};

/* PT_CONTROL_*; 0 = neither. */
static uint32_t wish_of(const char *word)
{
	return !strcmp(word, "pause") ? PT_CONTROL_PAUSE : !strcmp(word, "resume") ? PT_CONTROL_RESUME : 0;
}

static int ask(const struct pt_asking *a, uint32_t what, const char *word, uint64_t until_ms)
{
	const struct timespec nap = { 0, 2000000 };
	uint32_t before = __atomic_load_n(&a->h->control_asked, __ATOMIC_ACQUIRE), wish;

	do {
		wish = PT_CONTROL_NEXT(before, what);
	} while (!__atomic_compare_exchange_n(&a->h->control_asked, &before, wish, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
	while (__atomic_load_n(&a->h->control_heeded, __ATOMIC_ACQUIRE) != wish) {
		if (__atomic_load_n(&a->h->control_asked, __ATOMIC_ACQUIRE) != wish)
			return pt_fail(a->path, "somebody else asked for something else meanwhile; see `pooltrace info`");
		if (pt_asking_now_ms() >= until_ms)
			return pt_fail(a->path, "process %ld has not allocated since; it will %s when it does", a->pid,
				       word);
		nanosleep(&nap, NULL);
	}
	pt_say(stdout, "%s: %sd", a->path, word);
	return pt_flush();
}

int cmd_control(int argc, char **argv)
{
	struct pt_asking a;
	uint64_t seconds = 10, until_ms;
	int status;

	while (pt_usage_next(&usage, argc, argv) != -1)
		seconds = pt_number("wait", optarg, 86400);
	if (optind + 2 != argc)
		return pt_fail(NULL, "control: a process id and what to do are needed, as in `pooltrace control 4711 pause`");
	if (!wish_of(argv[optind + 1]) && strcmp(argv[optind + 1], "snapshot"))
		return pt_fail(NULL, "control: '%s' is none of pause, resume, snapshot", argv[optind + 1]);
	status = pt_asking_open(&a, "control", argv[optind]);
	if (status != PT_EXIT_OK)
		return status;
	until_ms = pt_asking_now_ms() + seconds * 1000;
	status = wish_of(argv[optind + 1]) ? ask(&a, wish_of(argv[optind + 1]), argv[optind + 1], until_ms) :
					      pt_asking_snapshot(&a, until_ms);
	pt_asking_close(&a);
	return status;
}
