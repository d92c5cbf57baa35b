/* SPDX-License-Identifier: MIT */
/*
 * demangle.c - libiberty's demanglers, with a bound on what they may produce.
 *
 * A mangled name refers back to its own parts, so 200 bytes can stand for gigabytes. Hence the
 * callback forms: the output stops at the buffer's end, by a jump out. That jump is sound because
 * these forms keep their state on the stack; only a v0 name with a punycode identifier holds a heap
 * block while it calls back, and that is one lost block per hostile name.
 * cplus_demangle() itself would also pull in xmalloc(), which prints and exits.
 *
 * Its recursion limit refuses C++ names of more than 1,024 bytes, and real ones are longer. Without
 * the limit the worst of a dozen nested shapes (pointers, templates, expressions) took 1.4 MiB of
 * stack at 8,192 bytes, so that is the bound here. Rust names keep the limit: it is on depth, not
 * length.
 *
 * Licence: what is linked from libiberty.a is cp-demangle.o, rust-demangle.o and safe-ctype.o. The
 * first is GPL-2+ and the second LGPL-2+, and both say in their headers: "the Free Software
 * Foundation gives you unlimited permission to link the compiled version of this file into
 * combinations with other programs, and to distribute those combinations without any restriction
 * coming from the use of this file". safe-ctype.o, tables of constants, is plain LGPL-2+: a program
 * of any licence may link it if its user can relink with another version, and ours can, its source
 * being public. So the program stays MIT. No other member of libiberty is linked.
 */
#include "demangle.h"

#include <setjmp.h>
#include <string.h>

#include <libiberty/demangle.h>

#define OPTIONS	      (DMGL_PARAMS | DMGL_ANSI)
#define CXX_BYTES_MAX 8192

struct output {
	char *buf;
	size_t bytes, used;
	jmp_buf full;
};

static void append(const char *text, size_t bytes, void *opaque)
{
	struct output *out = opaque;

	if (bytes >= out->bytes - out->used)
		longjmp(out->full, 1);
	if (bytes) /* text is NULL for none */
		memcpy(out->buf + out->used, text, bytes);
	out->used += bytes;
}

bool pt_is_mangled(const char *symbol)
{
	return symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R');
}

bool pt_demangle(const char *symbol, char *buf, size_t buf_bytes)
{
	struct output out = { .buf = buf, .bytes = buf_bytes };
	char *clone;

	if (!pt_is_mangled(symbol) || buf_bytes == 0)
		return false;
	if (setjmp(out.full))
		return false;
	/* Rust first: its legacy names are valid C++ ones, only with a hash at the end. */
	if (!rust_demangle_callback(symbol, OPTIONS, append, &out)) {
		out.used = 0;
		if (strlen(symbol) > CXX_BYTES_MAX ||
		    !cplus_demangle_v3_callback(symbol, OPTIONS | DMGL_NO_RECURSE_LIMIT, append,
						&out))
			return false;
	}
	if (out.used == 0)
		return false;
	buf[out.used] = '\0';
	/* "f(int) [clone .constprop.0]": to the reader that is f, and DWARF calls it so too. */
	clone = strstr(buf, " [clone ");
	if (clone)
		*clone = '\0';
	return true;
}
