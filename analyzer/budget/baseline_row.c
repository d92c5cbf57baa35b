// SPDX-License-Identifier: MIT
/*
 * baseline_row.c - one row of a baseline file: what it is of, and its metrics.
 *
 * A metric that this pooltrace does not know is refused like any unknown key: a name that was spelt wrong would otherwise
 * be a number that nobody looks at, and a baseline of a newer pooltrace is made again in a minute.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "baseline_reader.h"

#define NAME_BYTES_MAX 4096u

/* [median, low, high, deviation], and how many runs if not all. */
static int read_spread(struct pt_reader *r, json_t *value, uint32_t runs, struct pt_spread *out)
{
	double n[4];
	size_t nr = json_array_size(value);

	if (nr < 4 || nr > 5)
		return pt_reader_wrong(r, "a metric is [median, low, high, deviation]");
	out->runs = runs;
	for (size_t i = 0; i < 4; i++) {
		json_t *number = json_array_get(value, i);

		n[i] = json_number_value(number);
		if (json_is_number(number) && isfinite(n[i]) && n[i] >= 0)
			continue;
		pt_reader_into(r, NULL, i);
		return pt_reader_wrong(r, json_is_number(number) ? "a metric is never negative" : "this is no number");
	}
	if (n[1] > n[0] || n[0] > n[2])
		return pt_reader_wrong(r, "the median %g is not between low %g and high %g", n[0], n[1], n[2]);
	if (n[3] > 1.001 * (n[2] - n[1]))
		return pt_reader_wrong(r, "the deviation %g is more than high - low, %g", n[3], n[2] - n[1]);
	*out = (struct pt_spread){ runs, n[0], n[1], n[2], n[3] };
	if (nr == 5) {
		int rc;

		pt_reader_into(r, NULL, 4);
		rc = pt_reader_runs(r, json_array_get(value, 4), runs, &out->runs);
		if (rc)
			return rc;
		pt_reader_out_of(r);
	}
	if (out->runs == 1 && n[1] != n[2])
		return pt_reader_wrong(r, "one run has no spread");
	return 0;
}

static int read_metrics(struct pt_reader *r, json_t *object, uint32_t runs, struct pt_baseline_row *row)
{
	const char *key;
	json_t *value;
	int rc = 0;

	if (!json_is_object(object))
		return pt_reader_wrong(r, "\"metrics\" is missing or no object");
	pt_reader_into(r, "metrics", 0);
	json_object_foreach(object, key, value)
	{
		enum pt_metric m = pt_metric_find(key);

		pt_reader_into(r, key, 0);
		if (m == PT_METRIC_NR)
			return pt_reader_wrong(r, "no metric is called \"%.60s\"; was this made by a newer pooltrace?", key);
		if (!(pt_metrics[m].scopes & PT_SCOPE_BIT(row->is.scope)) || (row->is.from && !pt_metrics[m].phases))
			return pt_reader_wrong(r, "%s does not exist for a %s", key,
				     row->is.from ? "phase" : pt_scope_name(row->is.scope));
		rc = read_spread(r, value, runs, &row->metrics[m]);
		if (rc)
			return rc;
		pt_reader_out_of(r);
	}
	pt_reader_out_of(r);
	return 0;
}

/* ["take", "pool.c"]; either may be null. */
static int read_frame(struct pt_reader *r, json_t *value, struct pt_figure_frame *out)
{
	char **parts[] = { &out->function, &out->file };

	if (json_array_size(value) != 2)
		return pt_reader_wrong(r, "a frame is [function, file]");
	for (size_t i = 0; i < 2; i++) {
		json_t *part = json_array_get(value, i);

		if (json_is_null(part))
			continue;
		if (!json_is_string(part) || json_string_length(part) > NAME_BYTES_MAX)
			return pt_reader_wrong(r, "a frame is [function, file]");
		*parts[i] = pt_text_from_utf8(json_string_value(part));
		if (!*parts[i])
			return -PT_ENOMEM;
	}
	return 0;
}

