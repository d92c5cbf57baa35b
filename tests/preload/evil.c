/* SPDX-License-Identifier: MIT */
/*
 * evil.c LIBRARY - a program whose names are commands to a terminal, and the end of every quotation.
 *
 * Names of threads, pools, shards and marks are given here; those of its functions, types, fields, variables and its
 * source file are PLACEHOLDERs of 24 letters that hostile_names.sh overwrites in a copy of it. It hoards,
 * so that they are told: a thread frees what it never takes again, a pool keeps much idle, and what lies idle keeps
 * memory alive. LIBRARY is loaded, so that its path is told.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

/* Sets the title, colours, ends lines, quotations, tags and commands, is no UTF-8, is a control character in it, and
 * turns the direction of text. */
#define EVIL "\033]0;x\007\033[31m\r\n::error::\n\"'<&>]]>%s%n\\;,|`$(x){}\t\x7f\xff\x9b\xc2\x9b" "2J\xe2\x80\xae\xef\xbf\xbf"
#define OBJECTS 64u

#line 1 "PLACEHOLDER_SOURCE_AAAAA"
struct PLACEHOLDER_TYPE_BBBBBBB {
	void *PLACEHOLDER_FIELD_CCCCCC;
	struct PLACEHOLDER_TYPE_BBBBBBB *next;
	char bytes[4096];
};
static struct PLACEHOLDER_TYPE_BBBBBBB *volatile PLACEHOLDER_STATIC_DDDDD;
static int pool;

static __attribute__((noinline)) struct PLACEHOLDER_TYPE_BBBBBBB *PLACEHOLDER_FUNCTION_EEE(void)
{
	struct PLACEHOLDER_TYPE_BBBBBBB *made = malloc(sizeof(struct PLACEHOLDER_TYPE_BBBBBBB));

	if (!made)
		abort();
	made->PLACEHOLDER_FIELD_CCCCCC = malloc(100000);
	made->next = PLACEHOLDER_STATIC_DDDDD;
	PLACEHOLDER_STATIC_DDDDD = made;
	pooltrace_get(&pool, made, sizeof(*made), 0);
	return made;
}

static void *hoard(void *arg)
{
	void *blocks[OBJECTS];
	unsigned int i;

	prctl(PR_SET_NAME, &EVIL[4]); /* 15 of them */
	for (i = 0; i < OBJECTS; i++)
		blocks[i] = malloc(1 << 20);
	for (i = 0; i < OBJECTS; i++)
		free(blocks[i]);
	prctl(PR_SET_NAME, "\033[2J\"<\xc2\x9b\xff\n&");
	usleep(200000);
	free(malloc(10));
	return arg;
}

int main(int argc, char **argv)
{
	struct PLACEHOLDER_TYPE_BBBBBBB *objects[OBJECTS];
	pthread_t thread;
	unsigned int i;

	pooltrace_mark("mark" EVIL);
	pooltrace_pool_create(&pool, "pool" EVIL, sizeof(**objects), 2);
	pooltrace_shard_name(&pool, 0, "shard" EVIL);
	pooltrace_shard_name(&pool, 1, EVIL);
	for (i = 0; i < OBJECTS; i++)
		objects[i] = PLACEHOLDER_FUNCTION_EEE();
	pooltrace_mark(EVIL);
	for (i = 0; i < OBJECTS; i++)
		pooltrace_put(&pool, objects[i], 1);
	pooltrace_put(&pool, objects[0], 0); /* twice: a misuse is told with its names */
	pthread_create(&thread, NULL, hoard, NULL);
	pthread_join(thread, NULL);
	if (argc > 1 && !dlopen(argv[1], RTLD_NOW))
		return 1;
	pooltrace_snapshot();
	PLACEHOLDER_FUNCTION_EEE();
	pooltrace_snapshot();
	return puts("done") < 0;
}
