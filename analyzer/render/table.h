/* SPDX-License-Identifier: MIT */
/*
 * table.h - columns of text that fit the terminal.
 */
#ifndef PT_TABLE_H
#define PT_TABLE_H

#include "render.h"

struct pt_column {
	const char *title;
	bool left; /* else right-aligned, for numbers */
	unsigned int
		drop; /* > 0: may be left out when the width is short; the largest goes first */
	bool shorten; /* long cells may lose their middle on a terminal */
};

struct pt_table {
	const struct pt_column *columns;
	size_t columns_nr;
	char **cells; /* columns_nr per row; a row of one cell only is a remark below the last
			 column */
	size_t cells_nr, cells_max;
	bool failed; /* no memory for a cell */
};

void pt_table_init(struct pt_table *t, const struct pt_column *columns, size_t columns_nr);

/* pt_table_cell() - the next cell of the row, from left to right. What is no text becomes '?'. */
void pt_table_cell(struct pt_table *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* pt_table_remark() - a dim line below the row before it, at the last column or `wide` at the left.
 */
void pt_table_remark(struct pt_table *t, bool wide, const char *text);

/* pt_table_print() - the title row and all rows, and frees them. Returns 0 or -PT_ENOMEM. */
int pt_table_print(struct pt_table *t, const struct pt_render *to);

/* pt_text_wrap() - prints `text` broken at blanks, cleaned, lines after the first indented by
 * `indent`. */
void pt_text_wrap(const struct pt_render *to, const char *text, unsigned int indent);

/* What colour is for. */
enum pt_style {
	PT_STYLE_PLAIN,
	PT_STYLE_TITLE,
	PT_STYLE_DIM,
	PT_STYLE_GOOD,
	PT_STYLE_WARN,
	PT_STYLE_BAD,
};

/* pt_style() - the escape sequence for it, or "" without colour. */
const char *pt_style(const struct pt_render *to, enum pt_style style);

#endif
