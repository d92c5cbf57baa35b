// SPDX-License-Identifier: MIT
/*
 * wrappers.c - which frames say nothing about who wanted the memory.
 *
 * `operator new` and g_malloc() are on every stack; the line to look at is further out. A wrong
 * guess costs one frame of the display: the whole stack is always there.
 */
#include "wrappers.h"

#include <string.h>

#include "site.h"

/* Functions, by how their name begins. */
static const char *const function_prefixes[] = {
	/* the C library's own and what C++ puts over them */
	"malloc",
	"calloc",
	"realloc",
	"memalign",
	"aligned_alloc",
	"posix_memalign",
	"strdup",
	"strndup",
	"__strdup",
	"operator new",
	"operator delete",
	"_Zn",
	"std::",
	"__gnu_cxx::",
	"void std::",
	"__libc_",
	"__GI_",
	/* how a thread or a program begins */
	"_start",
	"start_thread",
	"__clone",
	"clone3",
	/* the annotation header's own */
	"pooltrace_",
	/* GLib */
	"g_malloc",
	"g_calloc",
	"g_realloc",
	"g_try_malloc",
	"g_slice_",
	"g_strdup",
	"g_strndup",
	"g_memdup",
	"g_new",
	/* Rust */
	"alloc::",
	"<alloc::",
	"core::",
	"<core::",
	"__rust_",
	"__rdl_",
	"__rg_",
	"hashbrown::",
	"std::alloc",
	/* customs of C programs: git, GNU, redis, OpenSSL, SQLite */
	"xmalloc",
	"xcalloc",
	"xrealloc",
	"xzalloc",
	"xstrdup",
	"xstrndup",
	"xmemdup",
	"do_xmalloc",
	"zmalloc",
	"zcalloc",
	"zrealloc",
	"ztrymalloc",
	"ztryrealloc",
	"ztrycalloc",
	"zstrdup",
	"CRYPTO_malloc",
	"CRYPTO_zalloc",
	"CRYPTO_realloc",
	"sqlite3_malloc",
	"sqlite3Malloc",
	"sqlite3MemMalloc",
	"sqlite3_realloc",
	"sqlite3Realloc",
	"sqlite3DbMalloc",
	"sqlite3DbRealloc",
	"Perl_safesys",
	"safemalloc",
	"saferealloc",
	/* CPython */
	"PyMem_",
	"_PyMem_",
	"PyObject_Malloc",
	"PyObject_Realloc",
	"PyObject_Calloc",
	"_PyObject_Malloc",
	"_PyObject_GC_",
	"_PyObject_New",
	"PyType_GenericAlloc",
	"_PyType_AllocNoTrack",
};

/* Modules that allocate for whoever called them, by how their base name begins. */
static const char *const module_prefixes[] = {
	"libpooltrace", "libc.so",     "libc-2",      "libstdc++",   "libc++.so",
	"libglib-2",	"libjemalloc", "libtcmalloc", "libmimalloc", "ld-linux",
};

/* Source files that are an allocator's, by what their base name holds. */
static const char *const file_ends[] = { "malloc.c", "malloc.h", "new_allocator.h" };
/* Whole names: "prealloc.c" may be somebody's pool. */
static const char *const file_names[] = { "alloc.c", "alloc.h", "allocator.c", "xalloc.c", "safe_alloc.c" };

static bool begins_with_any(const char *text, const char *const *prefixes, size_t prefixes_nr)
{
	for (size_t i = 0; i < prefixes_nr; i++)
		if (text[0] == prefixes[i][0] && !strncmp(text, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static bool ends_with(const char *text, const char *end)
{
	size_t bytes = strlen(text), end_bytes = strlen(end);

	return bytes >= end_bytes && !strcmp(text + bytes - end_bytes, end);
}

bool pt_frame_is_wrapper(const struct pt_report_frame *f)
{
	const char *file = f->file ? pt_base_name(f->file) : "";

	if (f->function &&
	    begins_with_any(f->function, function_prefixes,
			    sizeof(function_prefixes) / sizeof(function_prefixes[0])))
		return true;
	if (f->module && begins_with_any(pt_base_name(f->module), module_prefixes,
					 sizeof(module_prefixes) / sizeof(module_prefixes[0])))
		return true;
	for (size_t i = 0; i < sizeof(file_ends) / sizeof(file_ends[0]); i++)
		if (ends_with(file, file_ends[i]))
			return true;
	for (size_t i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++)
		if (!strcmp(file, file_names[i]))
			return true;
	return false;
}
