/* SPDX-License-Identifier: MIT */
/* graph_oracle.c TRUTH - figures of a planted graph by brute force, as lines of text: see graph_oracle.h. */
#include "graph_oracle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *oracle_alloc(size_t nr, size_t bytes)
{
	void *p = calloc(nr + 1, bytes);

	if (!p) {
		fputs("graph_oracle: no memory\n", stderr);
		exit(2);
	}
	return p;
}

static void read_line(struct truth *t, const char *line)
{
	struct object o = { 0 };
	struct extent x = { 0 };
	struct word w = { 0 };
	char state[16] = "";

	if (sscanf(line, "block 0x%" SCNx64 " %" SCNu64, &x.addr, &x.bytes) == 2) {
		t->blocks[t->blocks_nr++] = x;
	} else if (sscanf(line, "zone 0x%" SCNx64 " %" SCNu64, &x.addr, &x.bytes) == 2) {
		t->zones[t->zones_nr++] = x;
	} else if (sscanf(line, "word 0x%" SCNx64 " 0x%" SCNx64, &w.place, &w.value) == 2) {
		t->words[t->words_nr++] = w;
	} else if (sscanf(line, "register %*u 0x%" SCNx64, &w.value) == 1) {
		t->registers[t->registers_nr++] = w.value;
	} else if (sscanf(line, "object 0x%" SCNx64 " %" SCNu64 " %63s %15s %" SCNu64, &o.addr, &o.bytes, o.pool,
			  state, &o.order) == 5) {
		o.idle = !strcmp(state, "idle");
		t->objects[t->objects_nr++] = o;
	} else {
		fprintf(stderr, "graph_oracle: cannot read: %s", line);
		exit(2);
	}
}

static void read_truth(FILE *in, struct truth *t)
{
	char line[256];
	size_t nr = 0;

	while (fgets(line, sizeof(line), in))
		nr++;
	rewind(in);
	t->blocks = oracle_alloc(nr, sizeof(*t->blocks));
	t->zones = oracle_alloc(nr, sizeof(*t->zones));
	t->objects = oracle_alloc(nr, sizeof(*t->objects));
	t->words = oracle_alloc(nr, sizeof(*t->words));
	t->registers = oracle_alloc(nr, sizeof(*t->registers));
	while (fgets(line, sizeof(line), in))
		read_line(t, line);
}

int main(int argc, char **argv)
{
	struct truth t = { 0 };
	struct world w = { 0 };
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;

	if (!in) {
		fputs("graph_oracle: usage: graph_oracle TRUTH\n", stderr);
		return 2;
	}
	read_truth(in, &t);
	fclose(in);
	oracle_world(&t, &w);
	oracle_tell(&w);
	return 0;
}
