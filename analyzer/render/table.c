// SPDX-License-Identifier: MIT
/*
 * table.c - columns of text that fit the terminal.
 *
 * On a terminal columns are left out and long names lose their middle until a row fits. In a
 * pipe nothing is shortened: the last column is the long one, so the others stay aligned.
 */
#include "table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "utf8.h"

#define INDENT	    2u	 /* of every table */
#define GAP	    2u	 /* between columns */
#define SHORT_MIN   22u	 /* a shortened column keeps at least this */
#define PIPE_WRAP   100u /* sentences are wrapped here when the width is not known */
#define WIDE_INDENT 6u	 /* of a remark that needs room */
/* First byte of a remark's cell; no clean text holds it. */
#define REMARK	    '\1'
#define REMARK_WIDE '\2'

const char *pt_style(const struct pt_render *to, enum pt_style style)
{
	static const char *const sequences[] = { "\033[0m",  "\033[1m",	 "\033[2m",
						 "\033[32m", "\033[33m", "\033[31;1m" };

	return to->colour ? sequences[style] : "";
}

/* "16 MiB" and "58 %" stay in one line: a unit belongs to the number before it. */
static bool is_unit(const char *word, size_t length)
{
	static const char *const units[] = { "%", "B",	"KiB", "MiB", "GiB", "TiB",
					     "s", "ms", "us",  "min", "h" };

	while (length && strchr(",.;:)", word[length - 1]))
		length--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i]) == length && !memcmp(word, units[i], length))
			return true;
	return false;
}

/* Bytes up to the blank where a line may be broken. */
static size_t word_bytes(const char *text)
{
	size_t length = strcspn(text, " ");

	while (length && text[length] && isdigit((unsigned char)text[length - 1])) {
		const char *next = text + length + 1;
		size_t next_length = strcspn(next, " ");

		if (!is_unit(next, next_length))
			break;
		length += 1 + next_length;
	}
	return length;
}

void pt_text_wrap(const struct pt_render *to, const char *text, unsigned int indent)
{
	size_t limit = to->width ? to->width : PIPE_WRAP;
	size_t at = indent;

	while (*text) {
		size_t length = word_bytes(text);
		char *word = strndup(text, length);
		size_t width;

		if (!word)
			return;
		pt_utf8_clean(word);
		width = pt_utf8_columns(word);
		if (at > indent && at + 1 + width > limit) {
			fprintf(to->out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', to->out);
			at++;
		}
		fputs(word, to->out);
		at += width;
		free(word);
		text += length;
		text += *text == ' ';
	}
	fputc('\n', to->out);
}

void pt_table_init(struct pt_table *t, const struct pt_column *columns, size_t columns_nr)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
	t->columns_nr = columns_nr;
}

static void add(struct pt_table *t, char *cell)
{
	if (cell && t->cells_nr == t->cells_max) {
		size_t max = t->cells_max ? 2 * t->cells_max : 256;
		char **cells = realloc(t->cells, max * sizeof(*cells));

		if (cells) {
			t->cells = cells;
			t->cells_max = max;
		}
	}
	if (!cell || t->cells_nr == t->cells_max) {
		free(cell);
		t->failed = true;
		return;
	}
	t->cells[t->cells_nr++] = cell;
}

void pt_table_cell(struct pt_table *t, const char *format, ...)
{
	char *cell = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&cell, format, ap) < 0)
		cell = NULL;
	va_end(ap);
	if (cell)
		pt_utf8_clean(cell);
	add(t, cell);
}

/* A remark is a whole row, so that row arithmetic holds: its text and empty cells. */
void pt_table_remark(struct pt_table *t, bool wide, const char *text)
{
	char *cell = NULL;

	if (asprintf(&cell, " %s", text) < 0)
		cell = NULL;
	if (cell) {
		pt_utf8_clean(cell);
		cell[0] = wide ? REMARK_WIDE : REMARK;
	}
	add(t, cell);
	for (size_t i = 1; i < t->columns_nr; i++)
		add(t, strdup(""));
}

static bool is_remark(const struct pt_table *t, size_t row)
{
	char mark = t->cells[row * t->columns_nr][0];

	return mark == REMARK || mark == REMARK_WIDE;
}

/* widths[] of the columns as their cells want them; 0 = a column with empty cells only. */
static void measure(const struct pt_table *t, size_t *widths)
{
	for (size_t c = 0; c < t->columns_nr; c++) {
		bool filled = false;

		widths[c] = pt_utf8_columns(t->columns[c].title);
		for (size_t i = c; i < t->cells_nr; i += t->columns_nr) {
			size_t width =
				is_remark(t, i / t->columns_nr) ? 0 : pt_utf8_columns(t->cells[i]);

			filled |= width > 0;
			if (width > widths[c])
				widths[c] = width;
		}
		if (!filled)
			widths[c] = 0;
	}
}

static size_t total_width(const struct pt_table *t, const size_t *widths)
{
	size_t total = INDENT;

	for (size_t c = 0; c < t->columns_nr; c++)
		if (widths[c])
			total += widths[c] + (total > INDENT ? GAP : 0);
	return total;
}

