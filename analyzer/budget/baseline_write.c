// SPDX-License-Identifier: MIT
/*
 * baseline_write.c - a baseline as JSON to commit: one metric a line, so that a diff reads as a list of what changed.
 *
 * Written by hand, for no writer of JSON breaks lines where a reader of diffs needs them; strings are jansson's.
 */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "baseline_parts.h"

/* The shortest digits that read back as the same number. */
static void put_number(FILE *out, double value)
{
	char text[32];

	for (int digits = 9; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (value == floor(value) && fabs(value) < 0x1p53)
		snprintf(text, sizeof(text), "%.0f", value);
	fputs(text, out);
}

static int put_text(FILE *out, const char *bytes)
{
	char *utf8 = pt_text_to_utf8(bytes);
	json_t *value = utf8 ? json_string(utf8) : NULL;
	int rc = value && json_dumpf(value, out, JSON_ENCODE_ANY) == 0 ? 0 : -PT_ENOMEM;

	json_decref(value);
	free(utf8);
	return rc;
}

/* "key": "text", and a comma; nothing when there is no text. */
static int put_member(FILE *out, const char *key, const char *text)
{
	int rc;

	if (!text)
		return 0;
	fprintf(out, "\"%s\": ", key);
	rc = put_text(out, text);
	fputs(", ", out);
	return rc;
}

/* [["take", "pool.c"], ["main", null]]: from the one that names the site outward. */
static int put_frames(FILE *out, const struct pt_figures_row *row)
{
	int rc = 0;

	fputs("\"frames\": [", out);
	for (uint32_t i = 0; i < row->frames_nr && !rc; i++) {
		const struct pt_figure_frame *f = &row->frames[i];

		fputs(i ? ", [" : "[", out);
		rc = f->function ? put_text(out, f->function) : (fputs("null", out), 0);
		fputs(", ", out);
		if (!rc)
			rc = f->file ? put_text(out, f->file) : (fputs("null", out), 0);
		fputc(']', out);
	}
	fputs("], ", out);
	return rc;
}

static void put_metrics(FILE *out, const struct pt_baseline_row *row, uint32_t runs)
{
	const char *comma = "";

	fputs("\"metrics\": {", out);
	for (int m = 0; m < PT_METRIC_NR; m++) {
		const struct pt_spread *s = &row->metrics[m];
		const double numbers[] = { s->median, s->low, s->high, s->deviation };

		if (!s->runs)
			continue;
		fprintf(out, "%s\n    \"%s\": [", comma, pt_metrics[m].name);
		for (size_t i = 0; i < 4; i++) {
			fputs(i ? ", " : "", out);
			put_number(out, numbers[i]);
		}
		if (s->runs != runs) /* in the others it was not known */
			fprintf(out, ", %u", s->runs);
		fputc(']', out);
		comma = ",";
	}
	fputs(*comma ? "\n   }" : "}", out);
}

static int put_row(FILE *out, const struct pt_baseline_row *row, uint32_t runs)
{
	const struct pt_figures_row *is = &row->is;
	int rc;

	fprintf(out, "   {\"scope\": \"%s\", ", pt_baseline_scope(is->scope));
	rc = put_member(out, "pool", is->pool);
	if (!rc && pt_is_site(is->scope))
		rc = put_frames(out, is);
	else if (!rc)
		rc = put_member(out, "thread", is->name);
	if (!rc)
		rc = put_member(out, "from", is->from);
	if (!rc)
		rc = put_member(out, "to", is->to);
	put_metrics(out, row, runs);
	fputc('}', out);
	return rc;
}

static int put_program(FILE *out, const struct pt_baseline_program *p)
{
	int rc;

	fputs("  {", out);
	rc = put_member(out, "program", p->program);
	fprintf(out, "\"runs\": %u, \"rows\": [", p->runs);
	for (size_t i = 0; i < p->rows_nr && !rc; i++) {
		fputs(i ? ",\n" : "\n", out);
		rc = put_row(out, &p->rows[i], p->runs);
	}
	fputs("\n  ]}", out);
	return rc;
}

int pt_baseline_write(const struct pt_baseline *b, FILE *out)
{
	int rc = 0;

	fprintf(out, "{\"pooltrace_baseline\": %d, \"programs\": [", PT_BASELINE_VERSION);
	for (size_t i = 0; i < b->programs_nr && !rc; i++) {
		fputs(i ? ",\n" : "\n", out);
		rc = put_program(out, &b->programs[i]);
	}
	fputs("\n]}\n", out);
	return fflush(out) != 0 || ferror(out) ? -PT_EIO : rc;
}
