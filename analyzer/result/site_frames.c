// SPDX-License-Identifier: MIT
/*
 * site_frames.c - frames of two builds made comparable, and how well two call sites fit.
 *
 * What gcc -O2 and clang -O2 made of one source differed in: clones and halves of functions (both halves on the stack: the
 * function appears as its own caller), frames that a tail call left out, inlined frames of which only one compiler
 * wrote the line down. Leaving out and doubling keep the order of what is left, hence a longest common subsequence.
 */
#include "site_frames.h"

#include <string.h>

#include "function_name.h"
#include "site.h"

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/. Never 0. */
static uint64_t hash(uint64_t h, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3ull;
	return h ? h : 1;
}
#define HASH_OF_NOTHING 0xcbf29ce484222325ull
#define OUTLINE_BYTES	2048u /* longer names of templates are taken whole */

/* 0 is kept for what is not known. */
static uint32_t half(uint64_t h)
{
	return (uint32_t)(h ^ h >> 32) ? (uint32_t)(h ^ h >> 32) : 1;
}

static struct pt_site_frame frame_of(const struct pt_figure_frame *f)
{
	const char *base = f->file ? pt_base_name(f->file) : "";
	struct pt_site_frame out = { 0 };
	char plain[OUTLINE_BYTES], outline[OUTLINE_BYTES];
	size_t length, last;

	/* The module of a frame without a function is no file, and no function's name begins with a byte 1. */
	if (!f->function) {
		out.whole = out.function = hash(hash(HASH_OF_NOTHING, "\1", 1), base, strlen(base));
		return out;
	}
	length = pt_function_plain_length(f->function);
	out.whole = out.function = hash(HASH_OF_NOTHING, f->function, length);
	out.file = *base ? half(hash(HASH_OF_NOTHING, base, strlen(base))) : 0;
	if (length >= sizeof(plain))
		return out;
	memcpy(plain, f->function, length);
	plain[length] = '\0';
	last = pt_function_outline(plain, outline, sizeof(outline));
	if (!outline[last])
		return out;
	out.function = hash(HASH_OF_NOTHING, outline + last, strlen(outline + last));
	out.scope = last > 2 ? half(hash(HASH_OF_NOTHING, outline, last - 2)) : 0;
	return out;
}

void pt_site_frames_of(const struct pt_figures_row *row, struct pt_site_frames *out)
{
	out->frames_nr = 0;
	for (uint32_t i = 0; i < row->frames_nr && out->frames_nr < PT_FIGURE_FRAMES_MAX; i++)
		if (i == 0 || !row->frames[i].function || !pt_function_is_start(row->frames[i].function))
			out->frames[out->frames_nr++] = frame_of(&row->frames[i]);
}

static bool frames_fit(const struct pt_site_frame *a, const struct pt_site_frame *b)
{
	return a->function == b->function && (a->scope == b->scope || !a->scope || !b->scope) &&
	       (a->file == b->file || !a->file || !b->file);
}

/* The walk through the table of longest common subsequences: what is common, and where both went other ways. */
static void walk(const struct pt_site_frame *a, uint32_t a_nr, const struct pt_site_frame *b, uint32_t b_nr,
		 uint8_t length[][PT_FIGURE_FRAMES_MAX + 1], struct pt_site_fit *fit)
{
	bool only_a = false, only_b = false;
	uint32_t i = 0, k = 0;

	while (i < a_nr || k < b_nr) {
		if (i < a_nr && k < b_nr && frames_fit(&a[i], &b[k])) {
			fit->replaced += only_a && only_b;
			fit->common++;
			only_a = only_b = false;
			i++;
			k++;
		} else if (k == b_nr || (i < a_nr && length[i + 1][k] >= length[i][k + 1])) {
			only_a = true;
			i++;
		} else {
			only_b = true;
			k++;
		}
	}
	fit->replaced += only_a && only_b;
}

static bool reads_same(const struct pt_site_frames *a, const struct pt_site_frames *b)
{
	if (a->frames_nr != b->frames_nr)
		return false;
	for (uint32_t i = 0; i < a->frames_nr; i++)
		if (a->frames[i].whole != b->frames[i].whole || a->frames[i].file != b->frames[i].file)
			return false;
	return true;
}

bool pt_site_frames_fit(const struct pt_site_frames *a, uint32_t skip_a, const struct pt_site_frames *b, uint32_t skip_b,
			struct pt_site_fit *out)
{
	uint8_t length[PT_FIGURE_FRAMES_MAX + 1][PT_FIGURE_FRAMES_MAX + 1];
	const struct pt_site_frame *x = a->frames + skip_a, *y = b->frames + skip_b;
	uint32_t x_nr, y_nr;

	if (skip_a >= a->frames_nr || skip_b >= b->frames_nr || !frames_fit(x, y))
		return false;
	x_nr = a->frames_nr - skip_a;
	y_nr = b->frames_nr - skip_b;
	memset(length, 0, sizeof(length));
	for (uint32_t i = x_nr; i-- > 0;)
		for (uint32_t k = y_nr; k-- > 0;)
			length[i][k] = frames_fit(&x[i], &y[k])		    ? length[i + 1][k + 1] + 1
				       : length[i + 1][k] > length[i][k + 1] ? length[i + 1][k]
									     : length[i][k + 1];
	*out = (struct pt_site_fit){ .longer = a->frames_nr > b->frames_nr ? a->frames_nr : b->frames_nr };
	walk(x, x_nr, y, y_nr, length, out);
	out->within = out->common == (x_nr < y_nr ? x_nr : y_nr);
	out->same = skip_a == 0 && skip_b == 0 && reads_same(a, b);
	return true;
}

#define LESS_THAN_SAME 0.99

double pt_site_fit_share(const struct pt_site_fit *fit)
{
	double share = ((double)fit->common - fit->replaced) / fit->longer;

	if (fit->same)
		return 1;
	return share < 0 ? 0 : share > LESS_THAN_SAME ? LESS_THAN_SAME : share;
}
