/* SPDX-License-Identifier: MIT */
/*
 * annotate.c WHAT [TRUTH [LIBRARY]] - calls of pooltrace.h whose trace is known. C11 and C++11.
 *
 *   calls  each call of the header, in every form of its arguments
 *   names  names that are long, missing or not for printing
 *   null   pools and objects that are NULL or no address at all
 *   pause  recording stops and goes on, across a fork
 *   plugin the calls are made inside of LIBRARY, which is loaded for it
 *
 * One line an event goes to the file TRUTH, as the test makes it out of `pooltrace dump --json`.
 * stdout has no address in it: it is the same whoever watches, but for "recording".
 */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define ERRNO_KEPT ENOTBLK

static FILE *truth;
static char truth_buffer[65536]; /* not one that is allocated when recording is paused */
static unsigned int errno_changes;
static struct {
	char first, second;
} pools;
static char objects[8][64];

static char *hex(const void *p)
{
	static char text[4][32];
	static unsigned int turn;
	char *out = text[turn++ % 4];

	snprintf(out, sizeof(text[0]), "0x%" PRIxPTR, (uintptr_t)p);
	return out;
}

static const char *shard_word(uint32_t shard)
{
	static char text[16];

	if (shard == POOLTRACE_SHARD_THREAD)
		return "thread";
	if (shard == POOLTRACE_ALL_SHARDS)
		return "all";
	snprintf(text, sizeof(text), "%u", (unsigned int)shard);
	return text;
}

/* Makes the call, checks that it kept errno, and writes down what it has to become. */
#define CALL(call, ...)                              \
	do {                                         \
		errno = ERRNO_KEPT;                  \
		call;                                \
		errno_changes += errno != ERRNO_KEPT; \
		fprintf(truth, __VA_ARGS__);         \
	} while (0)

static void create(const void *pool, const char *name, size_t bytes, uint32_t shards)
{
	CALL(pooltrace_pool_create(pool, name, bytes, shards), "pool_create %s %zu %u %s\n", hex(pool), bytes,
	     (unsigned int)shards, name);
}

static void get(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	CALL(pooltrace_get(pool, object, bytes, shard), "pool_get %s %s %zu %s\n", hex(pool), hex(object), bytes,
	     shard_word(shard));
}

static void put(const void *pool, const void *object, uint32_t shard)
{
	CALL(pooltrace_put(pool, object, shard), "pool_put %s %s %s\n", hex(pool), hex(object), shard_word(shard));
}

static void stock(const void *pool, const void *object, size_t bytes, uint32_t shard)
{
	CALL(pooltrace_stock(pool, object, bytes, shard), "pool_stock %s %s %zu %s\n", hex(pool), hex(object), bytes,
	     shard_word(shard));
}

static void miss(const void *pool, uint32_t shard)
{
	CALL(pooltrace_miss(pool, shard), "pool_miss %s %s\n", hex(pool), shard_word(shard));
}

static void drop(const void *pool, const void *object)
{
	CALL(pooltrace_drop(pool, object), "pool_drop %s %s\n", hex(pool), hex(object));
}

static void purge(const void *pool, uint32_t shard)
{
	CALL(pooltrace_purge(pool, shard), "pool_purge %s %s\n", hex(pool), shard_word(shard));
}

static void move(const void *pool, const void *object, uint32_t shard)
{
	CALL(pooltrace_move(pool, object, shard), "pool_move %s %s %s\n", hex(pool), hex(object), shard_word(shard));
}

static void resize(const void *pool, const void *object, const void *now, size_t bytes)
{
	CALL(pooltrace_resize(pool, object, now, bytes), "pool_resize %s %s %s %zu\n", hex(pool), hex(object), hex(now),
	     bytes);
}

static void mark(const char *name)
{
	CALL(pooltrace_mark(name), "mark %s\n", name);
}

static void destroy(const void *pool)
{
	CALL(pooltrace_pool_destroy(pool), "pool_destroy %s\n", hex(pool));
}

static void shard_name(const void *pool, uint32_t shard, const char *name)
{
	CALL(pooltrace_shard_name(pool, shard, name), "shard_name %s %s %s\n", hex(pool), shard_word(shard), name);
}

static int do_calls(void)
{
	static const uint32_t shards[] = { 0, 1, 2, 15, 16, 127, 128, 65535, 1u << 31, UINT32_MAX - 2,
					   POOLTRACE_SHARD_THREAD };
	static const size_t sizes[] = { 0, 1, 64, 4096, UINT32_MAX, (size_t)UINT32_MAX + 1, (size_t)1 << 46 };
	unsigned int round, i;

	create(&pools.first, "msgbuf", 4096, 32);
	create(&pools.second, "varying", 0, 0);
	shard_name(&pools.first, 7, "cpu 7");
	shard_name(&pools.first, POOLTRACE_SHARD_THREAD, "mine");
	mark("load done");
	for (round = 0; round < 3; round++) {
		for (i = 0; i < sizeof(shards) / sizeof(shards[0]); i++) {
			const void *pool = i % 3 ? &pools.first : &pools.second;

			miss(pool, shards[i]);
			get(pool, objects[i % 8], sizes[(i + round) % 7], shards[i]);
			put(pool, objects[i % 8], shards[i]);
			stock(pool, objects[i % 8], sizes[i % 7], shards[i]);
			move(pool, objects[i % 8], shards[i]);
			purge(pool, shards[i]);
			resize(pool, objects[i % 8], objects[(i + 1) % 8], sizes[i % 7]);
			drop(pool, objects[i % 8]);
		}
		purge(&pools.first, POOLTRACE_ALL_SHARDS);
	}
	destroy(&pools.first);
	destroy(&pools.second);
	return 0;
}

