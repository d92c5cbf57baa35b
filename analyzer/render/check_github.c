// SPDX-License-Identifier: MIT
/*
 * check_github.c - a check as workflow commands of GitHub Actions: `::error file=F,line=N,title=T::text`.
 *
 * They go to the job's log, and GitHub shows them at the line. Of one step it shows ten of each kind, so what
 * counts most comes first: an error at the first site of each broken budget, a notice at its other sites.
 * In the text %, CR and LF are escaped; in a property also ':' and ','.
 */
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "check.h"
#include "check_words.h"
#include "utf8.h"

static void put(FILE *out, const char *text, bool property)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t n = pt_utf8_bytes(p);

		if (*p == '%' || *p == '\r' || *p == '\n' || (property && (*p == ':' || *p == ',')))
			fprintf(out, "%%%02X", *p);
		else if (!n || pt_utf8_is_control(p))
			fputc('?', out);
		else
			fwrite(p, n, 1, out);
		p += n ? n : 1;
	}
}

/* file: NULL = nowhere. */
static int start(const struct pt_check_render *r, const char *command, const char *file, uint32_t line, uint32_t column,
		 const struct pt_check_item *item)
{
	FILE *out = r->to.out;
	char *path = file ? pt_check_path(r->folder, file) : NULL, *title = pt_check_title(item);

	if ((file && !path) || !title) {
		free(path);
		free(title);
		return -PT_ENOMEM;
	}
	fprintf(out, "::%s ", command);
	if (path) {
		fputs("file=", out);
		put(out, path, true);
		fputc(',', out);
		if (line)
			fprintf(out, "line=%u,", line);
		if (line && column)
			fprintf(out, "col=%u,", column);
	}
	fputs("title=", out);
	put(out, "pooltrace: ", true);
	put(out, title, true);
	fputs("::", out);
	free(path);
	free(title);
	return 0;
}

/* A site that a person can be sent to. */
static const struct pt_check_site *next_site(const struct pt_check_item *item, uint32_t *i)
{
	while (*i < item->sites_nr) {
		const struct pt_check_site *site = &item->sites[(*i)++];

		if (site->file && site->line)
			return site;
	}
	return NULL;
}

static int put_others(const struct pt_check_render *r, const struct pt_check_item *item, uint32_t i)
{
	const struct pt_check_site *site;
	int rc = 0;

	while (!rc && (site = next_site(item, &i))) {
		char *words = pt_check_site_words(item, site);

		rc = words ? start(r, "notice", site->file, site->line, 0, item) : -PT_ENOMEM;
		if (!rc) {
			put(r->to.out, "contributes too: ", false);
			put(r->to.out, words, false);
			fputc('\n', r->to.out);
		}
		free(words);
	}
	return rc;
}

static int put_item(const struct pt_check_render *r, const struct pt_check *c, const struct pt_check_item *item)
{
	const char *command = item->state == PT_CHECK_WARNED ? "warning" : "error";
	char *sentence = pt_check_sentence(item), *details = pt_check_details(item);
	uint32_t i = 0;
	const struct pt_check_site *site = next_site(item, &i);
	int rc = sentence && details ? 0 : -PT_ENOMEM;

	if (!rc && site)
		rc = start(r, command, site->file, site->line, 0, item);
	else if (!rc)
		rc = start(r, command, item->line ? c->budget_path : NULL, item->line, item->column, item);
	if (!rc) {
		put(r->to.out, sentence, false);
		put(r->to.out, details[0] ? "\n" : "", false);
		put(r->to.out, details, false);
		fputc('\n', r->to.out);
		rc = put_others(r, item, i);
	}
	free(sentence);
	free(details);
	return rc;
}

static int render(const struct pt_check_render *r, const struct pt_check *c)
{
	static const enum pt_check_state order[] = { PT_CHECK_BROKEN, PT_CHECK_UNKNOWN, PT_CHECK_WARNED };
	char *verdict = pt_check_verdict(c);
	int rc = verdict ? 0 : -PT_ENOMEM;

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; !rc && i < c->items_nr; i++)
			if (c->items[i].state == order[k])
				rc = put_item(r, c, &c->items[i]);
	if (!rc)
		fprintf(r->to.out, "pooltrace check: %s\n", verdict);
	free(verdict);
	if (rc)
		return rc;
	return ferror(r->to.out) ? -PT_EIO : 0;
}

const struct pt_check_renderer pt_check_github = { "github", render };