static int read_frames(struct pt_reader *r, json_t *array, struct pt_figures_row *row)
{
	size_t nr = json_array_size(array);
	int rc = 0;

	if (!json_is_array(array))
		return pt_reader_wrong(r, "\"frames\" is missing or no list");
	pt_reader_into(r, "frames", 0);
	if (nr > PT_FIGURE_FRAMES_MAX)
		return pt_reader_wrong(r, "more than %u frames", PT_FIGURE_FRAMES_MAX);
	if (nr && !(row->frames = calloc(nr, sizeof(*row->frames))))
		return -PT_ENOMEM;
	row->frames_nr = (uint32_t)nr;
	for (size_t i = 0; i < nr && !rc; i++) {
		pt_reader_into(r, NULL, i);
		rc = read_frame(r, json_array_get(array, i), &row->frames[i]);
		if (!rc)
			pt_reader_out_of(r);
	}
	if (rc)
		return rc;
	row->name = pt_figures_site_name(row->frames, row->frames_nr);
	pt_reader_out_of(r);
	return row->name ? 0 : -PT_ENOMEM;
}

static int read_scope(struct pt_reader *r, json_t *object, enum pt_scope *out)
{
	const char *name = json_string_value(json_object_get(object, "scope"));

	if (!name)
		return pt_reader_wrong(r, "\"scope\" is missing or no name");
	for (int i = 0; i < PT_SCOPE_NR; i++)
		if (pt_baseline_scope((enum pt_scope)i) && !strcmp(pt_baseline_scope((enum pt_scope)i), name)) {
			*out = (enum pt_scope)i;
			return 0;
		}
	pt_reader_into(r, "scope", 0);
	return pt_reader_wrong(r, "no scope is called \"%.60s\"", name);
}

int pt_reader_row(struct pt_reader *r, json_t *object, uint32_t runs, struct pt_baseline_row *row)
{
	static const char *const of_process[] = { "scope", "from", "to", "metrics", NULL };
	static const char *const of_pool[] = { "scope", "pool", "from", "to", "metrics", NULL };
	static const char *const of_thread[] = { "scope", "thread", "metrics", NULL };
	static const char *const of_site[] = { "scope", "frames", "metrics", NULL };
	static const char *const of_pool_thread[] = { "scope", "pool", "thread", "metrics", NULL };
	static const char *const of_pool_site[] = { "scope", "pool", "frames", "metrics", NULL };
	static const char *const *const keys[PT_SCOPE_NR] = {
		[PT_SCOPE_PROCESS] = of_process, [PT_SCOPE_POOL] = of_pool,
		[PT_SCOPE_THREAD] = of_thread,	 [PT_SCOPE_SITE] = of_site,
		[PT_SCOPE_POOL_THREAD] = of_pool_thread, [PT_SCOPE_POOL_SITE] = of_pool_site,
	};
	struct pt_figures_row *is = &row->is;
	bool pooled, threaded;
	int rc;

	if (!json_is_object(object))
		return pt_reader_wrong(r, "a row is an object");
	rc = read_scope(r, object, &is->scope);
	if (!rc)
		rc = pt_reader_keys(r, object, keys[is->scope]);
	if (rc)
		return rc;
	pooled = is->scope == PT_SCOPE_POOL || is->scope == PT_SCOPE_POOL_THREAD || is->scope == PT_SCOPE_POOL_SITE;
	threaded = is->scope == PT_SCOPE_THREAD || is->scope == PT_SCOPE_POOL_THREAD;
	rc = pt_reader_text(r, object, "pool", pooled, &is->pool);
	if (!rc)
		rc = pt_is_site(is->scope) ? read_frames(r, json_object_get(object, "frames"), is)
					   : pt_reader_text(r, object, "thread", threaded, &is->name);
	if (!rc)
		rc = pt_reader_text(r, object, "from", false, &is->from);
	if (!rc)
		rc = pt_reader_text(r, object, "to", is->from != NULL, &is->to);
	if (!rc && is->to && !is->from)
		rc = pt_reader_wrong(r, "\"from\" is missing");
	return rc ? rc : read_metrics(r, json_object_get(object, "metrics"), runs, row);
}