/* The names are in the test as well: it knows what becomes of each. */
static int do_names(void)
{
	static const char two[] = "\xc3\xa9"; /* e with an acute accent, 2 bytes */
	char text[400];
	unsigned int i;

	memset(text, 'n', sizeof(text));
	text[399] = 0;
	pooltrace_pool_create(&pools.first, text, 64, 0);
	pooltrace_mark(text);
	pooltrace_shard_name(&pools.first, 0, text);
	pooltrace_pool_create(&pools.second, NULL, 64, 0);
	pooltrace_shard_name(&pools.second, 1, NULL);
	pooltrace_mark(NULL);
	pooltrace_mark("");
	pooltrace_mark("two\nlines\tand a \"quote\" \\ and \x01\x1b[31m\x7f.");
	pooltrace_mark("bad \xff\xfe \xc3( \xed\xa0\x80 \xf0\x9f utf-8");
	for (i = 0; i < 40; i++) /* the 63rd byte is the first half of a letter */
		memcpy(text + 2 * i, two, 2);
	text[80] = 0;
	pooltrace_pool_create(&objects[0], text, 1, 1);
	for (i = 0; i < 3; i++) {
		pooltrace_get(&pools.second, objects[i], 64, 1);
		pooltrace_put(&pools.second, objects[i], 1);
	}
	return 0;
}

static int do_null(void)
{
	static const uintptr_t odd[] = { 0, 1, 7, UINTPTR_MAX, (uintptr_t)1 << 63 };
	unsigned int i, k;

	for (i = 0; i < 5; i++) {
		for (k = 0; k < 5; k++) {
			const void *pool = (const void *)odd[i], *object = (const void *)odd[k];

			get(pool, object, 16, i);
			put(pool, object, k);
			stock(pool, object, 16, 0);
			move(pool, object, 1);
			resize(pool, object, NULL, 0);
			drop(pool, object);
		}
		miss((const void *)odd[i], 0);
		purge((const void *)odd[i], POOLTRACE_ALL_SHARDS);
		destroy((const void *)odd[i]);
	}
	return 0;
}

static void churn(unsigned int nr)
{
	while (nr-- > 0) {
		void *volatile p = malloc(1234);

		pooltrace_get(&pools.first, p, 1234, 3);
		pooltrace_put(&pools.first, p, 3);
		pooltrace_drop(&pools.first, p);
		free(p);
	}
}

/* What a child that is forked while its parent is paused says and does. */
static int paused_child(int resume)
{
	int was = pooltrace_is_recording();

	churn(5);
	if (resume) {
		pooltrace_resume();
		pooltrace_mark("child goes on");
		churn(7);
	}
	_exit(was ? 1 : resume && !pooltrace_is_recording() ? 2 : 0);
}

static int do_pause(void)
{
	int status, resume;

	printf("recording %d\n", pooltrace_is_recording());
	churn(10);
	pooltrace_pause();
	pooltrace_pause();
	if (pooltrace_is_recording())
		return 4;
	churn(1000);
	pooltrace_mark("unheard");
	for (resume = 0; resume < 2; resume++) {
		pid_t pid = fork();

		if (pid == 0)
			paused_child(resume);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 5;
		if (truth)
			fprintf(truth, "%d\n", (int)pid);
		if (!WIFEXITED(status) || (WEXITSTATUS(status) && getenv("LD_PRELOAD")))
			return 6;
	}
	pooltrace_resume();
	pooltrace_resume();
	pooltrace_mark("heard again");
	churn(20);
	printf("recording %d\n", pooltrace_is_recording());
	return 0;
}

static int do_plugin(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	void (*run)(const void *, const void *);

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 3;
	}
	*(void **)&run = dlsym(library, "annotate_plugin_run");
	if (!run)
		return 3;
	run(&pools.first, objects[0]);
	run(&pools.first, objects[1]);
	return dlclose(library) ? 3 : 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int status = 2;

	truth = fopen(argc > 2 ? argv[2] : "/dev/null", "w");
	if (!truth || setvbuf(truth, truth_buffer, _IOFBF, sizeof(truth_buffer)))
		return 2;
	if (strcmp(what, "calls") == 0)
		status = do_calls();
	else if (strcmp(what, "names") == 0)
		status = do_names();
	else if (strcmp(what, "null") == 0)
		status = do_null();
	else if (strcmp(what, "pause") == 0)
		status = do_pause();
	else if (strcmp(what, "plugin") == 0)
		status = do_plugin(argc > 3 ? argv[3] : "");
	if (fclose(truth))
		return 2;
	printf("%s ends with %d, errno changed %u times\n", what, status, errno_changes);
	return status;
}
