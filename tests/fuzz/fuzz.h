/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is one file fuzz_NAME.c with libFuzzer's entry point. It aborts when a promise is broken; the
 * sanitizers find the rest. The same file is linked with libFuzzer (fuzz_NAME), and with replay.c (replay_NAME),
 * which gives it files one by one without clang.
 */
#ifndef PT_FUZZ_H
#define PT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fuzz_promise() - what must hold, whatever the input; says what did not, and aborts. */
#define fuzz_promise(what) ((what) ? (void)0 : fuzz_broken(#what, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *what, const char *file, int line);

#define FUZZ_PATH_BYTES 64u

/* fuzz_file() - the bytes as a file without a name; its path. The descriptor, to be closed. */
int fuzz_file(const uint8_t *data, size_t size, char path[FUZZ_PATH_BYTES]);

/* fuzz_null() - a stream that swallows everything; opened once. */
FILE *fuzz_null(void);

/*
 * fuzz_symbols() - a set of modules without debug files, the caller's until the next call. It is kept for some
 * hundred inputs, for a trace of a real program names real libraries, and these take long to read.
 */
struct pt_symbols;
struct pt_symbols *fuzz_symbols(void);

/* fuzz_figures() - a row of every scope, for budgets and baselines; rows: FUZZ_ROWS_MAX. */
struct pt_figures;
struct pt_figures_row;
#define FUZZ_ROWS_MAX 32u
void fuzz_figures(struct pt_figures *f, struct pt_figures_row *rows, double scale, int phases);

#endif
