// SPDX-License-Identifier: MIT
/*
 * budget_item.c - one budget: which metric, and how much of it is allowed.
 */
#include "budget_parts.h"

#include <math.h>
#include <string.h>

#include "../../format/error.h"
#include "amount.h"

static const char *const keys[PT_KEY_NR] = {
	"metric", "per", "max", "min", "max_increase", "pool", "thread", "cpu",
	"site", "phase", "each", "optional", "level", "program", "name",
};

static int read_metric(struct pt_yaml *y, const yaml_node_t *node, const char *key, enum pt_metric *out)
{
	const char *text = pt_yaml_text(y, node, key);

	if (!text)
		return -PT_EINVAL;
	*out = pt_metric_find(text);
	if (*out == PT_METRIC_NR)
		return pt_yaml_refuse(y, node, "%s: \"%.60s\" is no metric; did you mean \"%s\"? `pooltrace check --metrics` "
			"lists all", key, text, pt_metric_nearest(text));
	return 0;
}

static int read_limit(struct pt_yaml *y, const yaml_node_t *node, const char *key, enum pt_unit unit, double *out)
{
	const char *text, *problem;

	*out = NAN;
	if (!node)
		return 0;
	text = pt_yaml_text(y, node, key);
	if (!text)
		return -PT_EINVAL;
	problem = pt_amount_read(text, unit, out);
	return problem ? pt_yaml_refuse(y, node, "%s: \"%.60s\" %s", key, text, problem) : 0;
}

static int read_increase(struct pt_yaml *y, const yaml_node_t *node, enum pt_unit unit, struct pt_increase *out)
{
	const char *text, *problem;

	if (!node)
		return 0;
	text = pt_yaml_text(y, node, "max_increase");
	if (!text)
		return -PT_EINVAL;
	out->given = true;
	out->is_share = pt_amount_is_share(text);
	if (out->is_share)
		problem = pt_amount_read_share(text, &out->value);
	else
		problem = pt_amount_read(text, unit, &out->value);
	return problem ? pt_yaml_refuse(y, node, "max_increase: \"%.60s\" %s", text, problem) : 0;
}

static int read_amounts(struct pt_yaml *y, const yaml_node_t *node, const yaml_node_t *const *values,
			struct pt_budget *b)
{
	enum pt_unit unit = b->per < PT_METRIC_NR ? PT_UNIT_RATIO : pt_metrics[b->metric].unit;
	int err = read_limit(y, values[PT_KEY_MAX], "max", unit, &b->max);

	if (!err)
		err = read_limit(y, values[PT_KEY_MIN], "min", unit, &b->min);
	if (!err)
		err = read_increase(y, values[PT_KEY_MAX_INCREASE], unit, &b->max_increase);
	if (err)
		return err;
	if (isnan(b->max) && isnan(b->min) && !b->max_increase.given)
		return pt_yaml_refuse(y, node, "a budget that allows everything; give max:, min: or max_increase:");
	if (b->min > b->max)
		return pt_yaml_refuse(y, values[PT_KEY_MIN], "min: more than max:, so nothing is allowed; swap them");
	return 0;
}

static int read_word(struct pt_yaml *y, const yaml_node_t *node, const char *key, const char *no, const char *yes,
		     bool *out)
{
	const char *text;

	if (!node)
		return 0;
	text = pt_yaml_text(y, node, key);
	if (!text)
		return -PT_EINVAL;
	*out = !strcmp(text, yes);
	if (!*out && strcmp(text, no) != 0)
		return pt_yaml_refuse(y, node, "%s: \"%.60s\" is neither %s nor %s; write one of them", key, text, yes, no);
	return 0;
}

static int read_words(struct pt_yaml *y, const yaml_node_t *const *values, struct pt_budget *b)
{
	int err = read_word(y, values[PT_KEY_EACH], "each", "false", "true", &b->each);

	if (!err)
		err = read_word(y, values[PT_KEY_OPTIONAL], "optional", "false", "true", &b->optional);
	if (!err)
		err = read_word(y, values[PT_KEY_LEVEL], "level", "error", "warning", &b->warning);
	if (!err)
		err = pt_budget_read_string(y, values[PT_KEY_NAME], "name", &b->name);
	return err;
}

int pt_budget_read_item(struct pt_yaml *y, const yaml_node_t *node, struct pt_budget *b)
{
	const yaml_node_t *values[PT_KEY_NR];
	int err = pt_yaml_keys(y, node, "a budget", keys, values, PT_KEY_NR);

	if (err)
		return err;
	b->line = pt_yaml_line(node);
	b->column = pt_yaml_column(node);
	b->per = PT_METRIC_NR;
	if (!values[PT_KEY_METRIC])
		return pt_yaml_refuse(y, node, "no metric; say which number with metric:, `pooltrace check --metrics` lists all");
	err = read_metric(y, values[PT_KEY_METRIC], "metric", &b->metric);
	if (!err && values[PT_KEY_PER])
		err = read_metric(y, values[PT_KEY_PER], "per", &b->per);
	if (!err)
		err = pt_budget_read_where(y, values, b);
	if (!err)
		err = read_amounts(y, node, values, b);
	if (!err)
		err = read_words(y, values, b);
	if (!err && !b->name)
		b->name = pt_budget_name(b);
	return err ? err : b->name ? 0 : -PT_ENOMEM;
}
