// SPDX-License-Identifier: MIT
/*
 * check_metrics.c - the catalogue of metrics: what `pooltrace check --metrics` prints.
 */
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "check.h"
#include "check_words.h"
#include "json_put.h"
#include "table.h"

#define WIDTH_FOR_WHAT 132u /* of a terminal where what a metric is fits beside its name */

/* As the keys of a budget ask for it; `process`: none of them. */
static const char *const selectors[PT_SCOPE_NR] = {
	[PT_SCOPE_PROCESS] = "process",	      [PT_SCOPE_POOL] = "pool",
	[PT_SCOPE_THREAD] = "thread",	      [PT_SCOPE_CPU] = "cpu",
	[PT_SCOPE_SITE] = "site",	      [PT_SCOPE_POOL_THREAD] = "pool+thread",
	[PT_SCOPE_POOL_CPU] = "pool+cpu",     [PT_SCOPE_POOL_SITE] = "pool+site",
};

static void scopes(char *out, size_t size, const struct pt_metric_row *m)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned int s = 0; s < PT_SCOPE_NR && at < size; s++)
		if (m->scopes & PT_SCOPE_BIT(s))
			at += (size_t)snprintf(out + at, size - at, "%s%s", at ? " " : "", selectors[s]);
	if (m->phases && at < size)
		snprintf(out + at, size - at, " phase");
}

static const char *by_default(const struct pt_metric_row *m)
{
	unsigned int scopes = m->by_default & m->scopes;

	if (!scopes)
		return "";
	return scopes == PT_SCOPE_BIT(PT_SCOPE_POOL) && m->scopes & PT_SCOPE_BIT(PT_SCOPE_PROCESS) ? "default of pools" : "default";
}

int pt_metrics_text(const struct pt_render *to)
{
	static const struct pt_column columns[] = {
		{ "metric", true, 0, false },
		{ "unit", true, 0, false },
		{ "default", true, 0, false },
		{ "what", true, 0, false },
	};
	bool has_room = !to->width || to->width >= WIDTH_FOR_WHAT;
	struct pt_table t;

	pt_text_wrap(to,
		     "A budget names one of these. `of` is whose it can be, as keys of the budget: process (no key), pool, "
		     "thread, cpu, site, a pool's share of these (pool+...), and of a phase between two marks. "
		     "`check --baseline` without a budget file looks at those that are default, of the process and of "
		     "each pool, or of pools alone.", 0);
	fputc('\n', to->out);
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (int m = 0; m < PT_METRIC_NR; m++) {
		char where[160], line[176];

		scopes(where, sizeof(where), &pt_metrics[m]);
		snprintf(line, sizeof(line), "of: %s", where);
		pt_table_cell(&t, "%s", pt_metrics[m].name);
		pt_table_cell(&t, "%s", pt_unit_name(pt_metrics[m].unit));
		pt_table_cell(&t, "%s", by_default(&pt_metrics[m]));
		pt_table_cell(&t, "%s", has_room ? pt_metrics[m].about : "");
		if (!has_room)
			pt_table_remark(&t, true, pt_metrics[m].about);
		pt_table_remark(&t, true, line);
	}
	if (pt_table_print(&t, to) != 0)
		return -PT_ENOMEM;
	return ferror(to->out) ? -PT_EIO : 0;
}

static json_t *metric(struct pt_json *d, const struct pt_metric_row *m)
{
	json_t *object = json_object(), *of = json_array();

	pt_json_put(d, object, "name", json_string(m->name));
	pt_json_put(d, object, "unit", json_string(pt_unit_name(m->unit)));
	pt_json_put(d, object, "default", json_boolean(m->by_default != 0));
	pt_json_put(d, object, "together", json_string(m->together == PT_TOGETHER_SUM ? "sum" : "largest"));
	pt_json_put(d, object, "phase", json_boolean(m->phases));
	for (unsigned int s = 0; s < PT_SCOPE_NR; s++)
		if (m->scopes & PT_SCOPE_BIT(s))
			pt_json_push(d, of, json_string(selectors[s]));
	pt_json_put(d, object, "of", of);
	pt_json_put(d, object, "about", json_string(m->about));
	return object;
}

int pt_metrics_json(const struct pt_render *to)
{
	struct pt_json d = { 0 };
	json_t *document = json_object(), *metrics = json_array();
	int rc = 0;

	pt_json_put(&d, document, "schema", json_string("pooltrace-metrics-1"));
	for (int m = 0; m < PT_METRIC_NR; m++)
		pt_json_push(&d, metrics, metric(&d, &pt_metrics[m]));
	pt_json_put(&d, document, "metrics", metrics);
	if (d.failed)
		rc = -PT_ENOMEM;
	else if (json_dumpf(document, to->out, JSON_INDENT(1)) != 0 || fputc('\n', to->out) == EOF)
		rc = -PT_EIO;
	json_decref(document);
	return rc;
}
