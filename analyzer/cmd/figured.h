/* SPDX-License-Identifier: MIT */
/*
 * figured.h - traces as flat tables of figures: what check, baseline and diff begin with.
 */
#ifndef PT_FIGURED_H
#define PT_FIGURED_H

#include "../result/figures.h"
#include "../symbols/symbols.h"
#include "paths.h"

struct pt_figured {
	struct pt_figures *runs; /* in the order of the paths */
	size_t runs_nr;
};

/*
 * pt_figured_read() - one trace, read to its end and with all call sites looked up; its last whole snapshot too, when
 * it has one. Prints what is wrong and returns PT_EXIT_ERROR, else PT_EXIT_OK; free with pt_figures_fini() then.
 */
int pt_figured_read(struct pt_symbols *symbols, const char *path, struct pt_figures *out);

/*
 * pt_figured_read_all() - every trace, one after another. Each that cannot be read is complained about; the others are
 * in *out all the same. PT_EXIT_OK or PT_EXIT_ERROR; free with pt_figured_fini() in both cases.
 */
int pt_figured_read_all(const struct pt_paths *paths, struct pt_figured *out);
void pt_figured_fini(struct pt_figured *f);

#endif
