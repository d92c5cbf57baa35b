// SPDX-License-Identifier: MIT
/*
 * check_json.c - a check for programs: docs/check.schema.json. What is not known is null.
 */
#include <math.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "check.h"
#include "check_words.h"
#include "json_put.h"

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(12))

static void real(struct pt_json *d, json_t *object, const char *key, double value)
{
	pt_json_put(d, object, key, isfinite(value) ? json_real(value) : json_null());
}

static json_t *metric(enum pt_metric m)
{
	return m < PT_METRIC_NR ? json_string(pt_metrics[m].name) : json_null();
}

static json_t *site(struct pt_json *d, const struct pt_check_site *s)
{
	json_t *object = json_object();

	pt_json_put(d, object, "text", pt_json_text(s->text));
	pt_json_put(d, object, "function", pt_json_text(s->function));
	pt_json_put(d, object, "file", pt_json_text(s->file));
	pt_json_put(d, object, "line", s->line ? json_integer(s->line) : json_null());
	real(d, object, "value", s->value);
	real(d, object, "before", s->before);
	return object;
}

static json_t *item(struct pt_json *d, const struct pt_check_item *i)
{
	json_t *object = json_object(), *sites = json_array();

	pt_json_put(d, object, "state", json_string(pt_check_state_name(i->state)));
	pt_json_put(d, object, "name", pt_json_text(i->name));
	pt_json_put(d, object, "program", pt_json_text(i->program));
	pt_json_put(d, object, "of", pt_json_text(i->row));
	pt_json_put(d, object, "line", i->line ? json_integer(i->line) : json_null());
	pt_json_put(d, object, "column", i->line ? json_integer(i->column) : json_null());
	pt_json_put(d, object, "metric", metric(i->metric));
	pt_json_put(d, object, "per", metric(i->per));
	pt_json_put(d, object, "unit", json_string(pt_unit_name(i->unit)));
	pt_json_number(d, object, "runs", i->runs);
	real(d, object, "measured", i->measured);
	real(d, object, "low", i->low);
	real(d, object, "high", i->high);
	real(d, object, "least", i->estimated ? i->least : NAN);
	real(d, object, "most", i->estimated ? i->most : NAN);
	real(d, object, "max", i->max);
	real(d, object, "min", i->min);
	real(d, object, "baseline", i->baseline);
	pt_json_number(d, object, "baseline_runs", i->baseline_runs);
	pt_json_put(d, object, "noise", json_boolean(i->is_noise));
	pt_json_put(d, object, "text", pt_json_text(i->text));
	pt_json_put(d, object, "advice", pt_json_text(i->advice));
	pt_json_put(d, object, "reason", pt_json_text(i->reason));
	pt_json_put(d, object, "sites_by", i->sites_nr ? metric(i->blame) : json_null());
	for (uint32_t k = 0; k < i->sites_nr; k++)
		pt_json_push(d, sites, site(d, &i->sites[k]));
	pt_json_put(d, object, "sites", sites);
	return object;
}

static json_t *document(struct pt_json *d, const struct pt_check *c, const char *verdict)
{
	json_t *out = json_object(), *traces = json_array(), *items = json_array(), *counts = json_object();

	pt_json_put(d, out, "schema", json_string("pooltrace-check-1"));
	pt_json_put(d, out, "status", json_integer(pt_check_status(c)));
	pt_json_put(d, out, "verdict", json_string(verdict));
	pt_json_put(d, out, "budget", pt_json_text(c->budget_path));
	pt_json_put(d, out, "baseline", pt_json_text(c->baseline_path));
	for (size_t i = 0; i < c->traces_nr; i++)
		pt_json_push(d, traces, pt_json_text(c->traces[i]));
	pt_json_put(d, out, "traces", traces);
	for (int s = PT_CHECK_WITHIN; s <= PT_CHECK_UNKNOWN; s++)
		pt_json_number(d, counts, pt_check_state_name((enum pt_check_state)s), c->states[s]);
	pt_json_put(d, out, "counts", counts);
	pt_json_number(d, out, "duration_ns", c->duration_ns);
	for (size_t i = 0; i < c->items_nr; i++)
		pt_json_push(d, items, item(d, &c->items[i]));
	pt_json_put(d, out, "items", items);
	return out;
}

static int render(const struct pt_check_render *r, const struct pt_check *c)
{
	struct pt_json d = { 0 };
	char *verdict = pt_check_verdict(c);
	json_t *out = verdict ? document(&d, c, verdict) : NULL;
	int rc = 0;

	if (!verdict || d.failed)
		rc = -PT_ENOMEM;
	else if (json_dumpf(out, r->to.out, DUMP_FLAGS) != 0 || fputc('\n', r->to.out) == EOF)
		rc = -PT_EIO;
	json_decref(out);
	free(verdict);
	return rc;
}

const struct pt_check_renderer pt_check_json = { "json", render };
