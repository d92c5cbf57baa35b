// SPDX-License-Identifier: MIT
/*
 * check_words.c - the words that all formats of a check share.
 */
#include "check_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *pt_check_state_name(enum pt_check_state state)
{
	static const char *const names[] = { [PT_CHECK_WITHIN] = "within",
					     [PT_CHECK_WARNED] = "warning",
					     [PT_CHECK_BROKEN] = "broken",
					     [PT_CHECK_UNKNOWN] = "unknown" };

	return names[state];
}

const char *pt_unit_name(enum pt_unit unit)
{
	static const char *const names[] = { [PT_UNIT_BYTES] = "bytes",
					     [PT_UNIT_COUNT] = "count",
					     [PT_UNIT_NS] = "ns",
					     [PT_UNIT_RATIO] = "ratio",
					     [PT_UNIT_BYTE_SECONDS] = "byte-seconds" };

	return names[unit];
}

char *pt_check_verdict(const struct pt_check *c)
{
	size_t broken = c->states[PT_CHECK_BROKEN], unknown = c->states[PT_CHECK_UNKNOWN],
	       warned = c->states[PT_CHECK_WARNED], all = c->items_nr;
	char rest[96] = "", *out = NULL;
	int rc;

	if (broken && unknown)
		snprintf(rest, sizeof(rest), "; %zu cannot be told", unknown);
	if (warned)
		snprintf(rest + strlen(rest), sizeof(rest) - strlen(rest), "; %zu warning%s", warned,
			 warned == 1 ? "" : "s");
	if (!all)
		rc = asprintf(&out, "nothing was checked: all budgets are optional, and none matches");
	else if (broken)
		rc = asprintf(&out, "%zu of %zu budget%s %s broken%s", broken, all, all == 1 ? "" : "s",
			      broken == 1 ? "is" : "are", rest);
	else if (unknown)
		rc = asprintf(&out, "%zu of %zu budget%s cannot be told; none is broken%s", unknown, all,
			      all == 1 ? "" : "s", rest);
	else if (warned)
		rc = asprintf(&out, "no budget of %zu is broken%s", all, rest);
	else
		rc = all == 1 ? asprintf(&out, "the only budget holds") :
				asprintf(&out, "all %zu budgets hold", all);
	return rc < 0 ? NULL : out;
}

char *pt_check_title(const struct pt_check_item *item)
{
	char *out;

	if (item->line || item->metric >= PT_METRIC_NR)
		return strdup(item->name ? item->name : "budget");
	return asprintf(&out, "%s of %s", pt_metrics[item->metric].name, item->row ? item->row : "?") < 0 ? NULL : out;
}

char *pt_check_sentence(const struct pt_check_item *item)
{
	const char *text = item->text ? item->text : item->name ? item->name : "a budget";
	char *out;

	if (!item->reason)
		return strdup(text);
	return asprintf(&out, "%s: %s", text, item->reason) < 0 ? NULL : out;
}

char *pt_check_site_share(const struct pt_check_item *item, const struct pt_check_site *site)
{
	enum pt_unit unit = item->blame < PT_METRIC_NR ? pt_metrics[item->blame].unit : item->unit;
	char value[PT_FIGURE_BYTES], before[PT_FIGURE_BYTES], *out;
	int rc;

	pt_figure_text(value, site->value, unit);
	if (!isfinite(site->before))
		rc = asprintf(&out, "%s", value);
	else if (site->before == 0)
		rc = asprintf(&out, "%s, all of it new", value);
	else
		rc = asprintf(&out, "%s more than the %s of the baseline", value,
			      pt_figure_text(before, site->before, unit));
	return rc < 0 ? NULL : out;
}

char *pt_check_site_words(const struct pt_check_item *item, const struct pt_check_site *site)
{
	char *share = pt_check_site_share(item, site), *out = NULL;

	if (share && asprintf(&out, "%s: %s", site->text ? site->text : "unknown code", share) < 0)
		out = NULL;
	free(share);
	return out;
}

char *pt_check_details(const struct pt_check_item *item)
{
	char *out = NULL;
	size_t bytes;
	FILE *f = open_memstream(&out, &bytes);
	bool failed = !f;

	for (uint32_t i = 0; f && i < item->sites_nr; i++) {
		char *words = pt_check_site_words(item, &item->sites[i]);

		failed |= !words;
		fprintf(f, "%s%s%s", i ? "\n" : "", "at ", words ? words : "");
		free(words);
	}
	if (f && item->advice)
		fprintf(f, "%sto do: %s", item->sites_nr ? "\n" : "", item->advice);
	failed |= f && fclose(f) != 0;
	if (!failed)
		return out;
	free(out);
	return NULL;
}

char *pt_check_allowed(const struct pt_check_item *item)
{
	char max[PT_FIGURE_BYTES], min[PT_FIGURE_BYTES], *out;
	int rc;

	pt_figure_text(max, item->max, item->unit);
	pt_figure_text(min, item->min, item->unit);
	if (isfinite(item->max) && isfinite(item->min))
		rc = asprintf(&out, "%s to %s", min, max);
	else if (isfinite(item->max))
		rc = asprintf(&out, "%s", max);
	else if (isfinite(item->min))
		rc = asprintf(&out, "at least %s", min);
	else
		rc = asprintf(&out, "-");
	return rc < 0 ? NULL : out;
}

/* "/build/../src/./a.c" to "/src/a.c", in place: compilers are given such names. What would lead above the
 * top is left out. */
static void normalise(char *path)
{
	bool absolute = path[0] == '/';
	char *out = path, *in = path;

	while (*in) {
		size_t length = strcspn(in, "/");
		char *next = in + length + (in[length] == '/');

		if (length == 2 && !memcmp(in, "..", 2)) {
			while (out > path && *--out != '/')
				;
		} else if (length && !(length == 1 && *in == '.')) {
			if (out > path || absolute)
				*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in = next;
	}
	*out = '\0';
}

char *pt_check_path(const char *folder, const char *file)
{
	size_t length = folder ? strlen(folder) : 0;
	char *path = strdup(file);

	if (!path)
		return NULL;
	normalise(path);
	if (length && path[0] == '/' && !strncmp(path, folder, length) && path[length] == '/')
		memmove(path, path + length + 1, strlen(path + length + 1) + 1);
	return path;
}
