/* SPDX-License-Identifier: MIT */
/*
 * function_name.h - what a function is called in its source, whatever compilers and linkers make of it.
 */
#ifndef PT_FUNCTION_NAME_H
#define PT_FUNCTION_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* pt_function_plain_length() - of the name without .part.0, .isra.0, .constprop.0, .cold, .llvm.123, [clone ...]; bytes. */
size_t pt_function_plain_length(const char *function);

/*
 * pt_function_outline() - a C++ or Rust name without return type, template arguments and parameters, of which compilers
 * write down different ones; every lambda is `@`. "void ns::f<int>(int)" is "ns::f", "main::$_0::operator()(int) const" is
 * "main::@::operator()".
 *
 * Cut to `size` bytes. Returns where in `out` the last part begins: 0 when there is no scope in front of it.
 */
size_t pt_function_outline(const char *function, char *out, size_t size);

/* pt_function_is_start() - is it how the C library begins a program or a thread? On every stack, and not the same in each. */
bool pt_function_is_start(const char *function);

#endif
