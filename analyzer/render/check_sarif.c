// SPDX-License-Identifier: MIT
/*
 * check_sarif.c - a check as SARIF 2.1.0: a rule for each metric, a result for each budget that does not hold.
 *
 * A result lies at the site that contributes most, or else at the budget's own line; the other sites are related
 * locations. What cannot be told is of kind "open". What is within is left out: a viewer would list it as a finding.
 */
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "check.h"
#include "check_words.h"
#include "json_put.h"

#define SCHEMA	   "https://json.schemastore.org/sarif-2.1.0.json"
#define ROOT	   "%SRCROOT%" /* as GitHub calls it */
#define DUMP_FLAGS JSON_INDENT(1)

struct sarif {
	struct pt_json d;
	const struct pt_check_render *r;
	const struct pt_check *c;
	int rules[PT_METRIC_NR + 1]; /* index + 1 of the rule of a metric; 0: none yet. The last: of no metric */
	json_t *rule_list;
};

/* What is not unreserved in RFC 3986 becomes %XX, but for '/'. */
static char *uri_of(const char *prefix, const char *path, const char *suffix)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	char *out = malloc(strlen(prefix) + 3 * strlen(path) + strlen(suffix) + 1), *p;

	if (!out)
		return NULL;
	for (p = stpcpy(out, prefix); *path; path++) {
		if (strchr(unreserved, *path))
			*p++ = *path;
		else
			p += sprintf(p, "%%%02X", (unsigned char)*path);
	}
	strcpy(p, suffix);
	return out;
}

static json_t *message(struct sarif *s, const char *text)
{
	json_t *object = json_object();

	pt_json_put(&s->d, object, "text", pt_json_text(text));
	return object;
}

/* line, column: 0 = unknown. text: of the location; NULL = none. */
static json_t *location(struct sarif *s, const char *file, uint32_t line, uint32_t column, const char *text)
{
	json_t *object = json_object(), *physical = json_object(), *artifact = json_object();
	char *path = pt_check_path(s->r->folder, file);
	bool is_absolute = path && path[0] == '/';
	char *uri = path ? uri_of(is_absolute ? "file://" : "", path, "") : NULL;

	pt_json_put(&s->d, artifact, "uri", uri ? json_string(uri) : NULL);
	if (!is_absolute && s->r->folder)
		pt_json_put(&s->d, artifact, "uriBaseId", json_string(ROOT));
	pt_json_put(&s->d, physical, "artifactLocation", artifact);
	if (line) {
		json_t *region = json_object();

		pt_json_put(&s->d, region, "startLine", json_integer(line));
		if (column)
			pt_json_put(&s->d, region, "startColumn", json_integer(column));
		pt_json_put(&s->d, physical, "region", region);
	}
	pt_json_put(&s->d, object, "physicalLocation", physical);
	if (text)
		pt_json_put(&s->d, object, "message", message(s, text));
	free(path);
	free(uri);
	return object;
}

/* The index of the metric's rule, which is made when it is asked for first. */
static int rule_of(struct sarif *s, enum pt_metric m)
{
	const char *name = m < PT_METRIC_NR ? pt_metrics[m].name : "budget";
	json_t *rule;

	if (s->rules[m])
		return s->rules[m] - 1;
	rule = json_object();
	pt_json_put(&s->d, rule, "id", json_string(name));
	pt_json_put(&s->d, rule, "shortDescription",
		    message(s, m < PT_METRIC_NR ? pt_metrics[m].about : "a budget"));
	pt_json_push(&s->d, s->rule_list, rule);
	s->rules[m] = (int)json_array_size(s->rule_list);
	return s->rules[m] - 1;
}

/* Where the item lies, and what else belongs to it. */
static void put_locations(struct sarif *s, json_t *result, const struct pt_check_item *item)
{
	json_t *first = json_array(), *related = json_array();

	for (uint32_t i = 0; i < item->sites_nr; i++) {
		const struct pt_check_site *site = &item->sites[i];
		char *words = site->file && site->line ? pt_check_site_words(item, site) : NULL;

		if (words)
			pt_json_push(&s->d, json_array_size(first) ? related : first,
				     location(s, site->file, site->line, 0, words));
		else
			s->d.failed |= site->file && site->line;
		free(words);
	}
	if (s->c->budget_path && item->line)
		pt_json_push(&s->d, json_array_size(first) ? related : first,
			     location(s, s->c->budget_path, item->line, item->column, "the budget"));
	else if (!json_array_size(first) && s->c->baseline_path)
		pt_json_push(&s->d, first, location(s, s->c->baseline_path, 1, 0, "the baseline"));
	for (size_t i = 0; i < json_array_size(related); i++)
		pt_json_put(&s->d, json_array_get(related, i), "id", json_integer((json_int_t)i + 1));
	pt_json_put(&s->d, result, "locations", first);
	pt_json_put(&s->d, result, "relatedLocations", related);
}

