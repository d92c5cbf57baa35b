/* SPDX-License-Identifier: MIT */
/*
 * config.c - the environment in, struct pt_config out.
 *
 * Runs once, before main() as a rule, inside the first malloc(): no stdio, no malloc.
 */
#include "config.h"

#include <fnmatch.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "sys.h"
#include "text.h"

struct pt_config pt_config;

static struct stat errors; /* standard error at the start */

void pt_config_say(const char *what, const char *which)
{
	char line[PT_CONFIG_NOTE_BYTES + 1100];
	struct pt_text t;
	struct stat now;
	size_t i;

	if (!pt_config.verbose)
		return;
	/* What has that number in a child by now may be a file of the program. */
	if (pt_sys3(SYS_fstat, 2, (long)&now, 0) < 0 || now.st_dev != errors.st_dev || now.st_ino != errors.st_ino)
		return;
	pt_text_init(&t, line, sizeof(line));
	pt_text_put(&t, "pooltrace: ");
	pt_text_put(&t, what);
	pt_text_put(&t, which);
	for (i = 0; i < t.len_bytes; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) /* a name may be a command to the terminal */
			line[i] = '?';
	pt_text_put(&t, "\n");
	pt_sys_write(2, line, t.len_bytes);
}

static void complain(const char *name, const char *value, const char *advice)
{
	char *note;
	struct pt_text t;

	if (pt_config.notes_nr == PT_CONFIG_NOTES)
		return;
	note = pt_config.notes[pt_config.notes_nr++];
	pt_text_init(&t, note, PT_CONFIG_NOTE_BYTES);
	pt_text_put(&t, name);
	pt_text_put(&t, "=");
	pt_text_put_n(&t, value, 40);
	pt_text_put(&t, ": ");
	pt_text_put(&t, advice);
}

/* A decimal number with an optional K, M, G or T (powers of 1024) when `suffix`. */
static bool number(const char *s, bool suffix, uint64_t *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	if (suffix && *s && (unit = strchr(units, *s & ~0x20)) && *unit) {
		unsigned int shift = 10u * (unsigned int)(unit - units + 1);

		if (v >> (64 - shift))
			return false;
		v <<= shift;
		s++;
	}
	*out = v;
	return !*s;
}

