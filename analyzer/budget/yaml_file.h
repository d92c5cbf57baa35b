/* SPDX-License-Identifier: MIT */
/*
 * yaml_file.h - a small YAML file as a tree of which no byte is trusted: one document, few levels, no anchors.
 *
 * Whatever is refused is said in one line, "LINE:COLUMN: what is wrong; what to do".
 */
#ifndef PT_YAML_FILE_H
#define PT_YAML_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yaml.h>

#define PT_YAML_FILE_BYTES_MAX (1u << 20)
#define PT_YAML_DEPTH_MAX      8u
#define PT_YAML_TEXT_BYTES_MAX 255u /* of one key or value */

struct pt_yaml {
	yaml_document_t document;
	bool loaded;
	char *error; /* error_bytes; the caller's */
	size_t error_bytes;
};

/* pt_yaml_load() - `error` is filled on -PT_EINVAL. 0, -PT_ENOMEM, -PT_EIO (errno) or -PT_EINVAL; unload in all cases. */
int pt_yaml_load(struct pt_yaml *y, const char *path, char *error, size_t error_bytes);
void pt_yaml_unload(struct pt_yaml *y);

/* The root: a mapping. */
const yaml_node_t *pt_yaml_root(struct pt_yaml *y);

/* The i-th item of a sequence; NULL: there is none. */
const yaml_node_t *pt_yaml_item(struct pt_yaml *y, const yaml_node_t *sequence, size_t i);

uint32_t pt_yaml_line(const yaml_node_t *node); /* 1 = the first */
uint32_t pt_yaml_column(const yaml_node_t *node);

/* pt_yaml_refuse() - says what is wrong at `node`. Always -PT_EINVAL. Control characters of it are shown as `?`. */
int pt_yaml_refuse(struct pt_yaml *y, const yaml_node_t *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * pt_yaml_keys() - sorts the values of a mapping by key; those that are not there are NULL.
 *
 * what: "a budget", for messages. names, values: nr. 0 or -PT_EINVAL: no mapping, or an unknown or a doubled key.
 */
int pt_yaml_keys(struct pt_yaml *y, const yaml_node_t *mapping, const char *what, const char *const *names,
		 const yaml_node_t **values, size_t nr);

/* pt_yaml_text() - one line of text, not empty, borrowed from the document; NULL: refused. */
const char *pt_yaml_text(struct pt_yaml *y, const yaml_node_t *node, const char *key);

#endif
