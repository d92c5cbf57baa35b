// SPDX-License-Identifier: MIT
/*
 * diff_json.c - what changed, for programs: docs/diff.schema.json. What is not known is null.
 */
#include <math.h>

#include "../../format/error.h"
#include "check_words.h"
#include "diff.h"
#include "json_put.h"

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(12))

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *side(struct pt_json *d, const char *path, const char *program)
{
	json_t *object = json_object();

	pt_json_put(d, object, "trace", pt_json_text(path));
	pt_json_put(d, object, "program", pt_json_text(program));
	return object;
}

static json_t *change(struct pt_json *d, const struct pt_diff_change *c)
{
	static const char *const scopes[PT_SCOPE_NR] = {
		[PT_SCOPE_PROCESS] = "process",	      [PT_SCOPE_POOL] = "pool",
		[PT_SCOPE_THREAD] = "thread",	      [PT_SCOPE_CPU] = "cpu",
		[PT_SCOPE_SITE] = "site",	      [PT_SCOPE_POOL_THREAD] = "pool+thread",
		[PT_SCOPE_POOL_CPU] = "pool+cpu",     [PT_SCOPE_POOL_SITE] = "pool+site",
	};
	json_t *object = json_object();

	pt_json_put(d, object, "scope", json_string(scopes[c->scope]));
	pt_json_put(d, object, "of", pt_json_text(c->what));
	pt_json_put(d, object, "metric", json_string(pt_metrics[c->metric].name));
	pt_json_put(d, object, "unit", json_string(pt_unit_name(pt_metrics[c->metric].unit)));
	pt_json_put(d, object, "before", real(c->before));
	pt_json_put(d, object, "after", real(c->after));
	pt_json_put(d, object, "only", c->only_before ? json_string("before") :
				       c->only_after  ? json_string("after") : json_null());
	pt_json_put(d, object, "weight", real(c->weight));
	return object;
}

static json_t *changes(struct pt_json *d, const struct pt_diff *diff, size_t top)
{
	size_t shown[PT_SCOPE_NR] = { 0 };
	json_t *array = json_array();

	for (size_t i = 0; i < diff->changes_nr; i++) {
		const struct pt_diff_change *c = &diff->changes[i];

		if (!top || shown[c->scope] < top)
			pt_json_push(d, array, change(d, c));
		shown[c->scope]++;
	}
	return array;
}

static int render(const struct pt_render *to, const struct pt_diff *diff)
{
	struct pt_json d = { 0 };
	json_t *document = json_object(), *sites = json_object();
	int rc = 0;

	pt_json_put(&d, document, "schema", json_string("pooltrace-diff-1"));
	pt_json_put(&d, document, "before", side(&d, diff->before_path, diff->before_program));
	pt_json_put(&d, document, "after", side(&d, diff->after_path, diff->after_program));
	pt_json_number(&d, sites, "matched", diff->sites_matched);
	pt_json_number(&d, sites, "only_before", diff->sites_only_before);
	pt_json_number(&d, sites, "only_after", diff->sites_only_after);
	pt_json_put(&d, document, "sites", sites);
	pt_json_number(&d, document, "changes_nr", diff->changes_nr);
	pt_json_number(&d, document, "hidden_nr", diff->hidden_nr);
	pt_json_number(&d, document, "unsure_nr", diff->unsure_nr);
	pt_json_put(&d, document, "changes", changes(&d, diff, to->top));
	if (d.failed)
		rc = -PT_ENOMEM;
	else if (json_dumpf(document, to->out, DUMP_FLAGS) != 0 || fputc('\n', to->out) == EOF)
		rc = -PT_EIO;
	json_decref(document);
	return rc;
}

const struct pt_diff_renderer pt_diff_json = { "json", render };
