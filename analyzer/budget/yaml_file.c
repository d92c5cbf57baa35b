// SPDX-License-Identifier: MIT
/*
 * yaml_file.c - from bytes to a document, and everything that YAML can do and a budget need not.
 *
 * The file is parsed twice: first its events, so that nothing is built of what is refused anyway (libyaml's
 * documents resolve aliases and keep what is nested).
 */
#include "yaml_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

/* C0, DEL and (in UTF-8: C2 80 to C2 9F) C1: what a terminal obeys. */
static bool is_control(const unsigned char *at)
{
	return *at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f);
}

static int refuse_at(struct pt_yaml *y, size_t line, size_t column, const char *format, va_list values)
{
	int length = snprintf(y->error, y->error_bytes, "%zu:%zu: ", line, column);

	if (length > 0 && (size_t)length < y->error_bytes)
		vsnprintf(y->error + length, y->error_bytes - (size_t)length, format, values);
	for (unsigned char *at = (unsigned char *)y->error; *at; at++)
		if (is_control(at))
			*at = '?';
	return -PT_EINVAL;
}

static int refuse_mark(struct pt_yaml *y, const yaml_mark_t *mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse_mark(struct pt_yaml *y, const yaml_mark_t *mark, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	refuse_at(y, mark->line + 1, mark->column + 1, format, values);
	va_end(values);
	return -PT_EINVAL;
}

int pt_yaml_refuse(struct pt_yaml *y, const yaml_node_t *node, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	refuse_at(y, node->start_mark.line + 1, node->start_mark.column + 1, format, values);
	va_end(values);
	return -PT_EINVAL;
}

/* libyaml gives no line for bytes that are no text at all. */
static yaml_mark_t mark_of(const char *bytes, size_t size, size_t offset)
{
	yaml_mark_t mark = { .index = offset };

	for (size_t i = 0; i < offset && i < size; i++) {
		mark.column++;
		if (bytes[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static int parser_failed(struct pt_yaml *y, const yaml_parser_t *p, const char *bytes, size_t size)
{
	yaml_mark_t mark = p->problem_mark;
	bool star = p->context && strstr(p->context, "alias");

	if (p->error == YAML_MEMORY_ERROR)
		return -PT_ENOMEM;
	if (p->error == YAML_READER_ERROR)
		mark = mark_of(bytes, size, p->problem_offset);
	return refuse_mark(y, &mark, "not YAML: %s%s%s%s; %s", p->problem ? p->problem : "it cannot be read",
			   p->context ? " (" : "", p->context ? p->context : "", p->context ? ")" : "",
			   star ? "put a pattern that starts with * in quotes" : "look at quotes and indentation");
}

static int check_node(struct pt_yaml *y, const yaml_event_t *e, const char *anchor, const char *tag, size_t depth)
{
	if (anchor)
		return refuse_mark(y, &e->start_mark, "an anchor (&%.60s); write the value out where it is used, "
			"and put text that starts with & in quotes", anchor);
	if (tag)
		return refuse_mark(y, &e->start_mark, "a tag (%.60s); leave it out, and put text that starts with ! "
			"in quotes", tag);
	if (depth > PT_YAML_DEPTH_MAX)
		return refuse_mark(y, &e->start_mark, "nested more than %u deep; a budget is one list of keys and values",
			PT_YAML_DEPTH_MAX);
	return 0;
}

static int check_event(struct pt_yaml *y, const yaml_event_t *e, size_t *depth, size_t *documents)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents > 1)
			return refuse_mark(y, &e->start_mark, "a second document; keep all budgets in one");
		return 0;
	case YAML_ALIAS_EVENT:
		return refuse_mark(y, &e->start_mark, "*%.60s is an alias in YAML; put a pattern that starts with * in quotes",
			(const char *)e->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return check_node(y, e, (const char *)e->data.scalar.anchor, (const char *)e->data.scalar.tag, *depth);
	case YAML_SEQUENCE_START_EVENT:
		++*depth;
		return check_node(y, e, (const char *)e->data.sequence_start.anchor,
				  (const char *)e->data.sequence_start.tag, *depth);
	case YAML_MAPPING_START_EVENT:
		++*depth;
		return check_node(y, e, (const char *)e->data.mapping_start.anchor,
				  (const char *)e->data.mapping_start.tag, *depth);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		--*depth;
		return 0;
	default:
		return 0;
	}
}

static int check_events(struct pt_yaml *y, const char *bytes, size_t size)
{
	size_t depth = 0, documents = 0;
	yaml_parser_t parser;
	yaml_event_t event;
	bool done = false;
	int err = 0;

	if (!yaml_parser_initialize(&parser))
		return -PT_ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
	while (!done && !err) {
		if (!yaml_parser_parse(&parser, &event)) {
			err = parser_failed(y, &parser, bytes, size);
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		err = check_event(y, &event, &depth, &documents);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (!err && !documents)
		err = refuse_mark(y, &(yaml_mark_t){ 0 }, "there is nothing in this file; `pooltrace check --init TRACE` "
			"writes one to start from");
	return err;
}

static int load_document(struct pt_yaml *y, const char *bytes, size_t size)
{
	yaml_parser_t parser;
	int err = 0;

	if (!yaml_parser_initialize(&parser))
		return -PT_ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
	if (yaml_parser_load(&parser, &y->document))
		y->loaded = true;
	else
		err = parser_failed(y, &parser, bytes, size);
	yaml_parser_delete(&parser);
	if (!err && !yaml_document_get_root_node(&y->document))
		err = refuse_mark(y, &(yaml_mark_t){ 0 }, "there is nothing in this file; write budgets into it");
	return err;
}

/* All of the file, at most one byte more than is allowed: then it is too large. -PT_EIO: errno. */
static int read_stream(FILE *f, char **bytes, size_t *size)
{
	size_t room = 0;

	while (*size == room && room <= PT_YAML_FILE_BYTES_MAX) {
		size_t more = room ? 2 * room : 8192;
		char *grown = realloc(*bytes, more);

		if (!grown)
			return -PT_ENOMEM;
		*bytes = grown;
		room = more;
		*size += fread(*bytes + *size, 1, room - *size, f);
	}
	return ferror(f) ? -PT_EIO : 0;
}

static int read_bytes(struct pt_yaml *y, const char *path, char **bytes, size_t *size)
{
	FILE *f = fopen(path, "re");
	int err, saved;

	if (!f)
		return -PT_EIO;
	err = read_stream(f, bytes, size);
	saved = errno;
	fclose(f);
	errno = saved;
	if (!err && *size > PT_YAML_FILE_BYTES_MAX)
		return refuse_mark(y, &(yaml_mark_t){ 0 }, "more than %u bytes; that is no budget file", PT_YAML_FILE_BYTES_MAX);
	return err;
}

int pt_yaml_load(struct pt_yaml *y, const char *path, char *error, size_t error_bytes)
{
	char *bytes = NULL;
	size_t size = 0;
	int err;

	memset(y, 0, sizeof(*y));
	y->error = error;
	y->error_bytes = error_bytes;
	error[0] = '\0';
	err = read_bytes(y, path, &bytes, &size);
	if (!err)
		err = check_events(y, bytes, size);
	if (!err)
		err = load_document(y, bytes, size);
	free(bytes);
	return err;
}

void pt_yaml_unload(struct pt_yaml *y)
{
	if (y->loaded)
		yaml_document_delete(&y->document);
	y->loaded = false;
}
