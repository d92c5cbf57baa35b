// SPDX-License-Identifier: MIT
/*
 * budget_where.c - whose number a budget is about, and whether there is such a number.
 */
#include "budget_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

int pt_budget_read_string(struct pt_yaml *y, const yaml_node_t *node, const char *key, char **out)
{
	const char *text;

	if (!node)
		return 0;
	text = pt_yaml_text(y, node, key);
	if (!text)
		return -PT_EINVAL;
	*out = strdup(text);
	return *out ? 0 : -PT_ENOMEM;
}

/* "worker-7" is one of those that figures call "worker-*": exactly that name, so the star is no pattern. */
static int read_thread(struct pt_yaml *y, const yaml_node_t *node, char **out)
{
	const char *text;
	size_t length;

	if (!node)
		return 0;
	text = pt_yaml_text(y, node, "thread");
	if (!text)
		return -PT_EINVAL;
	length = strlen(text);
	while (length && isdigit((unsigned char)text[length - 1]))
		length--;
	if (asprintf(out, "%.*s%s", (int)length, text, text[length] ? "\\*" : "") < 0) {
		*out = NULL;
		return -PT_ENOMEM;
	}
	return 0;
}

static int read_phase(struct pt_yaml *y, const yaml_node_t *node, struct pt_selector *where)
{
	const char *text, *dots;

	if (!node)
		return 0;
	text = pt_yaml_text(y, node, "phase");
	if (!text)
		return -PT_EINVAL;
	dots = strstr(text, "..");
	if (!dots || dots == text || !dots[2] || strstr(dots + 1, "..") || !strncmp(text, "end..", 5) ||
	    !strcmp(dots, "..start"))
		return pt_yaml_refuse(y, node, "phase: \"%.60s\" does not go from one mark to another; write FROM..TO, "
			"like start..warm", text);
	where->from = strndup(text, (size_t)(dots - text));
	where->to = strdup(dots + 2);
	return where->from && where->to ? 0 : -PT_ENOMEM;
}

/* At most one of thread, cpu and site; a phase has none of them. */
static int check_together(struct pt_yaml *y, const yaml_node_t *const *values)
{
	static const char *const names[] = { "thread", "cpu", "site" };
	const yaml_node_t *parts[] = { values[PT_KEY_THREAD], values[PT_KEY_CPU], values[PT_KEY_SITE] };
	int first = -1;

	for (int i = 0; i < 3; i++) {
		if (!parts[i])
			continue;
		if (first >= 0)
			return pt_yaml_refuse(y, parts[i], "%s: does not go together with %s:; make two budgets", names[i],
					      names[first]);
		if (values[PT_KEY_PHASE])
			return pt_yaml_refuse(y, values[PT_KEY_PHASE], "phase: is of the process or of a pool; leave out %s:",
					      names[i]);
		first = i;
	}
	return 0;
}

/* "process, pool, thread, cpu" */
static void scopes_text(unsigned int scopes, char *out, size_t size)
{
	out[0] = '\0';
	for (int scope = 0; scope < PT_SCOPE_NR; scope++) {
		if (!(scopes & PT_SCOPE_BIT(scope)))
			continue;
		strncat(out, out[0] ? ", " : "", size - strlen(out) - 1);
		strncat(out, pt_scope_name((enum pt_scope)scope), size - strlen(out) - 1);
	}
}

static int check_metric(struct pt_yaml *y, const yaml_node_t *node, const char *key, enum pt_metric metric,
			const struct pt_selector *where)
{
	const struct pt_metric_row *row = &pt_metrics[metric];
	enum pt_scope scope = pt_selector_scope(where);
	char scopes[160];

	if (!(row->scopes & PT_SCOPE_BIT(scope))) {
		scopes_text(row->scopes, scopes, sizeof(scopes));
		return pt_yaml_refuse(y, node, "%s: %s does not exist for a %s, but for: %s; say whose with pool:, thread:, cpu: "
			"or site:", key, row->name, pt_scope_name(scope), scopes);
	}
	if (where->from && !row->phases)
		return pt_yaml_refuse(y, node, "%s: %s does not exist for a phase; leave out phase:", key, row->name);
	return 0;
}

int pt_budget_read_where(struct pt_yaml *y, const yaml_node_t *const *values, struct pt_budget *b)
{
	struct pt_selector *where = &b->where;
	int err = check_together(y, values);

	if (!err)
		err = pt_budget_read_string(y, values[PT_KEY_PROGRAM], "program", &where->program);
	if (!err)
		err = pt_budget_read_string(y, values[PT_KEY_POOL], "pool", &where->pool);
	if (!err)
		err = read_thread(y, values[PT_KEY_THREAD], &where->thread);
	if (!err)
		err = pt_budget_read_string(y, values[PT_KEY_CPU], "cpu", &where->cpu);
	if (!err)
		err = pt_budget_read_string(y, values[PT_KEY_SITE], "site", &where->site);
	if (!err)
		err = read_phase(y, values[PT_KEY_PHASE], where);
	if (!err)
		err = check_metric(y, values[PT_KEY_METRIC], "metric", b->metric, where);
	if (!err && b->per < PT_METRIC_NR)
		err = check_metric(y, values[PT_KEY_PER], "per", b->per, where);
	return err;
}
