// SPDX-License-Identifier: MIT
/*
 * yaml_values.c - keys and values of a document, each checked for what it is before it is used.
 */
#include "yaml_file.h"

#include <string.h>

#include "../../format/error.h"
#include "nearest.h"

uint32_t pt_yaml_line(const yaml_node_t *node)
{
	return (uint32_t)node->start_mark.line + 1;
}

uint32_t pt_yaml_column(const yaml_node_t *node)
{
	return (uint32_t)node->start_mark.column + 1;
}

const yaml_node_t *pt_yaml_root(struct pt_yaml *y)
{
	return yaml_document_get_root_node(&y->document);
}

const yaml_node_t *pt_yaml_item(struct pt_yaml *y, const yaml_node_t *sequence, size_t i)
{
	const yaml_node_item_t *first = sequence->data.sequence.items.start;

	if (i >= (size_t)(sequence->data.sequence.items.top - first))
		return NULL;
	return yaml_document_get_node(&y->document, first[i]);
}

static int refuse_key(struct pt_yaml *y, const yaml_node_t *key, const char *what, const char *const *names, size_t nr)
{
	const char *text = (const char *)key->data.scalar.value, *nearest = pt_nearest(text, names, nr);
	char known[256] = "";

	if (nearest)
		return pt_yaml_refuse(y, key, "\"%.60s\" is no key of %s; did you mean \"%s\"?", text, what, nearest);
	for (size_t i = 0; i < nr; i++) {
		strncat(known, i ? ", " : "", sizeof(known) - strlen(known) - 1);
		strncat(known, names[i], sizeof(known) - strlen(known) - 1);
	}
	return pt_yaml_refuse(y, key, "\"%.60s\" is no key of %s; there are: %s", text, what, known);
}

int pt_yaml_keys(struct pt_yaml *y, const yaml_node_t *mapping, const char *what, const char *const *names,
		 const yaml_node_t **values, size_t nr)
{
	const yaml_node_pair_t *pair;

	memset(values, 0, nr * sizeof(values[0]));
	if (mapping->type != YAML_MAPPING_NODE)
		return pt_yaml_refuse(y, mapping, "%s is keys and values; write `KEY: VALUE`, one a line", what);
	for (pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&y->document, pair->key);
		size_t i = 0;

		if (key->type != YAML_SCALAR_NODE)
			return pt_yaml_refuse(y, key, "a key that is no text; write `KEY: VALUE`, one a line");
		/* Behind a NUL no name goes on: one that holds it is unknown. */
		while (i < nr && (strlen(names[i]) != key->data.scalar.length ||
				  memcmp(names[i], key->data.scalar.value, key->data.scalar.length) != 0))
			i++;
		if (i == nr)
			return refuse_key(y, key, what, names, nr);
		if (values[i])
			return pt_yaml_refuse(y, key, "\"%s\" is given twice, first on line %u; keep one", names[i],
					      pt_yaml_line(values[i]));
		values[i] = yaml_document_get_node(&y->document, pair->value);
	}
	return 0;
}

static bool is_null(const yaml_node_t *node, const char *text)
{
	return !text[0] || (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
			    (!strcmp(text, "~") || !strcasecmp(text, "null")));
}

static bool has_control(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if (*at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f))
			return true;
	return false;
}

const char *pt_yaml_text(struct pt_yaml *y, const yaml_node_t *node, const char *key)
{
	const char *text;

	if (node->type != YAML_SCALAR_NODE) {
		pt_yaml_refuse(y, node, "%s: %s, where one value belongs; %s", key,
			       node->type == YAML_SEQUENCE_NODE ? "a list" : "keys and values",
			       node->type == YAML_SEQUENCE_NODE ? "put a pattern that starts with [ in quotes" :
								  "write it behind the colon");
		return NULL;
	}
	text = (const char *)node->data.scalar.value;
	if (strlen(text) != node->data.scalar.length || has_control(text))
		pt_yaml_refuse(y, node, "%s: a control character; write one line of text", key);
	else if (is_null(node, text))
		pt_yaml_refuse(y, node, "%s: no value; write one, or leave the key out", key);
	else if (node->data.scalar.length > PT_YAML_TEXT_BYTES_MAX)
		pt_yaml_refuse(y, node, "%s: longer than %u bytes; shorten it", key, PT_YAML_TEXT_BYTES_MAX);
	else
		return text;
	return NULL;
}
