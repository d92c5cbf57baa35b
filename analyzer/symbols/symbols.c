/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - modules by id, frames by address.
 *
 * A module is opened at the first address of it and stays open; an address is worked out once.
 *
 * `symbols_bench 10000 FILE`, built in tests/unit, two CPUs shared with builds: libpython3.11d.so
 * with its 25 MB of DWARF 0.14 s at best and 0.5 s at worst, a C++ program of 12 files full of
 * <regex> and <future> at -O2 -g 0.25 to 0.8 s (4 frames an address; clang's the same), Debian's
 * redis-server and libpython3.11.so, which have .dynsym only, 3 to 10 ms.
 */
#include "symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An analyzer out of memory says so and exits 2; it does not die inside a macro. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "binary.h"
#include "demangle.h"
#include "format/error.h"
#include "module.h"
#include "texts.h"

struct module {
	UT_hash_handle hh;
	struct pt_symbol_module recorded;
	const char *path; /* a text, as frames show it */
	uint32_t id;
	bool opened;
	enum pt_symbols_state state;
	struct pt_binary binary;
	struct pt_symtab symtab;
	struct pt_scopes scopes;
	struct pt_types types;
	size_t key_bytes;
	char key[]; /* path, NUL, build-id: recorded points in here */
};

struct address {
	uint64_t module_id, vaddr;
};

struct answer {
	UT_hash_handle hh;
	struct address key;
	size_t nr;
	struct pt_frame frames[];
};

struct pt_symbols {
	struct pt_texts texts;
	struct module *by_key;
	struct module **by_id;
	size_t nr, room;
	struct answer *answers;
	char *debug_root;
	char demangled[PT_DEMANGLE_BYTES_MAX]; /* scratch of name_frame() */
};

int pt_symbols_init(struct pt_symbols **out)
{
	struct pt_symbols *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return -PT_ENOMEM;
	s->debug_root = strdup("/usr/lib/debug");
	if (!s->debug_root) {
		free(s);
		*out = NULL;
		return -PT_ENOMEM;
	}
	return 0;
}

void pt_symbols_fini(struct pt_symbols *s)
{
	struct answer *answer, *next_answer;

	if (!s)
		return;
	HASH_ITER (hh, s->answers, answer, next_answer) {
		HASH_DEL(s->answers, answer);
		free(answer);
	}
	HASH_CLEAR(hh, s->by_key);
	for (size_t i = 0; i < s->nr; i++) {
		struct module *m = s->by_id[i];

		if (m->opened) {
			pt_types_fini(&m->types);
			pt_scopes_fini(&m->scopes);
			pt_symtab_fini(&m->symtab);
			pt_binary_close(&m->binary);
		}
		free(m);
	}
	pt_texts_fini(&s->texts);
	free(s->by_id);
	free(s->debug_root);
	free(s);
}

int pt_symbols_set_debug_root(struct pt_symbols *s, const char *dir)
{
	char *copy;

	if (!dir || dir[0] != '/')
		return -PT_EINVAL;
	copy = strdup(dir);
	if (!copy)
		return -PT_ENOMEM;
	free(s->debug_root);
	s->debug_root = copy;
	return 0;
}

static int add_module(struct pt_symbols *s, const char *key, size_t key_bytes, struct module **out)
{
	size_t path_bytes = strlen(key);
	struct module *m;

	if (s->nr == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct module **by_id = reallocarray(s->by_id, room, sizeof(struct module *));

		if (!by_id)
			return -PT_ENOMEM;
		s->by_id = by_id;
		s->room = room;
	}
	m = calloc(1, sizeof(*m) + key_bytes);
	if (!m)
		return -PT_ENOMEM;
	memcpy(m->key, key, key_bytes);
	m->key_bytes = key_bytes;
	m->recorded.path = m->key;
	m->recorded.build_id = (const uint8_t *)m->key + path_bytes + 1;
	m->recorded.build_id_bytes = key_bytes - path_bytes - 1;
	m->path = pt_texts_keep(&s->texts, key, path_bytes);
	m->id = (uint32_t)s->nr;
	if (m->path)
		HASH_ADD(hh, s->by_key, key, key_bytes, m);
	if (!m->path || !m->hh.tbl) {
		free(m);
		return -PT_ENOMEM;
	}
	s->by_id[s->nr++] = m;
	*out = m;
	return 0;
}

int pt_symbols_module(struct pt_symbols *s, const struct pt_symbol_module *m, uint32_t *id_out)
{
	struct module *found = NULL;
	size_t path_bytes, key_bytes;
	char *key;
	int rc = 0;

	if (!m->path || m->build_id_bytes > PT_SYMBOLS_BUILD_ID_BYTES_MAX || s->nr >= UINT32_MAX)
		return -PT_EINVAL;
	path_bytes = strlen(m->path);
	key_bytes = path_bytes + 1 + m->build_id_bytes;
	key = malloc(key_bytes);
	if (!key)
		return -PT_ENOMEM;
	memcpy(key, m->path, path_bytes + 1);
	if (m->build_id_bytes)
		memcpy(key + path_bytes + 1, m->build_id, m->build_id_bytes);
	HASH_FIND(hh, s->by_key, key, key_bytes, found);
	if (!found)
		rc = add_module(s, key, key_bytes, &found);
	if (rc == 0)
		*id_out = found->id;
	free(key);
	return rc;
}

static int open_module(struct pt_symbols *s, struct module *m)
{
	int rc;

	if (m->opened)
		return 0;
	pt_binary_open(&m->binary, &m->recorded, s->debug_root);
	rc = pt_symtab_init(&m->symtab, &m->binary);
	if (rc)
		goto fail_symtab;
	rc = pt_scopes_init(&m->scopes, &m->binary);
	if (rc)
		goto fail_scopes;
	m->state = m->binary.state;
	if (m->state == PT_SYMBOLS_NO_DEBUG && m->symtab.nr == 0)
		m->state = PT_SYMBOLS_NONE;
	m->opened = true;
	return 0;
fail_scopes:
	pt_symtab_fini(&m->symtab);
fail_symtab:
	pt_binary_close(&m->binary);
	return rc;
}

/* Of a symbol table: "malloc@@GLIBC_2.2.5" is malloc. */
static size_t unversioned_bytes(const char *symbol)
{
	const char *at = symbol[0] ? strchr(symbol + 1, '@') : NULL;

	return at ? (size_t)(at - symbol) : strlen(symbol);
}

int pt_symbols_open(struct pt_symbols *s, uint32_t module_id, struct pt_open_module *out)
{
	struct module *m;
	int rc;

	if (module_id >= s->nr)
		return -PT_EINVAL;
	m = s->by_id[module_id];
	rc = open_module(s, m);
	*out = (struct pt_open_module){ &m->binary, &m->scopes, &m->types };
	return rc;
}

const char *pt_symbols_keep(struct pt_symbols *s, const char *text)
{
	return pt_texts_keep(&s->texts, text, strlen(text));
}

const char *pt_symbols_keep_symbol(struct pt_symbols *s, const char *symbol)
{
	const char *name = pt_texts_keep(&s->texts, symbol, unversioned_bytes(symbol));

	if (name && pt_demangle(name, s->demangled, sizeof(s->demangled)))
		name = pt_symbols_keep(s, s->demangled);
	return name;
}

/*
 * A mangled name tells most (namespaces, parameters), so it goes first, wherever it is from. The
 * symbol is of the outermost function only: what is inlined has none.
 */
static int name_frame(struct pt_symbols *s, struct pt_frame *frame, const struct pt_scope *scope,
		      const char *symbol)
{
	const char *name = NULL;

	if (scope)
		name = scope->linkage_name ? scope->linkage_name : scope->name;
	if (symbol && (!name || (!pt_is_mangled(name) && pt_is_mangled(symbol)))) {
		name = pt_texts_keep(&s->texts, symbol, unversioned_bytes(symbol));
		if (!name)
			return -PT_ENOMEM;
	}
	if (!name)
		return 0;
	if (pt_demangle(name, s->demangled, sizeof(s->demangled)))
		name = s->demangled;
	else if (scope && scope->name && pt_is_mangled(name))
		name = scope->name;
	frame->function = pt_texts_keep(&s->texts, name, strlen(name));
	return frame->function ? 0 : -PT_ENOMEM;
}

static int locate_frame(struct pt_symbols *s, struct pt_frame *frame, const struct pt_scope *scope)
{
	char *joined = NULL;
	const char *file = scope->file;

	if (!file)
		return 0;
	if (file[0] != '/' && scope->folder) {
		if (asprintf(&joined, "%s/%s", scope->folder, file) < 0)
			return -PT_ENOMEM;
		file = joined;
	}
	frame->file = pt_texts_keep(&s->texts, file, strlen(file));
	frame->line = scope->line;
	free(joined);
	return frame->file ? 0 : -PT_ENOMEM;
}

static int answer_address(struct pt_symbols *s, struct module *m, uint64_t vaddr,
			  struct answer **out)
{
	struct pt_scope scopes[PT_SCOPES_FRAMES_MAX];
	const char *symbol = pt_symtab_find(&m->symtab, vaddr);
	struct answer *answer;
	size_t scopes_nr, nr;
	int rc = pt_scopes_find(&m->scopes, vaddr, scopes, &scopes_nr);

	if (rc)
		return rc;
	nr = scopes_nr ? scopes_nr : 1;
	answer = calloc(1, sizeof(*answer) + nr * sizeof(answer->frames[0]));
	if (!answer)
		return -PT_ENOMEM;
	answer->key = (struct address){ .module_id = m->id, .vaddr = vaddr };
	answer->nr = nr;
	for (size_t i = 0; i < nr && rc == 0; i++) {
		struct pt_frame *frame = &answer->frames[i];

		frame->module = m->path;
		frame->offset_bytes = vaddr;
		frame->inlined = i + 1 < nr;
		rc = name_frame(s, frame, scopes_nr ? &scopes[i] : NULL,
				frame->inlined ? NULL : symbol);
		if (rc == 0 && scopes_nr)
			rc = locate_frame(s, frame, &scopes[i]);
	}
	if (rc == 0) {
		HASH_ADD(hh, s->answers, key, sizeof(answer->key), answer);
		rc = answer->hh.tbl ? 0 : -PT_ENOMEM;
	}
	if (rc)
		free(answer);
	else
		*out = answer;
	return rc;
}

int pt_symbols_resolve(struct pt_symbols *s, uint32_t module_id, uint64_t vaddr,
		       const struct pt_frame **frames, size_t *frames_nr)
{
	struct address key = { .module_id = module_id, .vaddr = vaddr };
	struct answer *answer = NULL;
	int rc = 0;

	if (module_id >= s->nr)
		return -PT_EINVAL;
	HASH_FIND(hh, s->answers, &key, sizeof(key), answer);
	if (!answer)
		rc = open_module(s, s->by_id[module_id]);
	if (!answer && rc == 0)
		rc = answer_address(s, s->by_id[module_id], vaddr, &answer);
	if (rc)
		return rc;
	*frames = answer->frames;
	*frames_nr = answer->nr;
	return 0;
}

int pt_symbols_module_state(struct pt_symbols *s, uint32_t module_id, enum pt_symbols_state *out)
{
	int rc;

	if (module_id >= s->nr)
		return -PT_EINVAL;
	rc = open_module(s, s->by_id[module_id]);
	if (rc == 0)
		*out = s->by_id[module_id]->state;
	return rc;
}

const char *pt_symbols_note(enum pt_symbols_state state)
{
	static const char *const notes[] = {
		[PT_SYMBOLS_NO_DEBUG] = "no debug information",
		[PT_SYMBOLS_NONE] = "no symbols",
		[PT_SYMBOLS_CHANGED] = "changed since the recording",
		[PT_SYMBOLS_MISSING] = "missing",
		[PT_SYMBOLS_NO_FILE] = "not a file",
		[PT_SYMBOLS_NOT_REGULAR] = "not a regular file",
		[PT_SYMBOLS_NOT_ELF] = "not an ELF file",
		[PT_SYMBOLS_UNREADABLE] = "cannot be read",
	};

	return state < sizeof(notes) / sizeof(notes[0]) ? notes[state] : NULL;
}
