// SPDX-License-Identifier: MIT
/*
 * function_name.c - clones of functions, and where programs and threads begin.
 */
#include "function_name.h"

#include <string.h>

/* What follows the name of a function that a compiler or a linker made out of another. */
static const char *const clone_words[] = {
	"part", "isra", "constprop", "cold", "llvm", "lto_priv", "localalias", "clone", "outlined", "extracted",
};

static const char *const start_names[] = {
	"_start",     "__libc_start_main", "__libc_start_main_impl", "__libc_start_call_main",
	"start_thread", "thread_start",	   "clone",		     "__clone",
	"clone3",     "__clone3",
};

/* text: behind a dot. "part.0", "cold", "123"; not "run" as in Go's main.run. */
static bool is_clone_suffix(const char *text)
{
	if (*text && text[strspn(text, "0123456789")] == '\0')
		return true;
	for (size_t i = 0; i < sizeof(clone_words) / sizeof(clone_words[0]); i++) {
		size_t length = strlen(clone_words[i]);

		if (!strncmp(text, clone_words[i], length) && (text[length] == '\0' || text[length] == '.'))
			return true;
	}
	return false;
}

size_t pt_function_plain_length(const char *function)
{
	const char *end = strstr(function, " [clone ");

	if (end && end != function)
		return (size_t)(end - function);
	for (end = strchr(function, '.'); end; end = strchr(end + 1, '.'))
		if (end != function && is_clone_suffix(end + 1))
			return (size_t)(end - function);
	return strlen(function);
}

/* Behind the bracket at p and what belongs to it; the arrow of a return type closes nothing. */
static const char *skip_brackets(const char *p)
{
	size_t depth = 0;

	do {
		if (strchr("<({[", *p))
			depth++;
		else if (strchr(")}]", *p) || (*p == '>' && p[-1] != '-'))
			depth--;
		p++;
	} while (depth && *p);
	return p;
}

/* Bytes of an operator's sign at p, behind the word: "()", "<<=", "->"; 0: a word like new, or a type. */
static size_t sign_bytes(const char *p)
{
	size_t n = strspn(p, "+-*/%^&|~!=,");

	if (!strncmp(p, "()", 2) || !strncmp(p, "[]", 2))
		return 2;
	if (n == 1 && *p == '-' && p[1] == '>')
		return 2 + (p[2] == '*');
	if (n || (*p != '<' && *p != '>'))
		return n;
	n = p[1] == *p ? 2 : 1;
	return n + (p[n] == '=') + (p[n] == '=' && p[n + 1] == '>');
}

/* An outline while it is put together. */
struct outline {
	char *text;
	size_t size, used, last; /* where the last part begins */
};

static void put(struct outline *o, const char *p, size_t bytes)
{
	if (bytes > o->size - 1 - o->used)
		bytes = o->size - 1 - o->used;
	memcpy(o->text + o->used, p, bytes);
	o->used += bytes;
}

/* One part of the name, or what is not one. Returns behind it; NULL: the name is at its end. */
static const char *put_part(struct outline *o, const char *p)
{
	size_t n;

	if (!strncmp(p, "operator", 8) && (n = sign_bytes(p + 8)) > 0) {
		put(o, p, 8 + n);
		return p + 8 + n;
	}
	if (!strncmp(p, "::", 2)) {
		put(o, p, 2);
		o->last = o->used;
		return p + 2;
	}
	if (*p == '{' || !strncmp(p, "$_", 2)) {
		put(o, "@", 1);
		return *p == '{' ? skip_brackets(p) : p + 2 + strspn(p + 2, "0123456789");
	}
	if (strchr("<([", *p)) {
		bool parameters = *p == '(' && o->used > o->last;

		p = skip_brackets(p);
		return parameters && strncmp(p, "::", 2) != 0 ? NULL : p;
	}
	if (*p == ' ') {
		if (o->used < o->last + 8 || strncmp(o->text + o->last, "operator", 8) != 0)
			o->used = o->last = 0; /* it was a return type */
		else if (o->used == o->last + 8)
			put(o, p, 1); /* "operator new"; but "operator<< <char>" */
		return p + 1;
	}
	put(o, p, 1);
	return p + 1;
}

size_t pt_function_outline(const char *function, char *out, size_t size)
{
	struct outline o = { .text = out, .size = size };

	for (const char *p = function; p && *p;)
		p = put_part(&o, p);
	out[o.used] = '\0';
	return o.last;
}

bool pt_function_is_start(const char *function)
{
	for (size_t i = 0; i < sizeof(start_names) / sizeof(start_names[0]); i++)
		if (!strcmp(function, start_names[i]))
			return true;
	return false;
}
