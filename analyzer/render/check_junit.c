// SPDX-License-Identifier: MIT
/*
 * check_junit.c - a check as JUnit's XML: a suite for each program, a case for each budget.
 *
 * Broken is <failure>, what cannot be told <error>, a warning <skipped>: test reports show it, and it fails
 * nothing. Keeps to what the schemas of Ant and of Jenkins have in common. Without warnings it is
 * valid under both; Ant's has no <skipped>.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../format/error.h"
#include "check.h"
#include "check_words.h"
#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* XML 1.0 has no control characters but these three, no U+FFFE and U+FFFF, and no way to escape them. */
static bool is_char(const unsigned char *p, size_t n)
{
	if (!n || (*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r'))
		return false;
	return n != 3 || p[0] != 0xef || p[1] != 0xbf || p[2] < 0xbe;
}

/* `keep`: newlines and tabs as they are; in an attribute they would become blanks. */
static void put_text(FILE *out, const char *text, bool keep)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t n = pt_utf8_bytes(p);

		if (!is_char(p, n))
			fputs(REPLACEMENT, out);
		else if (*p == '<')
			fputs("&lt;", out);
		else if (*p == '>')
			fputs("&gt;", out);
		else if (*p == '&')
			fputs("&amp;", out);
		else if (*p == '"')
			fputs("&quot;", out);
		else if (*p < 0x20 && !(keep && *p != '\r'))
			fprintf(out, "&#%u;", *p);
		else
			fwrite(p, n, 1, out);
		p += n ? n : 1;
	}
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	put_text(out, text, false);
	fputc('"', out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	fputs("      <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static const char *program_of(const struct pt_check_item *item)
{
	return item->program && item->program[0] ? item->program : "any program";
}

/* Two budgets of one name are told apart by what they are about. */
static bool is_doubled(const struct pt_check *c, size_t i)
{
	for (size_t k = 0; k < c->items_nr; k++)
		if (k != i && c->items[i].line && c->items[k].name && c->items[i].name &&
		    !strcmp(c->items[k].name, c->items[i].name) &&
		    !strcmp(program_of(&c->items[k]), program_of(&c->items[i])))
			return true;
	return false;
}

/* What the case says besides its name; nothing when it is within. */
static int put_outcome(FILE *out, const struct pt_check_item *item)
{
	const char *element = item->state == PT_CHECK_BROKEN ? "failure" :
			      item->state == PT_CHECK_WARNED ? "skipped" : "error";
	char *sentence = pt_check_sentence(item), *details = pt_check_details(item);
	int rc = sentence && details ? 0 : -PT_ENOMEM;

	if (!rc) {
		fprintf(out, "      <%s", element);
		if (item->state != PT_CHECK_WARNED) { /* Jenkins' <skipped> is bare */
			put_attribute(out, "type", item->metric < PT_METRIC_NR ? pt_metrics[item->metric].name : "budget");
			put_attribute(out, "message", sentence);
		}
		fputc('>', out);
		if (item->state == PT_CHECK_WARNED)
			fputs("warning: ", out);
		put_text(out, sentence, true);
		fputs(details[0] ? "\n" : "", out);
		put_text(out, details, true);
		fprintf(out, "</%s>\n", element);
	}
	free(sentence);
	free(details);
	return rc;
}

static int put_case(FILE *out, const struct pt_check *c, size_t i, double seconds)
{
	const struct pt_check_item *item = &c->items[i];
	char *title = pt_check_title(item), *longer = NULL;
	int rc = 0;

	if (!title || (item->row && is_doubled(c, i) && asprintf(&longer, "%s (%s)", title, item->row) < 0)) {
		free(title);
		return -PT_ENOMEM;
	}
	fputs("    <testcase", out);
	put_attribute(out, "name", longer ? longer : title);
	put_attribute(out, "classname", program_of(item));
	fprintf(out, " time=\"%.6f\"", seconds);
	if (item->state == PT_CHECK_WITHIN) {
		fputs("/>\n", out);
	} else {
		fputs(">\n", out);
		rc = put_outcome(out, item);
		fputs("    </testcase>\n", out);
	}
	free(title);
	free(longer);
	return rc;
}

static void put_suite_start(FILE *out, const struct pt_check_render *r, const struct pt_check *c, const char *program,
			    unsigned int id, double seconds)
{
	size_t states[PT_CHECK_UNKNOWN + 1] = { 0 }, all = 0;
	time_t when = (time_t)r->time_s;
	char stamp[32] = "1970-01-01T00:00:00";
	struct tm tm;

	for (size_t i = 0; i < c->items_nr; i++) {
		if (strcmp(program_of(&c->items[i]), program) != 0)
			continue;
		states[c->items[i].state]++;
		all++;
	}
	if (gmtime_r(&when, &tm))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	fputs("  <testsuite", out);
	put_attribute(out, "name", program);
	put_attribute(out, "package", "pooltrace");
	fprintf(out, " id=\"%u\" hostname=\"localhost\" timestamp=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", id,
		stamp, all, states[PT_CHECK_BROKEN], states[PT_CHECK_UNKNOWN]);
	if (states[PT_CHECK_WARNED])
		fprintf(out, " skipped=\"%zu\"", states[PT_CHECK_WARNED]);
	fprintf(out, " time=\"%.6f\">\n    <properties>\n", seconds * (double)all);
	if (c->budget_path)
		put_property(out, "budget", c->budget_path);
	if (c->baseline_path)
		put_property(out, "baseline", c->baseline_path);
	for (size_t i = 0; i < c->traces_nr; i++)
		put_property(out, "trace", c->traces[i]);
	fputs("    </properties>\n", out);
}

static int put_suite(const struct pt_check_render *r, const struct pt_check *c, const char *program, unsigned int id)
{
	/* The traces are read once for all budgets: each case takes its share. */
	double seconds = (double)c->duration_ns / 1e9 / (double)c->items_nr;
	FILE *out = r->to.out;
	int rc = 0;

	put_suite_start(out, r, c, program, id, seconds);
	for (size_t i = 0; !rc && i < c->items_nr; i++)
		if (!strcmp(program_of(&c->items[i]), program))
			rc = put_case(out, c, i, seconds);
	fputs("    <system-out/>\n    <system-err/>\n  </testsuite>\n", out);
	return rc;
}

static int render(const struct pt_check_render *r, const struct pt_check *c)
{
	unsigned int suites = 0;
	int rc = 0;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", r->to.out);
	for (size_t i = 0; !rc && i < c->items_nr; i++) {
		const char *program = program_of(&c->items[i]);
		size_t before = 0;

		while (before < i && strcmp(program_of(&c->items[before]), program) != 0)
			before++;
		if (before == i)
			rc = put_suite(r, c, program, suites++);
	}
	fputs("</testsuites>\n", r->to.out);
	if (rc)
		return rc;
	return ferror(r->to.out) ? -PT_EIO : 0;
}

const struct pt_check_renderer pt_check_junit = { "junit", render };
