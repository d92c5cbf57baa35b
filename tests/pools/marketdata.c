/* SPDX-License-Identifier: MIT */
/* marketdata.c - the driver of the trading-platform case; usage() says what it can do. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "market.h"
#include "message.h"

static const char usage_text[] =
	"marketdata [OPTION...] - market data through a pool of buffers. Prints one JSON object: the truth.\n"
	"\n"
	"  --pool NAME         see below (syncpool). With scripts also `all`\n"
	"  --processors N      caches of a sharded pool (32)     --workers N     threads (as processors)\n"
	"  --rate N            messages a second, 0: no limit (50000)\n"
	"  --seconds S         how long (1)                      --messages N    instead: how many\n"
	"  --batch N           messages a buffer (1)             --bytes N       of a buffer (4096)\n"
	"  --grow-to N         largest message: buffers grow to hold what comes, and stay so\n"
	"  --children N        blocks of memory that a buffer points to\n"
	"  --clear-on-put      they are freed at each put; else they stay\n"
	"  --pointers          buffers are messages of 4096 bytes that point to a session, a book, fills, a request;\n"
	"                      --clear-on-put lets go of these. At the end there is a snapshot\n"
	"  --sweep             then what lies idle is cleared, and there is another one\n"
	"  --cross             half of the workers get, the others put\n"
	"  --in-flight N       buffers in use at most, 0: any number (0)\n"
	"  --hold N            buffers that a worker holds before it puts the oldest (1; not with --cross)\n"
	"  --migrate-every N   buffers, then a worker is on another processor, by chance (never)\n"
	"  --forget-every N    of so many buffers a worker never puts one\n"
	"  --burst N           messages that come in at once ...\n"
	"  --every MS          ... every so often (10); --rate does not count then\n"
	"  --gc MS             a garbage collection every so often (never)\n"
	"  --quiet MS          nothing happens, at the end (0)\n"
	"  --capacity N        idle objects: a processor of syncpool-capped and sharded; in all else (64)\n"
	"  --seed N            (1)\n"
	"\n"
	"Scripted: threads pass a baton, so that one runs at a time, in a fixed order.\n"
	"  --script FILE       plays what is written there; - is stdin\n"
	"  --random-script SEED --ops N   one random script\n"
	"  --scripts N         so many random ones, one after another, each on a pool of its own\n"
	"  --misuse            random scripts also misuse the pool; the calls are made, the pool is not touched\n"
	"  --print-script      prints scripts instead of playing them\n"
	"\n"
	"A script, one thing a line (# begins a comment). T: a thread, 0 to 5. S: a shard. O: an object, 0 to 63.\n"
	"  pool NAME KIND THREADS SHARDS BYTES CAPACITY    a new pool; BYTES 0: sizes vary. What follows is on it\n"
	"  T get S O [BYTES]      T put S O             T gc\n"
	"  T drop S               T move S TO           one idle object of S is dropped, sits in TO\n"
	"  T purge S|all          T resize O BYTES      T destroy\n"
	"  T mark TEXT            T wait MICROSECONDS\n"
	"  T reput S              misuse: the idle object that was put last is put again\n"
	"  T reget S O            misuse: a get of O, which is in use\n"
	"  T foreign S O          misuse: a put of a block that is no object of the pool; it becomes O\n"
	"  T stranger S O         the same; the block is an object in use of the pool before, if there is one\n"
	"  T forget O             a drop of such an O      T vanish O     its memory is freed without one\n"
	"What cannot be done (a put of no object, a drop from an empty shard) is left out.\n"
	"\n"
	"Pools (--list-pools: their names alone):\n";

enum kind { UINT, ULONG, SIZE, REAL, FLAG, TEXT, POOL, RANDOM_SCRIPT, LIST, HELP };

/* What an option says goes into the member at `offset`. */
static const struct {
	const char *name;
	enum kind kind;
	size_t offset;
} rows[] = {
#define ROW(name, kind, member) { name, kind, offsetof(struct market, member) }
	ROW("processors", UINT, processors),
	ROW("workers", UINT, workers),
	ROW("rate", ULONG, rate),
	ROW("seconds", REAL, seconds),
	ROW("messages", ULONG, messages),
	ROW("batch", UINT, batch),
	ROW("bytes", SIZE, bytes),
	ROW("grow-to", SIZE, grow_to),
	ROW("children", UINT, children),
	ROW("clear-on-put", FLAG, clear_on_put),
	ROW("pointers", FLAG, pointers),
	ROW("sweep", FLAG, sweep),
	ROW("cross", FLAG, cross),
	ROW("in-flight", UINT, in_flight),
	ROW("hold", UINT, hold),
	ROW("migrate-every", UINT, migrate_every),
	ROW("forget-every", UINT, forget_every),
	ROW("burst", UINT, burst),
	ROW("every", REAL, burst_every_ms),
	ROW("gc", REAL, gc_ms),
	ROW("quiet", REAL, quiet_ms),
	ROW("capacity", UINT, capacity),
	ROW("seed", ULONG, seed),
	ROW("script", TEXT, script),
	ROW("ops", UINT, ops),
	ROW("scripts", UINT, scripts),
	ROW("misuse", FLAG, misuse),
	ROW("print-script", FLAG, print_script),
#undef ROW
	{ "pool", POOL, 0 },
	{ "random-script", RANDOM_SCRIPT, 0 },
	{ "list-pools", LIST, 0 },
	{ "help", HELP, 0 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void usage(FILE *to)
{
	fputs(usage_text, to);
	for (size_t i = 0; mempool_table[i]; i++)
		fprintf(to, "  %-18s  %s\n", mempool_table[i]->name, mempool_table[i]->summary);
}

static void die(const char *what)
{
	fprintf(stderr, "marketdata: %s; see marketdata --help\n", what);
	exit(2);
}

static double number(const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= least && value <= most))
		die("a number is out of bounds");
	return value;
}

