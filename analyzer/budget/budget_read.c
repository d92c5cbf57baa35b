// SPDX-License-Identifier: MIT
/*
 * budget_read.c - a budget file: version, limits and the list of budgets. docs/ci.md "Budget file".
 */
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "amount.h"
#include "budget_parts.h"

enum { FILE_VERSION, FILE_LIMITS, FILE_BUDGETS, FILE_NR };
static const char *const file_keys[FILE_NR] = { "version", "limits", "budgets" };
enum { LIMIT_LOST, LIMIT_TORN, LIMIT_NR };
static const char *const limit_keys[LIMIT_NR] = { "lost", "torn" };

static int read_version(struct pt_yaml *y, const yaml_node_t *node)
{
	const char *text;

	if (!node)
		return pt_yaml_refuse(y, pt_yaml_root(y), "no version; write `version: 1` first");
	text = pt_yaml_text(y, node, "version");
	if (!text)
		return -PT_EINVAL;
	if (strcmp(text, "1") != 0)
		return pt_yaml_refuse(y, node, "version: \"%.60s\" is not known here; write 1, or use a newer pooltrace", text);
	return 0;
}

static int read_limits(struct pt_yaml *y, const yaml_node_t *node, struct pt_budgets *out)
{
	double *limits[LIMIT_NR] = { &out->lost_max, &out->torn_max };
	const yaml_node_t *values[LIMIT_NR];
	int err;

	if (!node)
		return 0;
	err = pt_yaml_keys(y, node, "limits", limit_keys, values, LIMIT_NR);
	for (size_t i = 0; i < LIMIT_NR && !err; i++) {
		const char *text, *problem;

		if (!values[i])
			continue;
		text = pt_yaml_text(y, values[i], limit_keys[i]);
		if (!text)
			return -PT_EINVAL;
		problem = pt_amount_read(text, PT_UNIT_RATIO, limits[i]);
		if (!problem && *limits[i] > 1)
			problem = "is more than all; write 100% or less";
		if (problem)
			err = pt_yaml_refuse(y, values[i], "%s: \"%.60s\" %s", limit_keys[i], text, problem);
	}
	return err;
}

static int read_budgets(struct pt_yaml *y, const yaml_node_t *node, struct pt_budgets *out)
{
	const yaml_node_t *item;
	size_t nr;
	int err = 0;

	if (!node)
		return pt_yaml_refuse(y, pt_yaml_root(y), "no budgets; write a list below `budgets:`");
	if (node->type != YAML_SEQUENCE_NODE)
		return pt_yaml_refuse(y, node, "budgets: is no list; begin each budget with `- metric: NAME`");
	nr = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (!nr)
		return pt_yaml_refuse(y, node, "budgets: is empty; begin each budget with `- metric: NAME`");
	out->budgets = calloc(nr, sizeof(out->budgets[0]));
	if (!out->budgets)
		return -PT_ENOMEM;
	for (size_t i = 0; !err && (item = pt_yaml_item(y, node, i)); i++)
		err = pt_budget_read_item(y, item, &out->budgets[out->budgets_nr++]);
	return err;
}

int pt_budgets_read(const char *path, struct pt_budgets *out, char error[PT_BUDGET_ERROR_BYTES])
{
	const yaml_node_t *values[FILE_NR];
	struct pt_yaml y;
	int err;

	memset(out, 0, sizeof(*out));
	err = pt_yaml_load(&y, path, error, PT_BUDGET_ERROR_BYTES);
	if (!err && !(out->path = strdup(path)))
		err = -PT_ENOMEM;
	if (!err)
		err = pt_yaml_keys(&y, pt_yaml_root(&y), "a budget file", file_keys, values, FILE_NR);
	if (!err)
		err = read_version(&y, values[FILE_VERSION]);
	if (!err)
		err = read_limits(&y, values[FILE_LIMITS], out);
	if (!err)
		err = read_budgets(&y, values[FILE_BUDGETS], out);
	pt_yaml_unload(&y);
	return err;
}