/* The same budget in another run of the check, whatever has moved in the code. */
static json_t *fingerprint(struct sarif *s, const struct pt_check_item *item)
{
	json_t *object = json_object();
	char *text;

	if (asprintf(&text, "%s|%s|%s", item->program ? item->program : "", item->name ? item->name : "",
		     item->row ? item->row : "") < 0)
		text = NULL;
	pt_json_put(&s->d, object, "pooltraceBudget/v1", text ? pt_json_text(text) : NULL);
	free(text);
	return object;
}

static json_t *result(struct sarif *s, const struct pt_check_item *item)
{
	enum pt_metric m = item->metric < PT_METRIC_NR ? item->metric : PT_METRIC_NR;
	json_t *object = json_object();
	char *sentence = pt_check_sentence(item), *details = pt_check_details(item), *text = NULL;

	if (!sentence || !details || asprintf(&text, "%s%s%s", sentence, details[0] ? "\n" : "", details) < 0) {
		text = NULL;
		s->d.failed = true;
	}
	pt_json_put(&s->d, object, "ruleId", json_string(m < PT_METRIC_NR ? pt_metrics[m].name : "budget"));
	pt_json_put(&s->d, object, "ruleIndex", json_integer(rule_of(s, m)));
	pt_json_put(&s->d, object, "kind", json_string(item->state == PT_CHECK_UNKNOWN ? "open" : "fail"));
	pt_json_put(&s->d, object, "level",
		    json_string(item->state == PT_CHECK_BROKEN ? "error" :
				item->state == PT_CHECK_WARNED ? "warning" : "none"));
	pt_json_put(&s->d, object, "message", message(s, text));
	put_locations(s, object, item);
	pt_json_put(&s->d, object, "partialFingerprints", fingerprint(s, item));
	free(sentence);
	free(details);
	free(text);
	return object;
}

static json_t *tool(struct sarif *s)
{
	json_t *object = json_object(), *driver = json_object();

	pt_json_put(&s->d, driver, "name", json_string("pooltrace"));
	pt_json_put(&s->d, driver, "version", json_string(PT_VERSION_STRING));
	pt_json_put(&s->d, driver, "rules", s->rule_list);
	pt_json_put(&s->d, object, "driver", driver);
	return object;
}

static json_t *bases(struct sarif *s)
{
	json_t *object = json_object(), *root = json_object();
	char *uri = uri_of("file://", s->r->folder, "/");

	pt_json_put(&s->d, root, "uri", uri ? json_string(uri) : NULL);
	pt_json_put(&s->d, object, ROOT, root);
	free(uri);
	return object;
}

static json_t *run(struct sarif *s)
{
	json_t *object = json_object(), *results = json_array(), *invocations = json_array(), *invocation = json_object();

	s->rule_list = json_array();
	for (size_t i = 0; i < s->c->items_nr; i++)
		if (s->c->items[i].state != PT_CHECK_WITHIN)
			pt_json_push(&s->d, results, result(s, &s->c->items[i]));
	pt_json_put(&s->d, object, "tool", tool(s));
	pt_json_put(&s->d, invocation, "executionSuccessful", json_true());
	pt_json_put(&s->d, invocation, "exitCode", json_integer(pt_check_status(s->c)));
	pt_json_push(&s->d, invocations, invocation);
	pt_json_put(&s->d, object, "invocations", invocations);
	if (s->r->folder)
		pt_json_put(&s->d, object, "originalUriBaseIds", bases(s));
	pt_json_put(&s->d, object, "columnKind", json_string("unicodeCodePoints"));
	pt_json_put(&s->d, object, "results", results);
	return object;
}

static int render(const struct pt_check_render *r, const struct pt_check *c)
{
	struct sarif s = { .r = r, .c = c };
	json_t *document = json_object(), *runs = json_array();
	int rc = 0;

	pt_json_put(&s.d, document, "$schema", json_string(SCHEMA));
	pt_json_put(&s.d, document, "version", json_string("2.1.0"));
	pt_json_push(&s.d, runs, run(&s));
	pt_json_put(&s.d, document, "runs", runs);
	if (s.d.failed)
		rc = -PT_ENOMEM;
	else if (json_dumpf(document, r->to.out, DUMP_FLAGS) != 0 || fputc('\n', r->to.out) == EOF)
		rc = -PT_EIO;
	json_decref(document);
	return rc;
}

const struct pt_check_renderer pt_check_sarif = { "sarif", render };