static void list(void)
{
	for (size_t i = 0; mempool_table[i]; i++)
		puts(mempool_table[i]->name);
}

static void set_pool(struct market *m, const char *name)
{
	m->pool = mempool_find(name);
	if (!m->pool && strcmp(name, "all") != 0)
		die("there is no such pool");
}

static void set(struct market *m, size_t row, const char *text)
{
	void *to = (char *)m + rows[row].offset;

	switch (rows[row].kind) {
	case UINT:
		*(unsigned int *)to = (unsigned int)number(text, 0, 4e9);
		break;
	case ULONG:
		*(uint64_t *)to = (uint64_t)number(text, 0, 1e15);
		break;
	case SIZE:
		*(size_t *)to = (size_t)number(text, 0, 1e12);
		break;
	case REAL:
		*(double *)to = number(text, 0, 1e9);
		break;
	case FLAG:
		*(bool *)to = true;
		break;
	case TEXT:
		*(const char **)to = text;
		break;
	case POOL:
		set_pool(m, text);
		break;
	case RANDOM_SCRIPT:
		m->seed = (uint64_t)number(text, 0, 1e15);
		m->scripts = 1;
		break;
	case LIST:
		list();
		exit(0);
	case HELP:
		usage(stdout);
		exit(0);
	}
}

static void read_options(struct market *m, int argc, char **argv)
{
	struct option options[ROWS + 1] = { 0 };
	int row;

	for (size_t i = 0; i < ROWS; i++) {
		bool alone = rows[i].kind == FLAG || rows[i].kind == LIST || rows[i].kind == HELP;

		options[i] = (struct option){ rows[i].name, !alone, NULL, (int)i + 256 };
	}
	while ((row = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (row == '?')
			exit(2);
		set(m, (size_t)row - 256, optarg);
	}
	if (optind != argc)
		die("no arguments, options only");
}

static void check(struct market *m)
{
	if (!m->workers)
		m->workers = m->processors;
	if (m->script || m->scripts) {
		if (m->ops < 1 || m->ops > 1000000)
			die("--ops is 1 to 1000000");
		return;
	}
	if (!m->pool)
		die("`--pool all` is for scripts");
	if (m->processors < 1 || m->processors > 4096 || m->workers < 1 || m->workers > 4096)
		die("--processors and --workers are 1 to 4096");
	if (m->cross && m->workers < 2)
		die("--cross needs two workers");
	if (m->batch < 1 || m->bytes < 2 * MEMPOOL_OBJECT_MIN || m->bytes / m->batch < 1)
		die("--batch is at least 1, --bytes at least 256 and as many as messages");
	if (m->hold < 1 || m->hold > 4096)
		die("--hold is 1 to 4096");
	if (m->sweep && !m->pointers)
		die("--sweep goes with --pointers");
	if (m->pointers && (m->bytes != MESSAGE_OBJECT_BYTES || m->grow_to || m->children))
		die("messages with --pointers are all alike: no --bytes, --grow-to, --children");
	if (m->pointers && strcmp(m->pool->name, "prealloc") == 0 && m->capacity < 2 * m->workers * (m->hold + 1))
		die("a pool that blocks needs --capacity for requests, too");
	if (strcmp(m->pool->name, "prealloc") == 0 && !m->cross && m->capacity < m->workers * m->hold &&
	    !(m->in_flight && m->in_flight <= m->capacity))
		die("a pool that blocks needs --capacity for all that its workers hold");
	if (strncmp(m->pool->name, "prealloc", 8) == 0 && m->forget_every)
		die("a pool that makes no objects would run dry by --forget-every");
}

int main(int argc, char **argv)
{
	struct market m = {
		.pool = mempool_find("syncpool"),
		.processors = 32,
		.rate = 50000,
		.seconds = 1,
		.batch = 1,
		.bytes = 4096,
		.hold = 1,
		.burst_every_ms = 10,
		.capacity = 64,
		.seed = 1,
		.ops = 100,
	};

	read_options(&m, argc, argv);
	check(&m);
	return m.script || m.scripts ? market_play(&m) : market_run(&m);
}