/* What went with the columns that were left out, those that were shortened get back. */
static void give_back(const struct pt_table *t, size_t *widths, const size_t *wanted, size_t limit)
{
	for (size_t c = 0; c < t->columns_nr; c++) {
		size_t total = total_width(t, widths), room = total < limit ? limit - total : 0;

		if (widths[c] && widths[c] < wanted[c])
			widths[c] += room < wanted[c] - widths[c] ? room : wanted[c] - widths[c];
	}
}

/* Leave out and shorten until a row fits `limit`. */
static void fit(const struct pt_table *t, size_t *widths, size_t limit)
{
	size_t total;

	for (size_t c = 0; c < t->columns_nr && total_width(t, widths) > limit; c++) {
		if (!t->columns[c].shorten || widths[c] <= SHORT_MIN)
			continue;
		total = total_width(t, widths);
		widths[c] = widths[c] - SHORT_MIN > total - limit ? widths[c] - (total - limit)
								  : SHORT_MIN;
	}
	while (total_width(t, widths) > limit) {
		size_t goes = t->columns_nr;

		for (size_t c = 0; c < t->columns_nr; c++)
			if (widths[c] && t->columns[c].drop &&
			    (goes == t->columns_nr || t->columns[c].drop > t->columns[goes].drop))
				goes = c;
		if (goes == t->columns_nr)
			return;
		widths[goes] = 0;
	}
}

/* The first `columns` code points. */
static int head_bytes(const char *text, size_t columns)
{
	const char *p = text;

	for (; *p; p++)
		if (((unsigned char)*p & 0xc0) != 0x80 && !columns--)
			break;
	return (int)(p - text);
}

static void print_cell(const struct pt_render *to, const char *text, size_t width, bool left,
		       bool last)
{
	size_t wanted = pt_utf8_columns(text);

	if (wanted > width) {
		size_t head = (width - 3) / 2, tail = width - 3 - head;
		int skip = head_bytes(text, wanted - tail);

		fprintf(to->out, "%.*s...%s", head_bytes(text, head), text, text + skip);
	} else {
		int pad = (int)(width - wanted);

		if (left)
			fprintf(to->out, "%s%*s", text, last ? 0 : pad, "");
		else
			fprintf(to->out, "%*s%s", pad, "", text);
	}
}

static void print_row(const struct pt_table *t, const struct pt_render *to, const size_t *widths,
		      char *const *cells)
{
	size_t last = 0;

	for (size_t c = 0; c < t->columns_nr; c++)
		if (widths[c])
			last = c;
	for (size_t c = 0, at = 0; c < t->columns_nr; c++) {
		if (!widths[c])
			continue;
		fprintf(to->out, "%*s", (int)(at ? GAP : INDENT), "");
		print_cell(to, cells ? cells[c] : t->columns[c].title, widths[c],
			   t->columns[c].left, c == last);
		at++;
	}
	fputc('\n', to->out);
}

static void print_remark(const struct pt_table *t, const struct pt_render *to, const size_t *widths,
			 const char *cell)
{
	size_t indent = total_width(t, widths) - widths[t->columns_nr - 1],
	       width = pt_utf8_columns(cell + 1);

	if (cell[0] == REMARK_WIDE)
		indent = WIDE_INDENT;
	if (to->width >= indent + SHORT_MIN && width > to->width - indent)
		width = to->width - indent;
	fprintf(to->out, "%*s%s", (int)indent, "", pt_style(to, PT_STYLE_DIM));
	print_cell(to, cell + 1, width, true, true);
	fprintf(to->out, "%s\n", pt_style(to, PT_STYLE_PLAIN));
}

int pt_table_print(struct pt_table *t, const struct pt_render *to)
{
	size_t *widths = calloc(2 * t->columns_nr, sizeof(*widths)), *wanted = widths + t->columns_nr;
	int rc = t->failed || !widths ? -PT_ENOMEM : 0;

	if (!rc && t->cells_nr) {
		measure(t, widths);
		memcpy(wanted, widths, t->columns_nr * sizeof(*widths));
		if (to->width) {
			fit(t, widths, to->width);
			give_back(t, widths, wanted, to->width);
		}
		fputs(pt_style(to, PT_STYLE_DIM), to->out);
		print_row(t, to, widths, NULL);
		fputs(pt_style(to, PT_STYLE_PLAIN), to->out);
	}
	for (size_t row = 0; !rc && row < t->cells_nr / t->columns_nr; row++) {
		char *const *cells = &t->cells[row * t->columns_nr];

		if (is_remark(t, row))
			print_remark(t, to, widths, cells[0]);
		else
			print_row(t, to, widths, cells);
	}
	for (size_t i = 0; i < t->cells_nr; i++)
		free(t->cells[i]);
	free(t->cells);
	free(widths);
	pt_table_init(t, t->columns, t->columns_nr);
	return rc;
}
