// SPDX-License-Identifier: MIT
/*
 * control.c - pooltrace control: pause, resume and switch the recording of a running process, or have a snapshot taken.
 *
 * The wish is a word in the header of its trace, as that of `pooltrace snapshot` is.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "asking.h"
#include "cmd.h"
#include "size.h"

enum { OPTION_WAIT = PT_OPTION_LONG };

static const struct pt_option options[] = {
	{ OPTION_WAIT, "wait", "SECONDS", "how long to wait until it is done (default: 10)" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "control [OPTION]... PID WHAT",
	.about =
		"Tells a process that is being recorded what to do from now on. WHAT is one of\n"
		"pause, resume, full, counters, sample[=BYTES], snapshot. `pause`: its events go\n"
		"on and are not recorded, until `resume`. `full`, `counters`, `sample`:\n"
		"record every event; only count them; record of malloc one allocation for every\n"
		"BYTES on average (default: 512K). `snapshot`: as `pooltrace snapshot`. It\n"
		"notices when it next allocates or frees.\n",
	.options = options,
	.examples = "  pooltrace control $(pidof server) pause\n"
		    "  pooltrace control $(pidof server) sample=64K\n",
};

struct wish {
	uint32_t what;		      /* PT_CONTROL_*; 0: none of them */
	unsigned long long sample_bytes; /* 0: the recorder's default */
	const char *word;
	const char *done; /* what is said of it afterwards */
};

/* A word of the command line. False: it is none. */
static bool parse_wish(const char *text, struct wish *out)
{
	static const struct wish wishes[] = {
		{ 0, 0, "snapshot", NULL },
		{ PT_CONTROL_PAUSE, 0, "pause", "paused" },
		{ PT_CONTROL_RESUME, 0, "resume", "resumed" },
		{ PT_CONTROL_FULL, 0, "full", "records every event" },
		{ PT_CONTROL_COUNTERS, 0, "counters", "counts" },
		{ PT_CONTROL_SAMPLE, 0, "sample", "samples" },
	};
	size_t i;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		*out = wishes[i];
		if (!strcmp(text, out->word))
			return true;
	}
	if (strncmp(text, "sample=", 7))
		return false;
	out->sample_bytes = pt_size_parse(text + 7, 1, PT_SAMPLE_BYTES_MAX);
	return out->sample_bytes;
}

/* One word holds the wish, another its bytes: of two who wish at once one may get the other's bytes, and sees it. */
static uint32_t put_wish(struct pt_file_header *h, const struct wish *w)
{
	uint32_t before = __atomic_load_n(&h->control_asked, __ATOMIC_ACQUIRE), wish;

	if (w->what == PT_CONTROL_SAMPLE)
		__atomic_store_n(&h->control_sample_bytes, w->sample_bytes, __ATOMIC_RELEASE);
	do {
		wish = PT_CONTROL_NEXT(before, w->what);
	} while (!__atomic_compare_exchange_n(&h->control_asked, &before, wish, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return wish;
}

/* Is what was wished for what it does now? A recorder of an older version heeds wishes that it does not know, too. */
static bool is_so(const struct pt_file_header *h, const struct wish *w)
{
	if (w->what < PT_CONTROL_FULL)
		return true;
	return __atomic_load_n(&h->mode, __ATOMIC_ACQUIRE) == w->what - PT_CONTROL_FULL &&
	       (!w->sample_bytes || h->sample_bytes == w->sample_bytes);
}

static int ask(const struct pt_asking *a, const struct wish *w, uint64_t until_ms)
{
	const struct timespec nap = { 0, 2000000 };
	uint32_t wish;

	if (w->what >= PT_CONTROL_FULL && a->h->ring_slots)
		return pt_fail(a->path, "a flight recorder keeps every event of its ring; start the program without ring= to switch");
	wish = put_wish(a->h, w);
	while (__atomic_load_n(&a->h->control_heeded, __ATOMIC_ACQUIRE) != wish) {
		if (__atomic_load_n(&a->h->control_asked, __ATOMIC_ACQUIRE) != wish)
			return pt_fail(a->path, "somebody else asked for something else meanwhile; see `pooltrace info`");
		if (pt_asking_now_ms() >= until_ms)
			return pt_fail(a->path, "process %ld has not allocated since; it will heed `%s` when it does", a->pid,
				       w->word);
		nanosleep(&nap, NULL);
	}
	if (!is_so(a->h, w))
		return pt_fail(a->path, "this process cannot record so, or was told otherwise since; see `pooltrace info`");
	pt_say(stdout, "%s: %s", a->path, w->done);
	return pt_flush();
}

int cmd_control(int argc, char **argv)
{
	struct pt_asking a;
	struct wish w;
	uint64_t seconds = 10, until_ms;
	int status;

	while (pt_usage_next(&usage, argc, argv) != -1)
		seconds = pt_number("wait", optarg, 86400);
	if (optind + 2 != argc)
		return pt_fail(NULL, "control: a process id and what to do are needed, as in `pooltrace control 4711 pause`");
	if (!parse_wish(argv[optind + 1], &w))
		return pt_fail(NULL, "control: '%s' is none of pause, resume, full, counters, sample, sample=BYTES up to 1G, snapshot",
			       argv[optind + 1]);
	status = pt_asking_open(&a, "control", argv[optind]);
	if (status != PT_EXIT_OK)
		return status;
	until_ms = pt_asking_now_ms() + seconds * 1000;
	status = w.what ? ask(&a, &w, until_ms) : pt_asking_snapshot(&a, until_ms);
	pt_asking_close(&a);
	return status;
}
