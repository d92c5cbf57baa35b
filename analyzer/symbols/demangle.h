/* SPDX-License-Identifier: MIT */
/* demangle.h - C++ and Rust symbol names as their authors wrote them. */
#ifndef PT_DEMANGLE_H
#define PT_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

#define PT_DEMANGLE_BYTES_MAX 65536

/* pt_is_mangled() - does it look like a mangled C++ or Rust name? */
bool pt_is_mangled(const char *symbol);

/*
 * pt_demangle() - C++ with parameters; Rust, legacy and v0, with the hash hidden. A clone that the
 * compiler made (.part.0, .cold) has the name of the function.
 *
 * buf: takes the name and its NUL; what would not fit in buf_bytes is not demangled.
 *
 * Returns false when the symbol is not mangled, or is damaged, or demangles to more than buf_bytes:
 * show the symbol itself then.
 */
bool pt_demangle(const char *symbol, char *buf, size_t buf_bytes);

#endif
