/* SPDX-License-Identifier: MIT */
/*
 * budget_parts.h - what the files of the reader of budgets share.
 */
#ifndef PT_BUDGET_PARTS_H
#define PT_BUDGET_PARTS_H

#include "budget.h"
#include "yaml_file.h"

/* pt_budget_read_item() - one item of `budgets:`. 0, -PT_ENOMEM or -PT_EINVAL. */
int pt_budget_read_item(struct pt_yaml *y, const yaml_node_t *node, struct pt_budget *b);

/* Keys of a budget, in the order of docs/ci.md. */
enum pt_budget_key {
	PT_KEY_METRIC, PT_KEY_PER, PT_KEY_MAX, PT_KEY_MIN, PT_KEY_MAX_INCREASE, PT_KEY_POOL, PT_KEY_THREAD, PT_KEY_CPU,
	PT_KEY_SITE, PT_KEY_PHASE, PT_KEY_EACH, PT_KEY_OPTIONAL, PT_KEY_LEVEL, PT_KEY_PROGRAM, PT_KEY_NAME, PT_KEY_NR
};

/* pt_budget_read_where() - patterns and phase, and do the metrics exist there? values: PT_KEY_NR. b: metric and per are known. */
int pt_budget_read_where(struct pt_yaml *y, const yaml_node_t *const *values, struct pt_budget *b);

/* pt_budget_read_string() - a copy of a value; NULL stays NULL. 0, -PT_ENOMEM or -PT_EINVAL. */
int pt_budget_read_string(struct pt_yaml *y, const yaml_node_t *node, const char *key, char **out);

#endif
