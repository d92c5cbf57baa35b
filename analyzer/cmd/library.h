/* SPDX-License-Identifier: MIT */
/*
 * library.h - where libpooltrace.so is, seen from the running program.
 */
#ifndef PT_LIBRARY_H
#define PT_LIBRARY_H

#include <stddef.h>

/* pt_library_find() - its absolute path into `out`. PT_EXIT_OK, or prints one line: PT_EXIT_ERROR.
 */
int pt_library_find(char *out, size_t size);

#endif
