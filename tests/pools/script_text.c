/* SPDX-License-Identifier: MIT */
/* script_text.c - scripts as lines of text. */
#include "script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What follows the name: s shard, o object, t other shard, n number, ? from here on optional, * text. */
static const struct {
	const char *name, *fields;
} kinds[OP_KINDS] = {
	[OP_GET] = { "get", "so?n" },	      [OP_PUT] = { "put", "so" },
	[OP_GC] = { "gc", "" },		      [OP_DROP] = { "drop", "s" },
	[OP_MOVE] = { "move", "st" },	      [OP_PURGE] = { "purge", "s" },
	[OP_RESIZE] = { "resize", "on" },     [OP_DESTROY] = { "destroy", "" },
	[OP_MARK] = { "mark", "*" },	      [OP_WAIT] = { "wait", "n" },
	[OP_REPUT] = { "reput", "s" },	      [OP_REGET] = { "reget", "so" },
	[OP_FOREIGN] = { "foreign", "so" },   [OP_STRANGER] = { "stranger", "so" },
	[OP_FORGET] = { "forget", "o" },      [OP_VANISH] = { "vanish", "o" },
};

void script_add(struct script *s, const struct script_op *op)
{
	if (s->ops_nr == s->ops_max) {
		s->ops_max = s->ops_max ? s->ops_max * 2 : 256;
		s->ops = realloc(s->ops, s->ops_max * sizeof(*s->ops));
		if (!s->ops)
			abort();
	}
	s->ops[s->ops_nr++] = *op;
}

void script_clear(struct script *s)
{
	s->ops_nr = 0;
}

static bool number(const char *word, uint32_t most, uint32_t *out)
{
	char *end;
	unsigned long value;

	if (!word || *word < '0' || *word > '9')
		return false;
	value = strtoul(word, &end, 10);
	if (*end || value > most)
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool field(char kind, const char *word, struct script_op *op)
{
	uint32_t object;

	switch (kind) {
	case 's':
		if (op->kind == OP_PURGE && word && strcmp(word, "all") == 0) {
			op->shard = SCRIPT_ALL;
			return true;
		}
		return number(word, SCRIPT_SHARDS - 1, &op->shard);
	case 't':
		return number(word, SCRIPT_SHARDS - 1, &op->to);
	case 'o':
		if (!number(word, SCRIPT_OBJECTS - 1, &object))
			return false;
		op->object = (uint8_t)object;
		return true;
	case 'n':
		return number(word, op->kind == OP_WAIT ? 10000000 : (TRUTH_CLASSES - 1) * TRUTH_CLASS_BYTES,
			      &op->number);
	default:
		snprintf(op->text, sizeof(op->text), "%s", word ? word : "");
		return word;
	}
}

static bool read_op(struct script *s, const char *thread, char **rest)
{
	struct script_op op = { 0 };
	const char *name = strtok_r(NULL, " \t\n", rest), *word;
	bool optional = false;
	uint32_t nth;

	if (!s->pool || !name || !number(thread, s->threads - 1, &nth))
		return false;
	op.thread = (uint8_t)nth;
	for (op.kind = 0; op.kind < OP_KINDS && strcmp(kinds[op.kind].name, name) != 0; op.kind++)
		;
	if (op.kind == OP_KINDS)
		return false;
	for (const char *f = kinds[op.kind].fields; *f; f++) {
		if (*f == '?') {
			optional = true;
			continue;
		}
		word = strtok_r(NULL, " \t\n", rest);
		if (!word && optional)
			break;
		if (!field(*f, word, &op))
			return false;
	}
	script_add(s, &op);
	return !strtok_r(NULL, " \t\n", rest);
}

static bool read_pool(struct script *s, char **rest)
{
	const char *name = strtok_r(NULL, " \t\n", rest), *kind = strtok_r(NULL, " \t\n", rest);

	s->pool = kind ? mempool_find(kind) : NULL;
	if (!s->pool)
		return false;
	snprintf(s->name, sizeof(s->name), "%s", name);
	return number(strtok_r(NULL, " \t\n", rest), SCRIPT_THREADS, &s->threads) && s->threads &&
	       number(strtok_r(NULL, " \t\n", rest), SCRIPT_SHARDS, &s->shards) && s->shards &&
	       number(strtok_r(NULL, " \t\n", rest), 1 << 20, &s->bytes) &&
	       (s->bytes == 0 || s->bytes >= MEMPOOL_OBJECT_MIN) &&
	       number(strtok_r(NULL, " \t\n", rest), 1 << 16, &s->capacity) && s->capacity;
}

int script_read(struct script *s, FILE *from, unsigned int *line)
{
	char text[sizeof(s->next)], *rest, *word;

	script_clear(s);
	s->pool = NULL;
	for (;;) {
		if (*s->next)
			memcpy(text, s->next, sizeof(text));
		else if (!fgets(text, sizeof(text), from))
			return s->pool ? 1 : 0;
		else
			++*line;
		text[strcspn(text, "#")] = 0;
		if (s->pool && strncmp(text, "pool ", 5) == 0) {
			memcpy(s->next, text, sizeof(text));
			return 1;
		}
		*s->next = 0;
		word = strtok_r(text, " \t\n", &rest);
		if (!word)
			continue;
		if (strcmp(word, "pool") == 0 ? !read_pool(s, &rest) : !read_op(s, word, &rest))
			return -1;
	}
}

void script_print(const struct script *s, FILE *to)
{
	fprintf(to, "pool %s %s %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", s->name,
		s->pool->name, s->threads, s->shards, s->bytes, s->capacity);
	for (size_t i = 0; i < s->ops_nr; i++) {
		const struct script_op *op = &s->ops[i];

		fprintf(to, "%u %s", op->thread, kinds[op->kind].name);
		for (const char *f = kinds[op->kind].fields; *f; f++) {
			if (*f == 's' && op->shard == SCRIPT_ALL)
				fprintf(to, " all");
			else if (*f == 's')
				fprintf(to, " %" PRIu32, op->shard);
			else if (*f == 't')
				fprintf(to, " %" PRIu32, op->to);
			else if (*f == 'o')
				fprintf(to, " %u", op->object);
			else if (*f == 'n')
				fprintf(to, " %" PRIu32, op->number);
			else if (*f == '*')
				fprintf(to, " %s", op->text);
		}
		fprintf(to, "\n");
	}
}
