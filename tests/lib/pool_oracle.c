/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle.c [OPTION]... DUMP REPORT - is the report what docs/pools.md says?
 *
 * DUMP: from `pooltrace dump --json --stacks`. REPORT: from `pooltrace report --json --top 1000000`.
 *   --dead-after NS, --regret-within NS, --limit BYTES   as the report was made with
 *   --print                                              the oracle's own numbers, as JSON
 *
 * Prints a line "pool NAME: path: report X, oracle Y" for every difference, and last
 * "N values compared in N pools, N differ". Exits 1 when any differs, 2 when there is nothing to
 * compare, 3 when the clocks differ: a trace that knows its clock badly is read by this machine's.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

void pool_oracle_die(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("pool_oracle: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(status);
}

void *pool_oracle_grow(void *array, size_t *room, size_t element_bytes)
{
	*room = *room ? 2 * *room : 16;
	array = reallocarray(array, *room, element_bytes);
	if (!array)
		pool_oracle_die(2, "no memory");
	return array;
}

void *pool_oracle_room(size_t nr, size_t element_bytes)
{
	void *room = calloc(nr + 1, element_bytes);

	if (!room)
		pool_oracle_die(2, "no memory");
	return room;
}

void pool_oracle_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		pool_oracle_die(2, "no memory, or a name that is not UTF-8");
}

json_t *pool_oracle_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static void compute(struct oracle *o, struct row *r)
{
	r->json = json_object();
	pool_oracle_group(o, r);
	pool_oracle_counts(o, r);
	pool_oracle_starving(o, r);
	pool_oracle_ages(o, r);
	pool_oracle_flow(o, r);
	pool_oracle_regret(o, r);
	pool_oracle_leaks(o, r);
	pool_oracle_waterfall(o, r);
	pool_oracle_misuse(o, r);
	pool_oracle_tables(o, r);
	pool_oracle_shard_ages(o, r);
	pool_oracle_series(o, r);
}

static void print(const struct oracle *o)
{
	for (size_t i = 0; i < o->rows_nr; i++) {
		json_dumpf(o->rows[i].json, stdout, JSON_INDENT(1));
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "dead-after", 1, NULL, 'd' },
						 { "regret-within", 1, NULL, 'r' },
						 { "limit", 1, NULL, 'l' },
						 { "print", 0, NULL, 'p' },
						 { 0 } };
	struct oracle o = { .dead_after_ns = 1000000000, .regret_within_ns = 1000000000, .limit_bytes = 1 << 30 };
	size_t differ, compared = 0;
	bool printing = false;
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == 'd')
			o.dead_after_ns = strtoull(optarg, NULL, 0);
		else if (letter == 'r')
			o.regret_within_ns = strtoull(optarg, NULL, 0);
		else if (letter == 'l')
			o.limit_bytes = strtoull(optarg, NULL, 0);
		else if (letter == 'p')
			printing = true;
		else
			return 2;
	}
	if (argc - optind != 2 - printing)
		pool_oracle_die(2, "usage: pool_oracle [OPTION]... DUMP REPORT");
	pool_oracle_load(&o, argv[optind]);
	pool_oracle_replay(&o);
	for (size_t i = 0; i < o.rows_nr; i++)
		compute(&o, &o.rows[i]);
	if (printing) {
		print(&o);
		return 0;
	}
	differ = pool_oracle_compare(&o, argv[optind + 1], &compared);
	printf("%zu values compared in %zu pools, %zu differ\n", compared, o.rows_nr, differ);
	return !o.rows_nr ? 2 : differ ? 1 : 0;
}