static const char *lookup(char **env, const char *name)
{
	size_t len = strlen(name);

	for (; env && *env; env++)
		if (!strncmp(*env, name, len) && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* The working directory and a slash, as part of a pattern: its own % are doubled. */
static void put_folder(struct pt_text *t)
{
	char cwd[PT_PATTERN_BYTES_MAX];
	const char *p;

	if (pt_sys_getcwd(cwd, sizeof(cwd)) <= 1 || *cwd != '/')
		return; /* removed or unreachable: the name alone, as open() will see it */
	for (p = cwd; *p; p++)
		pt_text_put(t, *p == '%' ? "%%" : (const char[]){ *p, '\0' });
	if (p[-1] != '/')
		pt_text_put(t, "/");
}

static void read_output(const char *v)
{
	struct pt_text t;

	if (v && (!*v || strlen(v) > PT_PATTERN_BYTES_MAX)) {
		complain("POOLTRACE_OUTPUT", v, "empty or too long; the default is used");
		v = NULL;
	}
	if (v && pt_pattern_fault(v)) {
		complain("POOLTRACE_OUTPUT", v, "only %e, %p, %r and %% are known; the default is used");
		v = NULL;
	}
	if (!v)
		v = PT_PATTERN_DEFAULT;
	pt_text_init(&t, pt_config.output, sizeof(pt_config.output));
	if (*v != '/')
		put_folder(&t);
	pt_text_put(&t, v);
}

static void read_depth(const char *v)
{
	uint64_t n;

	pt_config.stack_depth = PT_STACK_DEPTH_DEFAULT;
	if (!v)
		return;
	if (number(v, false, &n) && n <= PT_STACK_DEPTH_MAX)
		pt_config.stack_depth = (uint32_t)n;
	else
		complain("POOLTRACE_STACK_DEPTH", v, "not a number from 0 to 256; 64 is used");
}

static void read_limit(const char *v)
{
	uint64_t n;

	pt_config.size_limit_bytes = PT_SIZE_LIMIT_DEFAULT;
	if (!v)
		return;
	if (number(v, true, &n) && n >= PT_SIZE_LIMIT_MIN && n <= PT_SIZE_LIMIT_MAX)
		pt_config.size_limit_bytes = n;
	else
		complain("POOLTRACE_SIZE_LIMIT", v, "not a size such as 512M, at least 64K; 16G is used");
}

static void read_flag(const char *name, const char *v, bool fallback, bool *out)
{
	*out = fallback;
	if (!v)
		return;
	if (!strcmp(v, "0") || !strcmp(v, "1"))
		*out = *v == '1';
	else
		complain(name, v, fallback ? "neither 0 nor 1; 1 is used" : "neither 0 nor 1; 0 is used");
}

/* "full", "ring=64M", "counters", "sample", "sample=512K". */
static void read_mode(const char *v)
{
	uint64_t n = PT_SAMPLE_BYTES_DEFAULT;

	if (!v || !strcmp(v, "full"))
		return;
	if (!strcmp(v, "counters")) {
		pt_config.mode = PT_MODE_COUNTERS;
	} else if (!strcmp(v, "sample") ||
		   (!strncmp(v, "sample=", 7) && number(v + 7, true, &n) && n && n <= PT_SAMPLE_BYTES_MAX)) {
		pt_config.mode = PT_MODE_SAMPLE;
		pt_config.sample_bytes = (uint32_t)n;
	} else if (!strncmp(v, "ring=", 5) && number(v + 5, true, &n) && n >= PT_RING_MIN && n <= PT_RING_MAX) {
		pt_config.ring_bytes = n;
	} else {
		complain("POOLTRACE_MODE", v, "none of full, counters, sample=BYTES up to 1G, ring=SIZE from 256K to 16G; full is used");
	}
}

static void read_children(const char *v)
{
	const char *p;

	pt_config.record_children = true;
	if (!v || !strcmp(v, "1"))
		return;
	if (!strcmp(v, "0")) {
		pt_config.record_children = false;
		return;
	}
	for (p = v; *p; p++)
		if (*p <= ' ' || *p == '/' || *p == '=')
			break;
	if (*v && !*p)
		pt_config.children = v;
	else
		complain("POOLTRACE_CHILDREN", v, "neither 0, 1 nor program names with commas; 1 is used");
}

struct item {
	const char *text;
	size_t bytes;
};

static bool is(struct item it, const char *word)
{
	return strlen(word) == it.bytes && !memcmp(it.text, word, it.bytes);
}

/* A name without SIG, or a number. 0 = neither. Not those that cannot be caught or mean a fault. */
static uint32_t signal_of(struct item it)
{
	static const struct {
		char name[8];
		uint32_t number;
	} known[] = {
		{ "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "HUP", SIGHUP },	     { "WINCH", SIGWINCH },
		{ "URG", SIGURG },   { "IO", SIGIO },	  { "PROF", SIGPROF },	     { "ALRM", SIGALRM },
		{ "PWR", SIGPWR },   { "QUIT", SIGQUIT }, { "VTALRM", SIGVTALRM },
	};
	unsigned int i;

	if (it.bytes > 3 && !memcmp(it.text, "SIG", 3)) {
		it.text += 3;
		it.bytes -= 3;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is(it, known[i].name))
			return known[i].number;
	return 0;
}

/* "30s", "500ms", "10m", "1h". 0 = not a time. */
static uint64_t time_of(struct item it)
{
	static const struct {
		char name[4];
		uint64_t ns;
	} units[] = { { "ms", 1000000ull }, { "s", 1000000000ull }, { "m", 60000000000ull }, { "h", 3600000000000ull } };
	uint64_t v = 0;
	unsigned int i;

	for (; it.bytes && *it.text >= '0' && *it.text <= '9' && v < 1000000; it.text++, it.bytes--)
		v = v * 10 + (uint64_t)(*it.text - '0');
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (is(it, units[i].name))
			return v * units[i].ns;
	return 0;
}

static bool read_item(struct item it)
{
	struct pt_config *c = &pt_config;

	if (is(it, "exit"))
		return c->snapshot_exit = true;
	if (is(it, "registers"))
		return c->snapshot_registers = true;
	if (is(it, "mark"))
		return c->snapshot_mark = true;
	if (it.bytes > 7 && !memcmp(it.text, "signal=", 7))
		return (c->snapshot_signal = signal_of((struct item){ it.text + 7, it.bytes - 7 })) != 0;
	if (it.bytes > 6 && !memcmp(it.text, "every=", 6))
		return (c->snapshot_every_ns = time_of((struct item){ it.text + 6, it.bytes - 6 })) != 0;
	return false;
}

static void read_snapshot(const char *v)
{
	const char *p = v;

	while (p) {
		struct item it = { p, strcspn(p, ",") };

		if (!read_item(it))
			complain("POOLTRACE_SNAPSHOT", v,
				 "not of exit, mark, signal=USR2, every=30s, registers; what is not known is left out");
		p = p[it.bytes] ? p + it.bytes + 1 : NULL;
	}
}

void pt_config_read(char **env)
{
	uint32_t i;

	pt_sys3(SYS_fstat, 2, (long)&errors, 0);
	read_flag("POOLTRACE_VERBOSE", lookup(env, "POOLTRACE_VERBOSE"), false, &pt_config.verbose);
	read_flag("POOLTRACE_VERIFY_STACKS", lookup(env, "POOLTRACE_VERIFY_STACKS"), false, &pt_config.verify_stacks);
	read_output(lookup(env, "POOLTRACE_OUTPUT"));
	read_depth(lookup(env, "POOLTRACE_STACK_DEPTH"));
	read_limit(lookup(env, "POOLTRACE_SIZE_LIMIT"));
	read_mode(lookup(env, "POOLTRACE_MODE"));
	read_children(lookup(env, "POOLTRACE_CHILDREN"));
	read_snapshot(lookup(env, "POOLTRACE_SNAPSHOT"));
	for (i = 0; i < pt_config.notes_nr; i++)
		pt_config_say("", pt_config.notes[i]);
}

/* Is one of the comma-separated patterns the name? */
static bool listed(const char *patterns, const char *program)
{
	char pattern[128];

	while (*patterns) {
		size_t len = strcspn(patterns, ",");

		if (len < sizeof(pattern)) {
			memcpy(pattern, patterns, len);
			pattern[len] = '\0';
			if (!fnmatch(pattern, program, 0))
				return true;
		}
		patterns += len + (patterns[len] == ',');
	}
	return false;
}

bool pt_config_wants(const char *program)
{
	if (pt_config.children)
		return listed(pt_config.children, program);
	return pt_config.record_children;
}
